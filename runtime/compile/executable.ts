/** Calling a compiled function: arguments in, the program run, updates stored, results out. */
import { setTimeout } from "node:timers/promises";
import { inspect } from "node:util";
import { slotsOf } from "../array/dtype.ts";
import { NDArray, type NDArrayLike } from "../array/ndarray.ts";
import type { BackendName } from "../backend/backend.ts";
import { ValueError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { SharedVariable } from "../graph/shared.ts";
import { TensorConstant } from "../graph/variable.ts";
import { ancestors } from "../graph/walk.ts";
import type { Program } from "../link/vm.ts";
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
  /** Every input is given by calls, and none keeps a state. */
  readonly #isPlain: boolean;

  constructor(parts: ExecutableParts) {
    this.parts = parts;
    this.#isPlain = parts.inputs.every(({ input, cell }) => cell === null && !input.implicit);
    this.#constants = ancestors(parts.fgraph.outputs).flatMap((v) => (v instanceof TensorConstant ? v.value : []));
  }

  /**
   * Runs the function: all old values of shared variables are read before any update is stored, and an error leaves
   * them as they were.
   */
  call(args: readonly Argument[]): unknown {
    const { name, inputs, form, shared } = this.parts;
    const start = this.parts.profile === null && ProfileSession.current === null ? 0 : now();
    const ready = this.#isPlain ? fittingArrays(args, inputs) : null;
    if (ready !== null) {
      for (const variable of shared) ready.push(variable.read());
      return form.pack(this.#run(ready, null, start));
    }
    const read = readArguments(args);
    const wanted = read.outputSubset === null ? null : form.positions(read.outputSubset);
    const explicit = bindArguments(name, inputs, read, this.trustInput);
    const values = [...explicit, ...shared.map((s) => s.read())];
    const outputs = this.#run(values, wanted, start);
    return wanted === null ? form.pack(outputs) : form.packSome(outputs, wanted);
  }

  /** Runs the program on values of all inputs and stores the updates; the values of the outputs, or of those wanted. */
  #run(values: readonly NDArray[], wanted: readonly number[] | null, start: number): readonly NDArray[] {
    const { inputs, updateTargets, form, fgraph } = this.parts;
    const { program, profile } = ProfileSession.current?.programFor(this.parts) ?? this.parts;
    this.parts.beforeCall(values);
    const programStart = profile === null ? 0 : now();
    const count = form.variables.length;
    const isWhole = wanted === null && count + updateTargets.length === fgraph.outputs.length;
    const results = isWhole
      ? program.run(values)
      : program.run(values, [...(wanted ?? range(0, count)), ...range(count, updateTargets.length)]);
    const programSeconds = profile === null ? 0 : now() - programStart;
    const owned = program.ownsResults ? results : withoutAliases(results, values, this.#constants);
    const shown = wanted?.length ?? count;
    if (updateTargets.length > 0) this.#update(owned.slice(shown));
    // A default that was set by hand is that of one call; states stay.
    if (!this.#isPlain)
      for (const { input, cell } of inputs)
        if (cell instanceof Container && input.update === null && !input.implicit) cell.reset();
    const outputs = owned.length === shown ? owned : owned.slice(0, shown);
    profile?.called(this, now() - start, programSeconds);
    return outputs;
  }

  /** Stores new values. An op may have given one of another type than it promised: all are looked at before any is stored. */
  #update(values: readonly NDArray[]): void {
    const { updateTargets } = this.parts;
    const next = values.map((value, i) => {
      const { type } = updateTargets[i];
      return type.holds(value) ? value : type.filter(value);
    });
    for (let i = 0; i < next.length; i++) {
      const target = updateTargets[i];
      if (target instanceof Container) target.setValue(next[i], { borrow: true });
      else {
        const old = target.replace(next[i]);
        if (old !== null) this.parts.program.native?.recycle(old);
      }
    }
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

/**
 * The arguments where they are arrays of just the types of the inputs, one for each, or typed arrays that can be seen so;
 * null: they need a closer look.
 */
function fittingArrays(args: readonly Argument[], inputs: readonly BoundInput[]): NDArray[] | null {
  if (args.length !== inputs.length) return null;
  const arrays: NDArray[] = [];
  for (let i = 0; i < args.length; i++) {
    const array = asArray(args[i]);
    if (array === null || !inputs[i].input.variable.type.holds(array)) return null;
    arrays.push(array);
  }
  return arrays;
}

/** An array, or a typed array seen as a vector: a call only reads it. */
function asArray(value: Argument): NDArray | null {
  if (value instanceof NDArray) return value;
  if (value instanceof Float64Array) return new NDArray(value, "float64", [value.length]);
  return value instanceof Float32Array ? new NDArray(value, "float32", [value.length]) : null;
}

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, i) => start + i);
}

/** Results never share memory with arguments, shared values, constants, or one another: Theano's memory contract. */
function withoutAliases(
  results: readonly NDArray[],
  values: readonly NDArray[],
  constants: readonly NDArray[],
): readonly NDArray[] {
  // Small results come from blocks that they share without overlapping; buffers alone do not tell.
  const taken =
    results.length * (values.length + constants.length) > MANY ? new Set(bufferOf(values, constants)) : null;
  const isFree = (result: NDArray, earlier: readonly NDArray[]): boolean => {
    if (taken !== null && !taken.has(result.data.buffer) && !earlier.some((other) => overlap(result, other)))
      return true;
    return ![values, constants, earlier].some((others) => others.some((other) => overlap(result, other)));
  };
  let owned: NDArray[] | null = null;
  for (let i = 0; i < results.length; i++) {
    const result = results[i];
    const isWhole = result.size * slotsOf(result.dtype) === result.data.length && result.isContiguous;
    if (isWhole && isFree(result, (owned ?? results).slice(0, i))) continue;
    owned ??= results.slice();
    owned[i] = result.copy();
  }
  return owned ?? results;
}

/** Comparisons from which on looking buffers up is quicker. */
const MANY = 64;

function bufferOf(...lists: readonly (readonly NDArray[])[]): ArrayBufferLike[] {
  return lists.flatMap((arrays) => arrays.map(({ data }) => data.buffer));
}

/** Whether the storage of two arrays has bytes in common. */
function overlap({ data: a }: NDArray, { data: b }: NDArray): boolean {
  if (a.buffer !== b.buffer) return false;
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
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
  /** What runs it at present: `js`, or the native backend that has taken over. */
  readonly tier: BackendName;
  /** Compiles it to native code now, and tells what runs it when that is done; `js` where there is no native code. */
  ready(): Promise<BackendName>;
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

function tierOf({ native }: Program): BackendName {
  return native?.tier ?? "js";
}

/** Milliseconds between two looks at the compiler. */
const LOOK = 5;

async function readyTier(program: Program): Promise<BackendName> {
  program.native?.start();
  while (program.native?.isPending) await setTimeout(LOOK);
  return tierOf(program);
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
    tier: "js" as const,
    ready: () => readyTier(executable.parts.program),
  });
  Object.defineProperty(members, "tier", { get: () => tierOf(executable.parts.program) });
  return Object.defineProperty(members, "trustInput", {
    get: () => executable.trustInput,
    set(trusting: boolean) {
      executable.trustInput = trusting;
    },
  });
}
