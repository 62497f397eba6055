/**
 * Draws from the state of a `RandomState` generator as functions of that state: each gives the sample and the state after
 * it. Streams that keep a state of their own are `RandomStreams`.
 */
import { type DType, upcast } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import type { Apply } from "../../graph/apply.ts";
import { asTensor, constant, type TensorLike } from "../../graph/constant.ts";
import { floatX, resolveDType, type SymbolicDType } from "../../graph/floatx.ts";
import { type Dim, TensorType } from "../../graph/type.ts";
import { TensorVariable, type Variable } from "../../graph/variable.ts";
import { asTensorVariable } from "../join.ts";
import { lengthsOf } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import type { DrawName } from "./legacy.ts";
import { type RandomSeed, STATE_WORDS, seededState } from "./mt19937.ts";
import { RandomFunction, RandomStateType } from "./randomfunction.ts";
import { type DrawSize, resolveSize } from "./size.ts";

/** The generator's state after a draw, and the numbers drawn. */
export type RandomDraw = readonly [next: TensorVariable, sample: TensorVariable];

/**
 * The state of `numpy.random.RandomState(seed)` as a uint32 vector: 624 words of the key, the position in it, whether a
 * normal number is kept, and the two halves of that float64.
 * @throws ValueError for a seed that is no whole number from 0 to 2^32 − 1.
 */
export function randomState(seed: RandomSeed): NDArray {
  return new NDArray(seededState(seed), "uint32", [STATE_WORDS]);
}

/** A variable for the state of a generator; {@link randomState} makes its values. */
export function randomStateVariable(name?: string): TensorVariable {
  return new TensorVariable(new RandomStateType(), name ?? null);
}

export interface DrawOptions {
  /** The number of dimensions, where `size` is a vector that does not tell it. */
  readonly ndim?: number | null;
  /** dtype of the sample. */
  readonly dtype?: SymbolicDType | null;
}

export interface UniformOptions extends DrawOptions {
  /** Bounds; `high` itself is not drawn. 0 and 1 unless given. */
  readonly low?: TensorLike;
  readonly high?: TensorLike;
}

export interface NormalOptions extends DrawOptions {
  /** Mean and standard deviation; 0 and 1 unless given. */
  readonly avg?: TensorLike;
  readonly std?: TensorLike;
}

export interface BinomialOptions extends DrawOptions {
  /** Number of trials, 1 unless given, and the probability of success of each, 0.5 unless given. */
  readonly n?: TensorLike;
  readonly p?: TensorLike;
}

export interface RandomIntegersOptions extends DrawOptions {
  /** Bounds, both of which are drawn; 0 and 1 unless given. */
  readonly low?: TensorLike;
  readonly high?: TensorLike;
}

export interface ChoiceOptions extends DrawOptions {
  /** The vector to choose from, or the number of integers from 0 on; 2 unless given. */
  readonly a?: TensorLike;
  /** Whether one may be chosen repeatedly; true unless given. */
  readonly replace?: boolean | TensorVariable;
  /** The probability of each; absent: all are as likely. */
  readonly p?: TensorLike | null;
}

export interface PoissonOptions extends DrawOptions {
  /** The mean, 1 unless given. */
  readonly lam?: TensorLike;
}

export interface PermutationOptions extends DrawOptions {
  /** How many numbers from 0 on are permuted; 1 unless given. */
  readonly n?: TensorLike;
}

export interface MultinomialOptions extends DrawOptions {
  /** Number of experiments, 1 unless given. */
  readonly n?: TensorLike;
  /** Probabilities of the outcomes along the last dimension; `[0.5, 0.5]` unless given. */
  readonly pvals?: TensorLike | readonly TensorLike[];
}

/** Uniform numbers; the dtype is that of the bounds, and at least floatX. */
export function uniform(
  state: Variable,
  size: DrawSize = null,
  { low = 0, high = 1, ndim = null, dtype = null }: UniformOptions = {},
): RandomDraw {
  const bounds = [asFraction(low), asFraction(high)];
  const { lengths, dims } = resolveSize(size, ndim, bounds);
  return draw("uniform", state, lengths, bounds, new TensorType(realType(dtype, bounds), dims));
}

/** Normal numbers; the dtype is that of the parameters, and at least floatX. */
export function normal(
  state: Variable,
  size: DrawSize = null,
  { avg = 0, std = 1, ndim = null, dtype = null }: NormalOptions = {},
): RandomDraw {
  const parameters = [asFraction(avg), asFraction(std)];
  const { lengths, dims } = resolveSize(size, ndim, parameters);
  return draw("normal", state, lengths, parameters, new TensorType(realType(dtype, parameters), dims));
}

/** Numbers of successes, int64 unless `dtype` says otherwise. */
export function binomial(
  state: Variable,
  size: DrawSize = null,
  { n = 1, p = 0.5, ndim = null, dtype = null }: BinomialOptions = {},
): RandomDraw {
  const parameters = [asTensor(n), asTensor(p)];
  const { lengths, dims } = resolveSize(size, ndim, parameters);
  // Theano never lets these stretch, whatever the shape says.
  const open = dims.map((dim): Dim => (dim === 1 ? null : dim));
  return draw("binomial", state, lengths, parameters, new TensorType(countType(dtype), open));
}

/** Whole numbers between two, inclusive. */
export function randomIntegers(
  state: Variable,
  size: DrawSize = null,
  { low = 0, high = 1, ndim = null, dtype = null }: RandomIntegersOptions = {},
): RandomDraw {
  const bounds = [asTensor(low), asTensor(high)];
  const { lengths, dims } = resolveSize(size, ndim, bounds);
  return draw("random_integers_helper", state, lengths, bounds, new TensorType(countType(dtype), dims));
}

/** Choices from a vector or from the first whole numbers. */
export function choice(
  state: Variable,
  size: DrawSize = null,
  { a = 2, replace = true, p = null, ndim = null, dtype = null }: ChoiceOptions = {},
): RandomDraw {
  const isRepeated = replace instanceof TensorVariable ? replace : constant(Number(replace), null, "int8");
  // No probabilities are an empty vector.
  const weights = p === null ? constant(NDArray.zeros([0], floatX())) : asTensor(p);
  const { lengths, dims } = resolveSize(size, ndim);
  const parameters = [asTensor(a), isRepeated, weights];
  return draw("choice_helper", state, lengths, parameters, new TensorType(countType(dtype), dims));
}

/** Numbers of rare events. */
export function poisson(
  state: Variable,
  size: DrawSize = null,
  { lam = 1, ndim = null, dtype = null }: PoissonOptions = {},
): RandomDraw {
  const { lengths, dims } = resolveSize(size, ndim);
  return draw("poisson", state, lengths, [asTensor(lam)], new TensorType(countType(dtype), dims));
}

/** As many permutations as `size` says, each along a further last dimension. */
export function permutation(
  state: Variable,
  size: DrawSize = null,
  { n = 1, ndim = null, dtype = null }: PermutationOptions = {},
): RandomDraw {
  const isOne = size === null || (Array.isArray(size) && size.length === 0);
  if (isOne && ndim !== null && ndim > 1)
    throw new TypeError(`You asked for just one permutation but asked for ${ndim} dimensions.`);
  const { lengths, dims } = isOne ? resolveSize([], null) : resolveSize(size, ndim);
  const last = typeof n === "number" && n !== 1 ? n : null;
  return draw(
    "permutation_helper",
    state,
    lengths,
    [asTensor(n)],
    new TensorType(countType(dtype), [...dims, last]),
    1,
  );
}

/** How often each outcome comes, along a further last dimension. */
export function multinomial(
  state: Variable,
  size: DrawSize = null,
  { n = 1, pvals = [0.5, 0.5], ndim = null, dtype = null }: MultinomialOptions = {},
): RandomDraw {
  const experiments = asTensor(n);
  const probabilities = asTensorVariable(pvals);
  if (probabilities.ndim === 0)
    throw new TypeError(`multinomial: pvals needs a dimension of outcomes, got ${probabilities}.`);
  const groups = subtensor(probabilities, "...", 0);
  const { lengths, dims } = resolveSize(size, ndim, [experiments, groups]);
  const outcomes = probabilities.type.shape[probabilities.ndim - 1];
  const type = new TensorType(countType(dtype), [...dims, outcomes]);
  return draw("multinomial_helper", state, lengths, [experiments, probabilities], type, 1);
}

/** A permutation for each row of a tensor: what `RandomStreams.shuffleRowElements` puts the rows in the order of. */
export function rowPermutations(state: Variable, rows: TensorLike): RandomDraw {
  const input = asTensor(rows);
  const lengths = lengthsOf(input);
  return permutation(state, lengths.slice(0, -1), { n: lengths[input.ndim - 1], ndim: input.ndim - 1 });
}

/** Theano's defaults and its users' numbers are floats: 0 and 1 stand as 0.0 and 1.0 in the graph. */
function asFraction(value: TensorLike): TensorVariable {
  return typeof value === "number" && Number.isInteger(value) ? constant(value, null, "float32") : asTensor(value);
}

function realType(dtype: SymbolicDType | null, parameters: readonly TensorVariable[]): DType {
  return dtype === null ? upcast(floatX(), ...parameters.map((p) => p.dtype)) : resolveDType(dtype);
}

function countType(dtype: SymbolicDType | null): DType {
  return dtype === null ? "int64" : resolveDType(dtype);
}

function draw(
  name: DrawName,
  state: Variable,
  lengths: TensorVariable,
  parameters: readonly TensorVariable[],
  type: TensorType,
  ndimAdded = 0,
): RandomDraw {
  const node: Apply = new RandomFunction(name, type, ndimAdded).apply(state, lengths, ...parameters);
  const [next, sample] = node.outputs;
  return [next, sample];
}

/** Theano's `tensor.raw_random`. */
export const rawRandom = {
  randomStateType: randomStateVariable,
  uniform,
  normal,
  binomial,
  randomIntegers,
  choice,
  poisson,
  permutation,
  multinomial,
} as const;
