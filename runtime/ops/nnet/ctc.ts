/**
 * Connectionist temporal classification, after Graves et al., "Connectionist Temporal Classification" (2006): the
 * probability of a sequence of labels is that of all ways to stretch it over the time steps, with blanks between.
 *
 * The sums over these ways go forwards and backwards through time; these recurrences are no loop nest of the IR, so the
 * op runs on arrays. Everything is in logarithms, so that long sequences do not underflow.
 */
import { isDiscrete, isFloat } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { ValueError } from "../../base/errors.ts";
import { Apply } from "../../graph/apply.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../../graph/op.ts";
import { TensorType } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { dimshuffle } from "../dimshuffle.ts";
import { applyElemwise } from "../elemwise.ts";
import { checkLengths } from "./rows.ts";

type Lengths = readonly (readonly Variable[])[];

/** The symbol between labels. */
const BLANK = 0;

/** log(e^a + e^b). */
function logAdd(a: number, b: number): number {
  const larger = Math.max(a, b);
  return larger === -Infinity ? larger : larger + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/** The logarithm of the softmax of each of the first `steps` rows of a matrix. */
function logSoftmaxRows(rows: NDArray, steps: number): readonly Float64Array[] {
  return Array.from({ length: steps }, (_, t) => {
    const row = Float64Array.from(rows.slice(t).elements(), Number);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = row.reduce((sum, x) => sum + Math.exp(x - largest), 0);
    return row.map((x) => x - largest - Math.log(total));
  });
}

/** The labels with a blank before, between and after them: the states that a path goes through. */
function withBlanks(labels: readonly number[]): readonly number[] {
  return [BLANK, ...labels.flatMap((label) => [label, BLANK])];
}

/** Whether a path may go to state `s` from the one two before: over a blank, and not between equal labels. */
function maySkip(states: readonly number[], s: number): boolean {
  return s >= 2 && states[s] !== BLANK && states[s] !== states[s - 2];
}

/** For each time step and state, the logarithm of the probability of all beginnings of paths that are there then. */
function forward(steps: readonly Float64Array[], states: readonly number[]): readonly Float64Array[] {
  const table: Float64Array[] = [];
  for (const [t, step] of steps.entries()) {
    const before = table[t - 1];
    table.push(
      Float64Array.from(states, (symbol, s) => {
        if (before === undefined) return s < 2 ? step[symbol] : -Infinity;
        let reached = before[s];
        if (s >= 1) reached = logAdd(reached, before[s - 1]);
        if (maySkip(states, s)) reached = logAdd(reached, before[s - 2]);
        return reached + step[symbol];
      }),
    );
  }
  return table;
}

/** The cost of one sequence, and its gradient: the softmax less the probability that a path is at each symbol. */
function lossOf(
  rows: NDArray,
  labels: readonly number[],
  length: number,
): { readonly cost: number; readonly slopes: readonly Float64Array[] } {
  const steps = logSoftmaxRows(rows, length);
  const states = withBlanks(labels);
  const ahead = forward(steps, states);
  // A path read backwards is a path of the reversed sequence.
  const behind = forward(steps.toReversed(), states.toReversed())
    .map((row) => row.toReversed())
    .toReversed();
  const last = ahead.at(-1);
  const logProbability =
    last === undefined ? (labels.length === 0 ? 0 : -Infinity) : last.slice(-2).reduce(logAdd, -Infinity);
  const slopes = steps.map((step, t) => {
    const slope = step.map(Math.exp);
    if (logProbability === -Infinity) return slope.fill(0);
    // Both tables count the step itself.
    for (const [s, symbol] of states.entries())
      slope[symbol] -= Math.exp(ahead[t][s] + behind[t][s] - step[symbol] - logProbability);
    return slope;
  });
  return { cost: -logProbability, slopes };
}

/** Outputs: the cost of each sequence of a batch, and the gradient of each cost with respect to the activations. */
export class ConnectionistTemporalClassification extends Op {
  readonly family = "ConnectionistTemporalClassification";
  readonly key = "ConnectionistTemporalClassification{compute_grad=True}";

  toString(): string {
    return this.key;
  }

  /** @throws ValueError for other ranks, TypeError for other kinds of elements than {@link ctc} takes. */
  apply(activations: TensorLike, labels: TensorLike, inputLengths: TensorLike): Apply {
    const inputs = [asTensor(activations), asTensor(labels), asTensor(inputLengths)];
    const names = ["activations", "labels", "input_lengths"];
    inputs.forEach(({ ndim, dtype, type }, i) => {
      if (ndim !== 3 - i) throw new ValueError(`${names[i]} must have ${3 - i} dimensions, got ${type}.`);
      if (i === 0 ? !isFloat(dtype) : !isDiscrete(dtype))
        throw new TypeError(`${names[i]} must hold ${i === 0 ? "floats" : "integers"}, got ${type}.`);
    });
    const { type } = inputs[0];
    return new Apply(this, inputs, [new TensorType(type.dtype, [type.shape[1]]), type]);
  }

  override perform(_node: Apply, [activations, labels, lengths]: readonly NDArray[]): readonly NDArray[] {
    const [, batch] = activations.shape;
    checkLengths(
      this,
      [activations, labels, lengths].map((x) => x.shape),
      [
        ["the number of sequences", batch],
        ["that of rows of labels", labels.shape[0]],
        ["that of input lengths", lengths.shape[0]],
      ],
    );
    const costs = NDArray.zeros([batch], activations.dtype);
    const gradients = NDArray.zeros(activations.shape, activations.dtype);
    for (let example = 0; example < batch; example++) {
      const rows = activations.slice({}, example);
      const { cost, slopes } = lossOf(rows, this.#labels(labels, example, rows), this.#length(lengths, example, rows));
      costs.data[example] = cost;
      for (const [t, slope] of slopes.entries())
        for (const [symbol, value] of slope.entries())
          gradients.data[(t * batch + example) * slope.length + symbol] = value;
    }
    return [costs, gradients];
  }

  /** The labels of a sequence; negative ones only fill the row. */
  #labels(labels: NDArray, example: number, rows: NDArray): readonly number[] {
    const given = [...labels.slice(example).elements()].map(Number).filter((label) => label >= 0);
    const wrong = given.find((label) => label === BLANK || label >= rows.shape[1]);
    if (wrong !== undefined)
      throw new ValueError(
        `${this}: sequence ${example} has the label ${wrong}, but labels are 1 to ${rows.shape[1] - 1} (0 is the blank).`,
      );
    return given;
  }

  #length(lengths: NDArray, example: number, rows: NDArray): number {
    const length = Number(lengths.get(example));
    if (length < 0 || length > rows.shape[0])
      throw new ValueError(
        `${this}: sequence ${example} has the input length ${length}, but there are ${rows.shape[0]} time steps.`,
      );
    return length;
  }

  override gradient(node: Apply, [g, ofGradient]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (ofGradient !== null)
      return [{ kind: "undefined", reason: `${this} has no second derivative` }, DISCONNECTED, DISCONNECTED];
    if (g === null) return [DISCONNECTED, DISCONNECTED, DISCONNECTED];
    const slope = applyElemwise("mul", dimshuffle(g, ["x", 0, "x"]), node.outputs[1]);
    return [slope, DISCONNECTED, DISCONNECTED];
  }

  override inferShape(_node: Apply, [activations]: Lengths): Lengths {
    return [[activations[1]], activations];
  }
}

/**
 * The CTC loss of each sequence of a batch: minus the logarithm of the probability of its labels.
 *
 * @param activations (time, batch, symbols), before the softmax, which is taken here; symbol 0 is the blank.
 * @param labels (batch, most labels), integers; negative ones are padding.
 * @param inputLengths (batch), how many time steps of each sequence count.
 * @returns a vector of costs; infinite where the labels do not fit into the time steps.
 * @throws ValueError for other ranks; TypeError for other kinds of elements.
 */
export function ctc(activations: TensorLike, labels: TensorLike, inputLengths: TensorLike): TensorVariable {
  return new ConnectionistTemporalClassification().apply(activations, labels, inputLengths).outputs[0];
}
