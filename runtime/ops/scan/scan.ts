/**
 * `scan`: from a function that builds one step to the graph of a loop. Source of the arguments, of the order of the
 * layout and of the graph around the loop: Theano 1.0.5.
 */
import { isInteger } from "../../array/dtype.ts";
import { IndexError, ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import { describeFrame } from "../../base/stack.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { MissingInputError } from "../../graph/errors.ts";
import { SharedVariable } from "../../graph/shared.ts";
import { TensorConstant, TensorVariable, type Variable } from "../../graph/variable.ts";
import { cloneGraph, graphInputs } from "../../graph/walk.ts";
import { applyElemwise } from "../elemwise.ts";
import { slice } from "../indexing.ts";
import { patternbroadcast, unbroadcast } from "../rebroadcast.ts";
import { shapePadleft } from "../reshape.ts";
import { knownNumber, shape } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import {
  joinInnerInputs,
  joinInnerOutputs,
  joinOuterInputs,
  leadOf,
  type ScanInfo,
  splitOuterOutputs,
} from "./layout.ts";
import { Scan } from "./op.ts";
import { type OutputInfo, type StateVariables, sharedState, stateOf } from "./outputs.ts";
import { cutSequence, type Sequence, type SequenceRows } from "./sequences.ts";
import { readStep, type Step, type StepResult } from "./step.ts";
import type { Until } from "./until.ts";

/** One of something, or a list of them. */
export type OneOrMore<T> = T | readonly T[];

/** What `scan` and its relatives share. */
export interface LoopOptions {
  /** Values that are the same in every step; the last arguments of the function. */
  readonly nonSequences?: OneOrMore<TensorLike> | null;
  /** How many steps gradients go back; -1 (the default): all. */
  readonly truncateGradient?: number;
  /** Whether the sequences are gone through from their ends. */
  readonly goBackwards?: boolean;
  /** Shown in graphs and profiles. */
  readonly name?: string | null;
  /**
   * A mode by name or by itself, whose rewrites are applied to the graph of a step. Default: those of the function that the
   * loop is in, or more where that is compiled in a hurry. How the steps are run is the function's business.
   */
  readonly mode?: string | { readonly optimizer: unknown } | null;
}

export interface ScanOptions extends LoopOptions {
  /** Tensors whose rows the steps take; the shortest decides how many steps there are. */
  readonly sequences?: OneOrMore<Sequence> | null;
  /** For each output where it starts and which earlier values the function takes; null for one that no step reads. */
  readonly outputsInfo?: OneOrMore<OutputInfo | null> | null;
  /** The number of steps; absent: as many as the sequences have. */
  readonly nSteps?: TensorLike | null;
  /** Every shared variable that the function uses must be in `nonSequences`. */
  readonly strict?: boolean;
  /** Give a list of outputs also when there is only one. */
  readonly returnList?: boolean;
}

/** The new values of the shared variables that the steps change; for `theano.function`'s `updates`. */
export type ScanUpdates = Map<SharedVariable, TensorVariable>;

/** The function of a scan; its arguments are sequences' rows, earlier outputs, then non-sequences. */
export type StepFunction = (...args: TensorVariable[]) => StepResult;

/** What a step returns besides outputs. */
type NoOutput = Until | ReadonlyMap<SharedVariable, TensorLike> | null | undefined;

/** The outputs among the parts of a step's result. */
type OutputParts<R extends readonly unknown[]> = R extends readonly [infer Part, ...infer Rest]
  ? Part extends NoOutput
    ? OutputParts<Rest>
    : Part extends readonly TensorLike[]
      ? [...Part, ...OutputParts<Rest>]
      : [Part, ...OutputParts<Rest>]
  : [];

/** One output by itself, several as a list, null where there is none. */
type Unpacked<Parts extends readonly unknown[]> = Parts["length"] extends 0
  ? null
  : Parts["length"] extends 1
    ? TensorVariable
    : { -readonly [K in keyof Parts]: TensorVariable };

/** The outputs of a scan whose step returns `R`. */
export type ScanOutputs<R> = R extends NoOutput
  ? null
  : R extends TensorVariable | number
    ? TensorVariable
    : R extends readonly unknown[]
      ? number extends R["length"]
        ? TensorVariable[]
        : Unpacked<OutputParts<R>>
      : TensorVariable;

/**
 * Runs a step again and again. `fn` is called once, with variables that stand for the values of one step, and builds the
 * graph of a step; `[outputs, updates]` are all steps' values, along a new first dimension, and the values of shared
 * variables after the last step.
 *
 * The arguments of `fn` are the rows of the sequences (by sequence, then tap), the earlier values of the outputs (by
 * output, then tap), and the non-sequences. It returns what {@link StepResult} says. Variables that it uses without
 * being handed them are found by themselves.
 *
 * Shapes: with n steps every output has the shape (n, …shape of one step's value), and the initial values are not part
 * of it. Steps that `until` cut off are not there. With 0 steps the outputs are empty.
 *
 * @throws ValueError when it is not known how many steps there are, outputs and `outputsInfo` do not fit together, or the
 * dtype of an output changes from step to step.
 * @throws MissingInputError when `strict` and a shared variable is missing in `nonSequences`.
 */
export function scan<const R extends StepResult>(
  fn: (...args: TensorVariable[]) => R,
  options: ScanOptions & { readonly returnList: true },
): [outputs: TensorVariable[], updates: ScanUpdates];
export function scan<const R extends StepResult>(
  fn: (...args: TensorVariable[]) => R,
  options: ScanOptions,
): [outputs: ScanOutputs<R>, updates: ScanUpdates];
export function scan(fn: StepFunction, options: ScanOptions): [outputs: unknown, updates: ScanUpdates] {
  const { outputs, updates } = scanList(fn, options);
  if (options.returnList === true) return [outputs, updates];
  return [outputs.length > 1 ? outputs : (outputs[0] ?? null), updates];
}

/** `scan` with its outputs as a list. */
export function scanList(
  fn: StepFunction,
  options: ScanOptions,
): { readonly outputs: TensorVariable[]; readonly updates: ScanUpdates } {
  const sequences = listOf<Sequence>(options.sequences).flatMap((s) => cutSequence(s, options.goBackwards ?? false));
  const nonSequences = listOf<TensorLike>(options.nonSequences).map((x) => asTensor(x));
  const steps = numberOfSteps(sequences, options.nSteps ?? null);
  const infos = listOf<OutputInfo | null>(options.outputsInfo);
  const states = infos.map((info) => stateOf(info, steps));
  const isSingle = knownNumber(steps) === 1 && isKnown(options.nSteps);
  const args = [
    ...sequences.map(({ row, first }) => (isSingle ? first : row)),
    ...states.flatMap((state) => (state === null ? [] : isSingle ? state.first : state.rows)),
    ...nonSequences,
  ];
  const step = readStep(fn(...args));
  if (infos.length > 0 && step.outputs.length !== infos.length)
    throw new ValueError(
      `Please provide None as outputs_info for any output that does not feed back into scan (i.e. it behaves like a map): the function gives ${step.outputs.length} outputs, and outputsInfo has ${infos.length} items; write null for outputs that no step reads.`,
    );
  if (isSingle)
    return { outputs: step.outputs.map((x) => unbroadcast(shapePadleft(x), 0)), updates: new Map(step.updates) };
  return loop({ options, steps, sequences, nonSequences, step, states });
}

/** A list of what was given. */
export function listOf<T>(value: OneOrMore<T> | null | undefined): readonly T[] {
  if (value === null || value === undefined) return [];
  return isList(value) ? value : [value];
}

function isList<T>(value: OneOrMore<T>): value is readonly T[] {
  return Array.isArray(value);
}

function isKnown(steps: TensorLike | null | undefined): boolean {
  return steps !== null && steps !== undefined;
}

function numberOfSteps(sequences: readonly SequenceRows[], given: TensorLike | null): TensorVariable {
  if (given !== null && !(typeof given === "number" && !Number.isFinite(given))) {
    const steps = asTensor(given);
    if (!isInteger(steps.dtype) || steps.ndim !== 0)
      throw new ValueError(`nSteps must be an integer without dimensions; ${steps} is of type ${steps.type}.`);
    checkSteps(steps, sequences);
    return steps;
  }
  const lengths = sequences.map(({ rows }) => subtensor(shape(rows), 0));
  if (lengths.length === 0)
    throw new ValueError(
      "No information about the number of steps provided. Either provide a value for n_steps argument of scan or provide an input sequence (the options `nSteps` and `sequences`).",
    );
  return lengths.reduce((shortest, length) => applyElemwise("minimum", shortest, length));
}

/** What can be seen of a known number of steps before the loop runs. */
function checkSteps(steps: TensorVariable, sequences: readonly SequenceRows[]): void {
  const known = knownNumber(steps) ?? 0;
  if (known < 0)
    throw new IndexError(
      `Scan was asked to run for negative number of step ${known}; the option goBackwards takes the sequences from their ends.`,
    );
  for (const { rows } of sequences) {
    const [length] = rows.type.shape;
    if (length !== null && length < known)
      throw new ValueError(
        `Sequence is shorter than the required number of steps: ${known} steps, and ${rows} has the shape ${pyTuple(rows.type.shape.map((dim) => dim ?? "?"))}.`,
      );
  }
}

/** A scan whose step is built. */
interface Parts {
  readonly options: ScanOptions;
  readonly steps: TensorVariable;
  readonly sequences: readonly SequenceRows[];
  readonly nonSequences: readonly TensorVariable[];
  readonly step: Step;
  /** One per output; null for outputs that no step reads. */
  readonly states: readonly (StateVariables | null)[];
}

/** A state of the loop, and where its values come from and go to. */
interface Looped extends StateVariables {
  readonly next: TensorVariable;
  /** Which output of the step it is, or the shared variable whose value it is. */
  readonly target: number | SharedVariable;
}

function loop(parts: Parts): { readonly outputs: TensorVariable[]; readonly updates: ScanUpdates } {
  const { options, steps, sequences, step } = parts;
  const given = givenTo(parts);
  const updates = allUpdates(step, given);
  const states = loopedStates(parts, updates);
  const collected = step.outputs.map((_, i) => i).filter((i) => (parts.states[i] ?? null) === null);
  const others = otherInputs(parts, given, new Set(updates.keys()), states);
  const copies = others.map((x) => new TensorVariable(x.type, x.name === null ? null : `${x.name}_copy`));
  const inside = new Map<Variable, Variable>(others.map((x, i) => [x, copies[i]]));
  for (const { target, rows } of states) if (target instanceof SharedVariable) inside.set(target, rows[0]);
  const results = joinInnerOutputs({
    states: states.map(({ next, rows }) => [patternbroadcast(next, patternOf(next, rows[0]))]),
    collected: collected.map((i) => step.outputs[i]),
    condition: step.condition,
  });
  const info: ScanInfo = {
    name: options.name ?? null,
    sequences: sequences.length,
    states: states.map(({ state }) => state),
    collected: collected.length,
    isWhile: step.condition !== null,
    truncateGradient: options.truncateGradient ?? -1,
    optimizer: typeof options.mode === "string" ? options.mode.toLowerCase() : options.mode?.optimizer,
  };
  const op = new Scan(
    info,
    joinInnerInputs({
      sequences: sequences.map(({ row }) => row),
      states: states.map(({ rows }) => rows),
      others: copies,
    }),
    cloneGraph(results, inside),
  );
  const node = op.apply(
    ...joinOuterInputs<Variable>({
      steps,
      sequences: sequences.map(({ rows }) => subtensor(rows, slice(null, steps))),
      states: states.map(({ buffer }) => buffer),
      lengths: collected.map(() => steps),
      others,
    }),
  );
  return unpack(step, states, collected, splitOuterOutputs(info, node.outputs));
}

/** What the step was handed: its graph is not followed further. */
function givenTo({ sequences, nonSequences, states }: Parts): ReadonlySet<Variable> {
  return new Set<Variable>([
    ...nonSequences,
    ...sequences.map(({ row }) => row),
    ...states.flatMap((state) => state?.rows ?? []),
  ]);
}

/** The updates that the step returned, and the default ones of the shared variables that it reads, to any depth. */
function allUpdates(step: Step, given: ReadonlySet<Variable>): ReadonlyMap<SharedVariable, TensorVariable> {
  const updates = new Map(step.updates);
  for (let size = -1; size !== updates.size; ) {
    size = updates.size;
    for (const leaf of graphInputs([...leafRoots(step), ...updates.values()], given))
      if (leaf instanceof SharedVariable && leaf.defaultUpdate !== null && !updates.has(leaf))
        updates.set(leaf, leaf.defaultUpdate);
  }
  return updates;
}

function leafRoots({ outputs, condition }: Step): readonly TensorVariable[] {
  return condition === null ? outputs : [...outputs, condition];
}

/** Several earlier values first, then one, then shared variables: the order of the layout. */
function loopedStates(
  { steps, step, states }: Parts,
  updates: ReadonlyMap<SharedVariable, TensorVariable>,
): readonly Looped[] {
  const ofOutputs = states.flatMap((state, i): Looped[] =>
    state === null ? [] : [{ ...state, next: step.outputs[i], target: i }],
  );
  const ofShared = [...updates].map(
    ([target, next]): Looped => ({ ...sharedState(target, steps), next: requireType(target, next), target }),
  );
  return [
    ...ofOutputs.filter(({ state }) => state.kind === "mitSot"),
    ...ofOutputs.filter(({ state }) => state.kind === "sitSot"),
    ...ofShared,
  ];
}

function requireType(target: SharedVariable, next: TensorVariable): TensorVariable {
  if (next.dtype === target.dtype && next.ndim === target.ndim) return next;
  throw new TypeError(
    `The step updates the shared variable ${target} of type ${target.type} with ${next} of type ${next.type}; the dtype and the number of dimensions must stay.`,
  );
}

/** What the steps read and do not change: shared variables first, then what was given or is found in the graph. */
function otherInputs(
  { options, nonSequences, step }: Parts,
  given: ReadonlySet<Variable>,
  updated: ReadonlySet<SharedVariable>,
  looped: readonly Looped[],
): readonly TensorVariable[] {
  const leaves = graphInputs([...leafRoots(step), ...looped.map(({ next }) => next)], given);
  const free = leaves.filter((leaf) => !(leaf instanceof TensorConstant));
  const shared = free.filter((leaf) => leaf instanceof SharedVariable).filter((leaf) => !updated.has(leaf));
  const missing = options.strict === true ? shared.find((leaf) => !nonSequences.includes(leaf)) : undefined;
  if (missing !== undefined) throw missingInput(missing);
  const explicit = nonSequences.filter((x) => !(x instanceof SharedVariable || x instanceof TensorConstant));
  const found = free.filter((leaf) => !(leaf instanceof SharedVariable) && !given.has(leaf));
  return [...shared, ...new Set([...explicit, ...found])];
}

function missingInput(variable: SharedVariable): MissingInputError {
  const { frame } = variable.origin;
  const made = frame === null ? "" : `, made at ${describeFrame(frame)}`;
  return new MissingInputError(
    `ScanOp is missing an input: ${variable}${made}. With \`strict\` every shared variable that the step reads must be in \`nonSequences\`.`,
  );
}

/** Which dimensions of a state's next value have length 1: those of the row that it follows, which never change. */
function patternOf(next: TensorVariable, row: TensorVariable): readonly boolean[] {
  return next.ndim === row.ndim ? row.broadcastable : next.broadcastable;
}

/** The outputs in the order of the step's, without the initial values; and the last values of shared variables. */
function unpack(
  step: Step,
  states: readonly Looped[],
  collected: readonly number[],
  results: { readonly states: readonly Variable[]; readonly collected: readonly Variable[] },
): { readonly outputs: TensorVariable[]; readonly updates: ScanUpdates } {
  const updates: ScanUpdates = new Map();
  const byPosition = new Map<number, TensorVariable>();
  states.forEach(({ state, target }, i) => {
    const buffer = results.states[i];
    // The last row, also where it is the initial one because there was no step.
    if (target instanceof SharedVariable) updates.set(target, subtensor(buffer, -1));
    else byPosition.set(target, subtensor(buffer, slice(leadOf(state))));
  });
  collected.forEach((position, i) => {
    byPosition.set(position, results.collected[i]);
  });
  return { outputs: step.outputs.flatMap((_, i) => byPosition.get(i) ?? []), updates };
}
