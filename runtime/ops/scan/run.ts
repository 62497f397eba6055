/** Running a Scan: the loop over its steps. */
import { NDArray } from "../../array/ndarray.ts";
import { IndexError, ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import type { Apply } from "../../graph/apply.ts";
import type { InnerFunction, Reached, Rows as RowsOfSteps, Steps } from "../../graph/op.ts";
import { leadOf, type ScanInfo, type State, splitOuterInputs, splitOuterOutputs } from "./layout.ts";
import { Rows, rotated } from "./rows.ts";

/** From so many steps on, a dense copy of what all of them read costs less than its strides do, as those of transposed weights. */
const MANY_STEPS = 8;

/** Where the values of a step's outputs go. */
interface Sink {
  /** Takes the values of step `t` from the results of the inner graph, starting with number `at`; how many it took. */
  take(results: readonly NDArray[], at: number, t: number): number;
  /** The output of the node after `steps` steps. */
  finish(steps: number): NDArray;
}

/**
 * Runs the inner graph until the steps are done or the condition is true. The buffers of the states in `overwritten`
 * are worked on in place, the others are copied first.
 *
 * Without any step the collected outputs are empty. Their row shapes are then found by running the inner graph once on
 * zeros, since only it knows them.
 *
 * @throws ValueError when a sequence is shorter than the number of steps; IndexError for a negative number of steps.
 */
export function runScan(
  info: ScanInfo,
  node: Apply,
  inputs: readonly NDArray[],
  run: InnerFunction,
  overwritten: ReadonlySet<number>,
): NDArray[] {
  const outer = splitOuterInputs(info, inputs);
  const planned = plannedSteps(node, outer.steps, outer.sequences);
  const sequences = outer.sequences.map((sequence) => new Rows(sequence));
  const states = outer.states.map(
    (buffer, i) =>
      new StateRows(info.states[i], overwritten.has(i) && isWritable(buffer) ? buffer : buffer.copy(), info.isWhile),
  );
  const types = splitOuterOutputs(info, node.outputs).collected.map((output) => output.type);
  const collected = outer.lengths.map(
    (length, i) => new Collected(Number(length.item()), info.isWhile, (rows) => emptyOf(types[i], rows)),
  );
  const sinks: readonly Sink[] = [...states, ...collected];
  const buffers = new Set(states.map((state) => state.rows.array.data));
  const firstOther = info.sequences + info.states.reduce((sum, state) => sum + state.reads.length, 0);
  const others = outer.others.map((other) => (planned >= MANY_STEPS && !other.isContiguous ? other.copy() : other));
  const values: NDArray[] = [...new Array<NDArray>(firstOther), ...others];

  /** Runs a step; whether it is the last one. */
  const step = (t: number): boolean => {
    let at = 0;
    for (const sequence of sequences) values[at++] = sequence.read(t);
    for (const state of states) for (const tap of state.state.reads) values[at++] = state.read(t + tap);
    const results = run(values);
    // A result that is a view of a buffer must not change while the results before it are stored.
    const safe = results.map((value) => (buffers.has(value.data) ? value.copy() : value));
    at = 0;
    for (const sink of sinks) at += sink.take(safe, at, t);
    return info.isWhile && Boolean(results[results.length - 1].item());
  };

  /** The steps from `t` on, of which at least one came before: only then are there rows for all that is collected. */
  const stepsFrom = (t: number): Steps => ({
    from: t,
    to: planned,
    inputs: [
      ...sequences.map(({ array }) => ({ array, first: 0 })),
      ...states.flatMap((state) => state.state.reads.map((tap) => state.rowsAt(tap))),
      ...others,
    ],
    outputs: [
      ...states.flatMap((state) => state.state.writes.map((tap) => state.rowsAt(tap))),
      ...collected.map((output) => output.rows),
    ],
  });

  if (planned === 0 && collected.length > 0) probe(info, outer.sequences, states, values, run, collected);
  let now: Reached = { next: 0, hasEnded: false };
  const isDone = (): boolean => now.next === planned || now.hasEnded;
  while (!isDone()) {
    // Native code may be there only later on; asking costs more than a step does.
    if (isPowerOfTwo(now.next)) now = run.runSteps?.(stepsFrom(now.next)) ?? now;
    if (!isDone()) now = { next: now.next + 1, hasEnded: step(now.next) };
  }
  return sinks.map((sink) => sink.finish(now.next));
}

function isPowerOfTwo(t: number): boolean {
  return t > 0 && (t & (t - 1)) === 0;
}

/** Whether every element has a place of its own. */
function isWritable({ shape, strides }: NDArray): boolean {
  return shape.every((length, axis) => length <= 1 || strides[axis] !== 0);
}

function plannedSteps(node: Apply, steps: NDArray, sequences: readonly NDArray[]): number {
  const planned = Number(steps.item());
  if (planned < 0) throw new IndexError(`Scan was asked to run for negative number of step ${planned}`);
  sequences.forEach((sequence, i) => {
    if (sequence.shape[0] < planned)
      throw new ValueError(
        `Sequence is shorter than the required number of steps: ${planned} steps, and sequence ${i} (${node.inputs[1 + i]}) has the shape ${pyTuple(sequence.shape)}`,
      );
  });
  return planned;
}

/** Learns the row shapes of the collected outputs from a step on zeros, where that step can be run. */
function probe(
  info: ScanInfo,
  sequences: readonly NDArray[],
  states: readonly StateRows[],
  values: NDArray[],
  run: InnerFunction,
  collected: readonly Collected[],
): void {
  const zeroRow = (array: NDArray): NDArray => NDArray.zeros(array.shape.slice(1), array.dtype);
  const rows = [
    ...sequences.map(zeroRow),
    ...states.flatMap(({ state, rows: { array } }) => state.reads.map(() => zeroRow(array))),
  ];
  try {
    const results = run([...rows, ...values.slice(rows.length)]);
    const first = info.states.reduce((sum, state) => sum + state.writes.length, 0);
    collected.forEach((sink, i) => {
      sink.allocate(results[first + i]);
    });
  } catch {
    // What the step computes may not exist for zeros; the types then say what is known of the shapes.
  }
}

/** No rows; their lengths are those that the type knows. */
function emptyOf(
  type: { readonly shape: readonly (number | null)[]; readonly dtype: NDArray["dtype"] },
  rows: number,
): NDArray {
  return NDArray.zeros([rows, ...type.shape.slice(1).map((dim) => dim ?? 0)], type.dtype);
}

/** A state's buffer. Where it has fewer rows than there are steps, the latest overwrite the earliest. */
class StateRows implements Sink {
  readonly state: State;
  readonly rows: Rows;
  readonly #lead: number;
  readonly #isTrimmed: boolean;

  constructor(state: State, buffer: NDArray, isTrimmed: boolean) {
    this.state = state;
    this.rows = new Rows(buffer);
    this.#lead = leadOf(state);
    this.#isTrimmed = isTrimmed;
  }

  read(time: number): NDArray {
    return this.rows.read((this.#lead + time) % this.rows.length);
  }

  /** Where a tap reads and writes. */
  rowsAt(tap: number): RowsOfSteps {
    return { array: this.rows.array, first: this.#lead + tap };
  }

  take(results: readonly NDArray[], at: number, t: number): number {
    const { writes } = this.state;
    for (let i = 0; i < writes.length; i++)
      this.rows.write((this.#lead + t + writes[i]) % this.rows.length, results[at + i]);
    return writes.length;
  }

  finish(steps: number): NDArray {
    if (this.state.kind === "mitMot") return this.rows.array;
    return ordered(this.rows, this.#lead + steps, this.#isTrimmed);
  }
}

/** The rows of an output that no step reads. */
class Collected implements Sink {
  readonly #length: number;
  readonly #isTrimmed: boolean;
  readonly #empty: (rows: number) => NDArray;
  #rows: Rows | null = null;

  constructor(length: number, isTrimmed: boolean, empty: (rows: number) => NDArray) {
    this.#length = length;
    this.#isTrimmed = isTrimmed;
    this.#empty = empty;
  }

  /** Where each step's value goes, once there is memory; null: nowhere. */
  get rows(): RowsOfSteps | null {
    return this.#rows === null ? null : { array: this.#rows.array, first: 0 };
  }

  /** Memory for rows like `row`. */
  allocate(row: NDArray): Rows {
    this.#rows = new Rows(NDArray.zeros([this.#length, ...row.shape], row.dtype));
    return this.#rows;
  }

  take(results: readonly NDArray[], at: number, t: number): number {
    const value = results[at];
    if (this.#length > 0) (this.#rows ?? this.allocate(value)).write(t % this.#length, value);
    return 1;
  }

  finish(steps: number): NDArray {
    return ordered(this.#rows ?? new Rows(this.#empty(this.#length)), steps, this.#isTrimmed);
  }
}

/** The buffer after `written` rows were written round and round: the earliest first, without unwritten ones if trimmed. */
function ordered(rows: Rows, written: number, isTrimmed: boolean): NDArray {
  if (written >= rows.length) return rows.length === 0 ? rows.array : rotated(rows.array, written % rows.length);
  return isTrimmed ? rows.array.slice({ stop: written }) : rows.array;
}
