/** Linkers by name: how the nodes of a compiled graph are run. */
import { backendByName, nativeMachines } from "../backend/registry.ts";
import { startingBackend } from "../backend/starting.ts";
import { KeyError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import { didYouMean, nearest } from "../config/suggest.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import { NativeGroup } from "./native/group.ts";
import type { Tracer } from "./trace.ts";
import { linkLoop, type Program } from "./vm.ts";

/** A way of running a graph. */
export interface Linker {
  readonly name: string;
  /** Whether native code takes over from JavaScript when it is compiled. */
  readonly isNative: boolean;
  /** Whether functions are compiled before their first call, as Theano's are. */
  readonly awaits: boolean;
  /** Whether intermediate values are freed during a call when `allow_gc` asks for it. */
  readonly gc: boolean;
  readonly doc: string;
}

/** Native programs keep the memory of intermediate values from call to call; `gc` is about those of JavaScript. */
const LINKERS: readonly Linker[] = [
  {
    name: "cvm",
    isNative: true,
    awaits: false,
    gc: true,
    doc: "the default: native code driven by a loop in C, JavaScript between",
  },
  { name: "cvm_nogc", isNative: true, awaits: false, gc: false, doc: "cvm, keeping intermediate values" },
  { name: "vm", isNative: true, awaits: false, gc: true, doc: "as cvm" },
  { name: "vm_nogc", isNative: true, awaits: false, gc: false, doc: "vm, keeping intermediate values" },
  {
    name: "c|py",
    isNative: true,
    awaits: false,
    gc: true,
    doc: "native code where an op has it, its own JavaScript elsewhere",
  },
  { name: "c|py_nogc", isNative: true, awaits: false, gc: false, doc: "c|py, keeping intermediate values" },
  {
    name: "c",
    isNative: true,
    awaits: true,
    gc: false,
    doc: "native code from the first call on, which waits for the compiler",
  },
  { name: "py", isNative: false, awaits: false, gc: true, doc: "JavaScript only, one node at a time" },
];

export const LINKER_NAMES: readonly string[] = LINKERS.map((l) => l.name);

/** @throws KeyError naming the nearest linker. */
export function linkerNamed(name: string): Linker {
  const linker = LINKERS.find((l) => l.name === name);
  if (linker === undefined)
    throw new KeyError(
      `There is no linker "${name}". The linkers are ${LINKER_NAMES.join(", ")}.${didYouMean(nearest(name, LINKER_NAMES))}`,
    );
  return linker;
}

/** Makes a graph runnable. `isNative`, which is true unless told, lets native code take over where the linker has it. */
export function link(fgraph: FunctionGraph, linker: Linker, tracer: Tracer | null, isNative = true): Program {
  const native = linker.isNative && isNative ? new NativeGroup(nativeMachines()) : null;
  return linkLoop(fgraph, {
    backend: native === null ? backendByName("js") : startingBackend,
    allowGc: linker.gc && config.allow_gc,
    tracer,
    native,
  });
}
