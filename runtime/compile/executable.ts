/** Calling a compiled function: arguments in, the program run, updates stored, results out. */
import { inspect } from "node:util";
import type { NDArray, NDArrayLike } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { SharedVariable } from "../graph/shared.ts";
import { TensorConstant } from "../graph/variable.ts";
import { ancestors } from "../graph/walk.ts";
import { type Cell, Container } from "./container.ts";
import { type Argument, type BoundInput, bindArguments, readArguments } from "./io.ts";
import type { Mode } from "./mode.ts";
import type { OutputForm } from "./outputs.ts";
import { now, ProfileStats } from "./profile.ts";
import { type Profilable, ProfileSession } from "./profilesession.ts";
import { FunctionCells, FunctionState, type InputKey } from "./state.ts";

export interface ExecutableParts extends Profilable {
  readonly mode: Mode;
  readonly fgraph: FunctionGraph;
  readonly inputs: readonly BoundInput[];
  readonly form: OutputForm;
  /** Implicit inputs, in the graph's order after the explicit ones. */
  readonly shared: readonly SharedVariable[];
  /** Where the graph's last outputs are stored after a call. */
  readonly updateTargets: readonly Cell[];
  /** Looks at the input values before the program runs. */
  beforeCall(values: readonly NDArray[]): void;
}

/** What a copy of a function changes; see {@link TheanoFunction.copy}. */
export interface CopyOptions {
  /** Use the same program; absent: also, since programs keep nothing between calls. */
  readonly shareMemory?: boolean;
  /** Shared variables to be used instead of others. */
  readonly swap?: ReadonlyMap<SharedVariable, SharedVariable>;
  /** Leave all updates away. */
  readonly deleteUpdates?: boolean;
  /** Absent: the old name and ` copy`. */
  readonly name?: string;
  /** A profile of its own; absent: when the original has one. */
  readonly profile?: boolean | string | ProfileStats;
}

/** A compiled function without its calling syntax. */
export class Executable {
  readonly parts: ExecutableParts;
  /** Take arrays as arguments without a look at them. */
  trustInput = false;
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
  call(args: readonly Argument[]): unknown {
    const { name, inputs, form, shared } = this.parts;
    const start = this.parts.profile === null && ProfileSession.current === null ? 0 : now();
    const read = readArguments(args);
    const wanted = read.outputSubset === null ? null : form.positions(read.outputSubset);
    const explicit = bindArguments(name, inputs, read, this.trustInput);
    const values = [...explicit, ...shared.map((s) => s.getValue({ borrow: true }))];
    const outputs = this.#run(values, wanted, start);
    return wanted === null ? form.pack(outputs) : form.packSome(outputs, wanted);
  }

  /** Runs the program on values of all inputs and stores the updates; the values of the outputs, or of those wanted. */
  #run(values: readonly NDArray[], wanted: readonly number[] | null, start: number): NDArray[] {
    const { inputs, updateTargets, form, fgraph } = this.parts;
    const { program, profile } = ProfileSession.current?.programFor(this.parts) ?? this.parts;
    this.parts.beforeCall(values);
    const programStart = profile === null ? 0 : now();
    const count = form.variables.length;
    const updates = updateTargets.map((_, i) => count + i);
    const isWhole = wanted === null && count + updates.length === fgraph.outputs.length;
    const shown = wanted ?? form.variables.map((_, i) => i);
    const results = isWhole ? program.run(values) : program.run(values, [...shown, ...updates]);
    const programSeconds = profile === null ? 0 : now() - programStart;
    const owned = withoutAliases(results, [...values, ...this.#constants]);
    const outputs = owned.slice(0, shown.length);
    // An op may have given a value of another type than it promised: all are looked at before any is stored.
    const next = updateTargets.map((target, i) => target.type.filter(owned[shown.length + i]));
    updateTargets.forEach((target, i) => {
      target.setValue(next[i], { borrow: true });
    });
    // A default that was set by hand is that of one call; states stay.
    for (const { input, cell } of inputs)
      if (cell instanceof Container && input.update === null && !input.implicit) cell.reset();
    profile?.called(this, now() - start, programSeconds);
    return outputs;
  }

  /** The same graph over other shared variables, with or without its updates; states of inputs are its own. */
  copy({ swap = new Map(), deleteUpdates = false, name, profile }: CopyOptions): Executable {
    const { parts } = this;
    checkSwap(swap, parts.shared);
    const swapped = (variable: SharedVariable): SharedVariable => swap.get(variable) ?? variable;
    const inputs = parts.inputs.map(({ input, cell }) => ({
      input,
      cell: cell instanceof Container && !input.implicit ? cell.copy() : cell,
    }));
    const target = (cell: Cell): Cell => {
      const state = parts.inputs.findIndex((bound) => bound.cell === cell);
      const variable = parts.shared.find((s) => s === cell);
      return inputs[state]?.cell ?? (variable === undefined ? cell : swapped(variable));
    };
    const copyName = name ?? `${parts.name} copy`;
    const stats = profileOf(profile ?? parts.profile !== null, copyName);
    return new Executable({
      ...parts,
      name: copyName,
      inputs,
      shared: parts.shared.map(swapped),
      updateTargets: deleteUpdates ? [] : parts.updateTargets.map(target),
      profile: stats,
      program: stats === null || parts.relink === null ? parts.program : parts.relink(stats),
    });
  }
}

function profileOf(profile: boolean | string | ProfileStats, name: string): ProfileStats | null {
  if (profile instanceof ProfileStats) return profile;
  return profile === false
    ? null
    : new ProfileStats(typeof profile === "string" ? profile : name, config.profiling.time_thunks);
}

/** @throws ValueError for a variable that the function does not use; TypeError for one of another type. */
function checkSwap(swap: ReadonlyMap<SharedVariable, SharedVariable>, shared: readonly SharedVariable[]): void {
  for (const [before, after] of swap) {
    if (!shared.includes(before))
      throw new ValueError(`SharedVariable: ${before} not found; the function uses ${shared.join(", ") || "none"}.`);
    if (!before.type.equals(after.type))
      throw new TypeError(
        `copy: ${after} of type ${after.type} cannot take the place of ${before} of type ${before.type}.`,
      );
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

/**
 * A compiled function: call it with values in the order of its inputs; a last plain object gives values by name, and
 * `outputSubset` there says which outputs are wanted.
 */
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
  /** true: arrays are taken as arguments without a look at their dtypes and dimensions, which saves time. */
  trustInput: boolean;
  /** Values of defaults, states and shared variables; `get(key)` and `set(key, value)` are Python's `f[key]`. */
  readonly value: FunctionState;
  /** Where these values live; a container may be the `value` of an input of another function, which then shares it. */
  readonly container: FunctionCells;
  /** The value of a default, a state or a shared variable. @throws TypeError when there is none of that name. */
  get(key: InputKey): NDArray;
  /** Sets such a value; a default, for one call. @throws TypeError when there is none of that name, or the value does not fit. */
  set(key: InputKey, value: NDArrayLike): void;
  /**
   * A function of the same graph, over other shared variables or without updates; nothing is compiled again.
   * @throws ValueError for a swapped variable that the function does not use; TypeError for one of another type.
   */
  copy(options?: CopyOptions): TheanoFunction<R>;
  /** The shared variables that it uses. */
  getShared(): readonly SharedVariable[];
  /** Runs it `nCalls` times without arguments and drops the results; updates are made each time. */
  fn(nCalls?: number): void;
  /** Theano's request to give memory back. A program here keeps nothing between calls, so there is nothing to give. */
  free(): void;
}

/** Whether a value is a compiled function. */
export function isTheanoFunction(value: unknown): value is TheanoFunction {
  return typeof value === "function" && "executable" in value && value.executable instanceof Executable;
}

/** Gives an executable its calling syntax. */
export function toCallable<R>(executable: Executable): TheanoFunction<R> {
  const { name, mode, fgraph, profile, inputs, shared } = executable.parts;
  const call = (...args: readonly Argument[]): R => executable.call(args) as R;
  const container = new FunctionCells(inputs, shared);
  const value = new FunctionState(container);
  Object.defineProperty(call, "name", { value: name });
  Object.defineProperty(call, inspect.custom, { value: () => `[TheanoFunction: ${name}]` });
  const members = Object.assign(call, {
    mode,
    fgraph,
    profile,
    executable,
    value,
    container,
    trustInput: false,
    get: (key: InputKey) => value.get(key),
    set: (key: InputKey, next: NDArrayLike) => value.set(key, next),
    copy: (options: CopyOptions = {}) => toCallable<R>(executable.copy(options)),
    getShared: () => shared,
    fn(nCalls = 1) {
      for (let i = 0; i < nCalls; i++) executable.call([]);
    },
    free() {},
  });
  return Object.defineProperty(members, "trustInput", {
    get: () => executable.trustInput,
    set(trusting: boolean) {
      executable.trustInput = trusting;
    },
  });
}
