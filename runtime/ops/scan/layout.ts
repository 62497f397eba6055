/**
 * How the inputs and outputs of a Scan and of its inner graph are laid out: Theano 1.0.5's order, which its printed
 * graphs show.
 *
 * | outer inputs | inner inputs, each step | inner outputs | outer outputs |
 * |---|---|---|---|
 * | number of steps | | | |
 * | sequences | one row each | | |
 * | states' buffers | rows at the taps read | rows at the taps written | buffers after the last step |
 * | lengths of the collected outputs | | collected outputs | all rows |
 * | non-sequences | themselves | | |
 * | | | condition, when the scan may stop early | |
 */

/**
 * A value that a step leaves to later ones. It lives in a buffer, whose row `t + tap + lead` the taps name; `lead` rows
 * are there before the first step.
 */
export interface State {
  /**
   * Theano's kinds: one previous row (`sitSot`), several (`mitSot`), or rows that are read and written at several
   * places of one buffer (`mitMot`, which gradients accumulate in).
   */
  readonly kind: "mitMot" | "mitSot" | "sitSot";
  readonly reads: readonly number[];
  readonly writes: readonly number[];
}

/** What a Scan does besides its inner graph. */
export interface ScanInfo {
  /** Shown in graphs; null shows as `scan_fn`. */
  readonly name: string | null;
  readonly sequences: number;
  /** First those of kind `mitMot`, then `mitSot`, then `sitSot`. */
  readonly states: readonly State[];
  /** Outputs that no step reads. */
  readonly collected: number;
  /** Whether the last inner output ends the loop when it is true. */
  readonly isWhile: boolean;
  /** How many steps gradients go back; -1: all. */
  readonly truncateGradient: number;
  /** What rewrites the inner graph, as `InnerGraph.optimizer` says; absent: what suits the graph around it. */
  readonly optimizer?: unknown;
}

export const SIT_SOT: State = { kind: "sitSot", reads: [-1], writes: [0] };

/** The rows of a state's buffer before the one of tap 0 in the first step. */
export function leadOf(state: State): number {
  return -Math.min(0, ...state.reads, ...state.writes);
}

/** The inputs of a Scan node. */
export interface OuterInputs<T> {
  readonly steps: T;
  readonly sequences: readonly T[];
  /** One buffer per state. */
  readonly states: readonly T[];
  /** How many rows each collected output keeps. */
  readonly lengths: readonly T[];
  readonly others: readonly T[];
}

export function splitOuterInputs<T>(info: ScanInfo, inputs: readonly T[]): OuterInputs<T> {
  const [steps, ...rest] = inputs;
  const [sequences, states, lengths, others] = cut(rest, info.sequences, info.states.length, info.collected);
  return { steps, sequences, states, lengths, others };
}

export function joinOuterInputs<T>({ steps, sequences, states, lengths, others }: OuterInputs<T>): T[] {
  return [steps, ...sequences, ...states, ...lengths, ...others];
}

/** The outputs of a Scan node. */
export interface OuterOutputs<T> {
  readonly states: readonly T[];
  readonly collected: readonly T[];
}

export function splitOuterOutputs<T>(info: ScanInfo, outputs: readonly T[]): OuterOutputs<T> {
  const [states, collected] = cut(outputs, info.states.length);
  return { states, collected };
}

/** The inputs of the inner graph. */
export interface InnerInputs<T> {
  readonly sequences: readonly T[];
  /** Per state, one per tap read. */
  readonly states: readonly (readonly T[])[];
  readonly others: readonly T[];
}

export function splitInnerInputs<T>(info: ScanInfo, inputs: readonly T[]): InnerInputs<T> {
  const taps = info.states.map((state) => state.reads.length);
  const groups = cut(inputs, info.sequences, ...taps);
  return { sequences: groups[0], states: groups.slice(1, -1), others: groups[groups.length - 1] };
}

export function joinInnerInputs<T>({ sequences, states, others }: InnerInputs<T>): T[] {
  return [...sequences, ...states.flat(), ...others];
}

/** The outputs of the inner graph. */
export interface InnerOutputs<T> {
  /** Per state, one per tap written. */
  readonly states: readonly (readonly T[])[];
  readonly collected: readonly T[];
  readonly condition: T | null;
}

export function splitInnerOutputs<T>(info: ScanInfo, outputs: readonly T[]): InnerOutputs<T> {
  const taps = info.states.map((state) => state.writes.length);
  const groups = cut(outputs, ...taps, info.collected);
  return {
    states: groups.slice(0, taps.length),
    collected: groups[taps.length],
    condition: groups[taps.length + 1][0] ?? null,
  };
}

export function joinInnerOutputs<T>({ states, collected, condition }: InnerOutputs<T>): T[] {
  return [...states.flat(), ...collected, ...(condition === null ? [] : [condition])];
}

/** For each inner input, the index of the outer one that it is, or is a row of. */
export function outerInputsOf(info: ScanInfo, count: number): readonly number[] {
  const ofStates = info.states.flatMap((state, i) => state.reads.map(() => 1 + info.sequences + i));
  const known = [...range(1, info.sequences), ...ofStates];
  const firstOther = 1 + info.sequences + info.states.length + info.collected;
  return [...known, ...range(firstOther, count - known.length)];
}

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, i) => start + i);
}

/** A list in parts of the given sizes, and the rest. */
function cut<T>(list: readonly T[], ...sizes: readonly number[]): T[][] {
  let at = 0;
  const parts = sizes.map((size) => {
    at += size;
    return list.slice(at - size, at);
  });
  return [...parts, list.slice(at)];
}
