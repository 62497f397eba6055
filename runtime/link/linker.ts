/** Linkers by name: how the nodes of a compiled graph are run. */
import type { BackendName } from "../backend/backend.ts";
import { backendByName } from "../backend/registry.ts";
import { KeyError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import { didYouMean, nearest } from "../config/suggest.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Tracer } from "./trace.ts";
import { linkLoop, type Program } from "./vm.ts";

/** A way of running a graph. */
export interface Linker {
  readonly name: string;
  /** Which backend makes its thunks. */
  readonly backend: BackendName;
  /** Whether intermediate values are freed during a call when `allow_gc` asks for it. */
  readonly gc: boolean;
  readonly doc: string;
}

/**
 * Today every linker runs the loop VM over the JavaScript backend; `c` and its relatives are accepted by name and
 * take native code as soon as that backend exists. `py` differs in the rewrites its modes use, not in its thunks.
 */
const LINKERS: readonly Linker[] = [
  { name: "cvm", backend: "js", gc: true, doc: "the default: compiled thunks driven by a loop" },
  { name: "cvm_nogc", backend: "js", gc: false, doc: "cvm, keeping intermediate values" },
  { name: "vm", backend: "js", gc: true, doc: "compiled thunks driven by a JavaScript loop" },
  { name: "vm_nogc", backend: "js", gc: false, doc: "vm, keeping intermediate values" },
  {
    name: "c|py",
    backend: "js",
    gc: true,
    doc: "compiled thunks where an op can be compiled, its own JavaScript elsewhere",
  },
  { name: "c|py_nogc", backend: "js", gc: false, doc: "c|py, keeping intermediate values" },
  { name: "c", backend: "js", gc: false, doc: "the whole graph as one compiled unit" },
  { name: "py", backend: "js", gc: true, doc: "JavaScript only, one node at a time" },
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

/** Makes a graph runnable. */
export function link(fgraph: FunctionGraph, linker: Linker, tracer: Tracer | null): Program {
  return linkLoop(fgraph, { backend: backendByName(linker.backend), allowGc: linker.gc && config.allow_gc, tracer });
}
