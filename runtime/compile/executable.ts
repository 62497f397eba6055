/** Calling a compiled function: arguments in, the program run, updates stored, results out. */
import { inspect } from "node:util";
import type { NDArray } from "../array/ndarray.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { SharedVariable } from "../graph/shared.ts";
import { TensorConstant } from "../graph/variable.ts";
import { ancestors } from "../graph/walk.ts";
import { type Argument, bindArguments, type In } from "./io.ts";
import type { Mode } from "./mode.ts";
import { now, type ProfileStats } from "./profile.ts";
import { type Profilable, ProfileSession } from "./profilesession.ts";

export interface ExecutableParts extends Profilable {
  readonly mode: Mode;
  readonly fgraph: FunctionGraph;
  readonly inputs: readonly In[];
  /** Implicit inputs, in the graph's order after the explicit ones. */
  readonly shared: readonly SharedVariable[];
  /** Shared variables whose next values are the graph's last outputs. */
  readonly updateTargets: readonly SharedVariable[];
  /** Looks at the input values before the program runs. */
  beforeCall(values: readonly NDArray[]): void;
}

/** A compiled function without its calling syntax. */
export class Executable {
  readonly parts: ExecutableParts;
  /** Memory of the graph's constants, which no result may share. */
  readonly #constants: readonly NDArray[];

  constructor(parts: ExecutableParts) {
    this.parts = parts;
    this.#constants = ancestors(parts.fgraph.outputs).flatMap((v) => (v instanceof TensorConstant ? v.value : []));
  }

  /**
   * Runs the function: all old values of shared variables are read before any update is stored, and an error leaves
   * them as they were.
   */
  call(args: readonly Argument[]): NDArray[] {
    const { name, inputs, shared, updateTargets } = this.parts;
    const { program, profile } = ProfileSession.current?.programFor(this.parts) ?? this.parts;
    const start = profile === null ? 0 : now();
    const explicit = bindArguments(name, inputs, args);
    const values = [...explicit, ...shared.map((s) => s.getValue({ borrow: true }))];
    this.parts.beforeCall(values);
    const programStart = profile === null ? 0 : now();
    const results = program.run(values);
    if (profile !== null) profile.programSeconds += now() - programStart;
    const owned = withoutAliases(results, [...values, ...this.#constants]);
    const outputs = owned.slice(0, owned.length - updateTargets.length);
    // An op may have given a value of another type than it promised: all are looked at before any is stored.
    const next = updateTargets.map((target, i) => target.type.filter(owned[outputs.length + i]));
    updateTargets.forEach((target, i) => {
      target.setValue(next[i], { borrow: true });
    });
    if (profile !== null) {
      profile.calls += 1;
      profile.callSeconds += now() - start;
    }
    return outputs;
  }
}

/** Results never share memory with arguments, shared values, constants, or one another: Theano's memory contract. */
function withoutAliases(results: readonly NDArray[], values: readonly NDArray[]): NDArray[] {
  const taken = new Set<ArrayBufferLike>(values.map((v) => v.data.buffer));
  return results.map((result) => {
    // A program's results own their memory unless an op made a view or the graph hands a constant through.
    const alone = result.isContiguous && result.size === result.data.length && !taken.has(result.data.buffer);
    const own = alone ? result : result.copy();
    taken.add(own.data.buffer);
    return own;
  });
}

/** A compiled function: call it with values in the order of its inputs; a last plain object gives values by name. */
export interface TheanoFunction<R = unknown> {
  (...args: readonly Argument[]): R;
  /** The `name` option, or the file and line where it was compiled. */
  readonly name: string;
  readonly mode: Mode;
  /** The optimized graph. */
  readonly fgraph: FunctionGraph;
  /** What its calls cost, when profiling was on; else null. */
  readonly profile: ProfileStats | null;
  readonly executable: Executable;
}

/** Whether a value is a compiled function. */
export function isTheanoFunction(value: unknown): value is TheanoFunction {
  return typeof value === "function" && "executable" in value && value.executable instanceof Executable;
}

/** Gives an executable its calling syntax; `pack` puts the list of results into the form asked for. */
export function toCallable<R>(executable: Executable, pack: (values: NDArray[]) => unknown): TheanoFunction<R> {
  const { name, mode, fgraph, profile } = executable.parts;
  const call = (...args: readonly Argument[]): R => pack(executable.call(args)) as R;
  Object.defineProperty(call, "name", { value: name });
  Object.defineProperty(call, inspect.custom, { value: () => `[TheanoFunction: ${name}]` });
  return Object.assign(call, { mode, fgraph, profile, executable });
}
