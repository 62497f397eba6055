/** Streams of MRG31k3p: Theano's `sandbox.rng_mrg.MRG_RandomStreams`, number for number. */
import { type DType, isFloat, upcast } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { NotImplementedError, ValueError } from "../../base/errors.ts";
import { asTensor, constant, type TensorLike } from "../../graph/constant.ts";
import { floatX, resolveDType, type SymbolicDType } from "../../graph/floatx.ts";
import { SharedVariable } from "../../graph/shared.ts";
import { TensorType } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { applyElemwise } from "../elemwise.ts";
import { slice } from "../indexing.ts";
import { asTensorVariable, join } from "../join.ts";
import { elementwise } from "../math.ts";
import { prod, sum } from "../reduce.ts";
import { reshape } from "../reshape.ts";
import { shape } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { ChoiceFromUniform, MultinomialFromUniform } from "./fromuniform.ts";
import { jumped, NEXT_DRAW, STREAM_WORDS, streamStates } from "./mrg31k3p.ts";
import {
  checkedSize,
  guessStreams,
  type MrgBinomialOptions,
  type MrgChoiceOptions,
  type MrgMultinomialOptions,
  type MrgNormalOptions,
  type MrgSeed,
  type MrgSize,
  type MrgUniformOptions,
  startingState,
  uniformSize,
} from "./mrgarguments.ts";
import { MrgUniform } from "./mrguniform.ts";
import { lengthOf } from "./size.ts";
import { StateRegister, type StateUpdate } from "./streams.ts";

/** Standard deviation of a standard normal distribution that is cut at −2 and 2. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

/** A draw, for seeding it anew. */
interface Stream {
  readonly state: SharedVariable;
  readonly count: number;
}

/**
 * Draws by L'Ecuyer's MRG31k3p, the same numbers as Theano's class of this name. Each draw has streams of its own,
 * 2^134 steps behind those of the draw before it.
 */
export class MRG_RandomStreams {
  readonly #register = new StateRegister();
  readonly #streams: Stream[] = [];
  readonly #defaultSeed: MrgSeed;
  #start: Int32Array<ArrayBuffer>;

  /** @throws ValueError for a seed of 0, or too large; TypeError when it is neither a number nor six. */
  constructor(seed: MrgSeed = 12345) {
    this.#defaultSeed = seed;
    this.#start = startingState(seed);
  }

  /** Sets the state from which the next draws take their streams. @throws ValueError, TypeError as the constructor. */
  setRstate(seed: MrgSeed): void {
    this.#start = startingState(seed);
  }

  /** Starts all streams made so far anew, from a seed or the one that the collection was made with. */
  seed(seed: MrgSeed | null = null): void {
    this.setRstate(seed ?? this.#defaultSeed);
    for (const { state, count } of this.#streams) state.setValue(this.#nextStates(count), { borrow: true });
  }

  /** The states with their next values, in the order of the draws. */
  updates(): readonly StateUpdate[] {
    return [...this.#register.updates];
  }

  /** As {@link updates}. */
  get stateUpdates(): readonly StateUpdate[] {
    return this.#register.updates;
  }

  /**
   * The streams' states of a draw; that of a normal sample is its first draw's.
   * @throws TypeError for a variable that is no draw of this collection.
   */
  stateOf(draw: TensorVariable): SharedVariable {
    return this.#register.stateOf(draw);
  }

  /**
   * Uniform numbers between two bounds, which are not drawn themselves.
   * @throws TypeError for what is no size; ValueError when it has a length that is not positive.
   */
  uniform(
    size: MrgSize,
    { low = 0, high = 1, ndim = null, dtype = null, nstreams = null }: MrgUniformOptions = {},
  ): TensorVariable {
    const bounds = [asTensor(low), asTensor(high)];
    const type = realType(dtype, bounds);
    const [from, to] = bounds.map((bound) => cast(bound, type));
    const unit = this.#unit(size, ndim, type, nstreams);
    const sample = elementwise.add(elementwise.mul(unit, elementwise.sub(to, from)), from);
    if (String(sample.broadcastable) !== String(unit.broadcastable))
      throw new NotImplementedError(
        `uniform: the bounds ${low} and ${high} have more dimensions or are longer than the size; increase the size to match them.`,
      );
    return this.#alias(sample, unit);
  }

  /**
   * Normal numbers by the method of Box and Muller, from an even number of uniform ones.
   * @throws ValueError for what is no size.
   */
  normal(
    size: MrgSize | number,
    { avg = 0, std = 1, ndim = null, dtype = null, nstreams = null, truncate = false }: MrgNormalOptions = {},
  ): TensorVariable {
    const lengths = checkedSize(size);
    const parameters = [asTensor(avg), asTensor(std)];
    const type = realType(dtype, parameters);
    const [mean, deviation] = parameters.map((parameter) => cast(parameter, type));
    const count = prod(lengths, { dtype: "int64" });
    const even = elementwise.add(count, elementwise.mod(count, 2));
    const half = elementwise.intDiv(even, 2);
    const unit = this.uniform([even], { ndim: 1, dtype: type, nstreams });
    const radius = radiusOf(subtensor(unit, slice(null, half)));
    const angle = elementwise.mul(constant(2 * Math.PI, null, type), subtensor(unit, slice(half)));
    const directions = [elementwise.cos(angle), elementwise.sin(angle)];
    const pair = directions.map((direction) => elementwise.mul(radius, direction));
    const flat = truncate ? this.#redrawn(pair, directions, type, nstreams) : pair;
    const samples = reshape(subtensor(join(0, ...flat), slice(null, count)), lengths, {
      ndim: ndim ?? lengthOf(lengths),
    });
    return this.#alias(elementwise.add(elementwise.mul(samples, deviation), mean), unit);
  }

  /** Normal numbers cut at two of their standard deviations; `std` is the deviation after the cut. */
  truncatedNormal(size: MrgSize | number, options: MrgNormalOptions = {}): TensorVariable {
    const { std = 1 } = options;
    const widened = elementwise.trueDiv(std, constant(TRUNCATED_DEVIATION));
    return this.normal(size, { ...options, std: widened, truncate: true });
  }

  /**
   * 1 with probability `p`, else 0.
   * @throws NotImplementedError for more than one trial.
   */
  binomial(
    size: MrgSize,
    { n = 1, p = 0.5, ndim = null, dtype = "int64", nstreams = null }: MrgBinomialOptions = {},
  ): TensorVariable {
    if (n !== 1) throw new NotImplementedError("MRG_RandomStreams.binomial with n > 1; RandomStreams.binomial has it.");
    const unit = this.uniform(size, { ndim, nstreams });
    return this.#alias(cast(elementwise.lt(unit, p), dtype), unit);
  }

  /**
   * How often each outcome comes in n experiments, for each row of probabilities.
   * @throws TypeError without probabilities; NotImplementedError unless they are a matrix.
   */
  multinomial({
    n = 1,
    pvals = null,
    dtype = "int64",
    nstreams = null,
    size,
    ndim,
  }: MrgMultinomialOptions): TensorVariable {
    if (pvals === null) throw new TypeError("You have to specify pvals");
    refuse("multinomial", { size, ndim });
    const weights = rowsOfProbabilities("multinomial", pvals);
    const unit = this.#unitPerRow(weights, n, nstreams);
    const op = new MultinomialFromUniform(resolveDType(dtype));
    return this.#alias(op.apply(weights, unit, asTensor(n)).out, unit);
  }

  /**
   * Outcomes chosen without replacement, for each row of probabilities.
   * @throws NotImplementedError with replacement; TypeError without probabilities, or with `a`.
   */
  choice({
    size = 1,
    a = null,
    replace = true,
    p = null,
    dtype = "int64",
    nstreams = null,
    ndim,
  }: MrgChoiceOptions): TensorVariable {
    if (replace)
      throw new NotImplementedError(
        "MRG_RandomStreams.choice only works without replacement for now: give replace: false.",
      );
    if (a !== null)
      throw new TypeError(
        "For now, a has to be null in MRG_RandomStreams.choice. Sampled values are between 0 and p.shape[1]-1",
      );
    if (p === null) throw new TypeError("For now, p has to be specified in MRG_RandomStreams.choice.");
    refuse("choice", { ndim });
    const weights = rowsOfProbabilities("choice", p);
    const unit = this.#unitPerRow(weights, size, nstreams);
    const op = new ChoiceFromUniform(resolveDType(dtype));
    return this.#alias(op.apply(weights, unit, asTensor(size)).out, unit);
  }

  /** {@link choice} without replacement, under its older name. */
  multinomialWoReplacement({ n = 1, pvals = null, ...rest }: MrgMultinomialOptions): TensorVariable {
    return this.choice({ ...rest, size: n, p: pvals, replace: false });
  }

  /** One uniform number for each of n draws of each row. */
  #unitPerRow(weights: TensorVariable, n: TensorLike, nstreams: number | null): TensorVariable {
    const size = elementwise.mul(shape(subtensor(weights, slice(), 0)), n);
    return this.uniform(size, { ndim: 1, nstreams });
  }

  /** Numbers in (0, 1) straight from new streams. */
  #unit(size: MrgSize, ndim: number | null, dtype: DType, nstreams: number | null): TensorVariable {
    if (!isFloat(dtype)) throw new TypeError(`uniform: the dtype must be a floating-point type, got ${dtype}.`);
    const lengths = uniformSize(size);
    const count = nstreams ?? guessStreams(size);
    const type = TensorType.ofRank("int32", 2);
    const state = new SharedVariable(type, this.#nextStates(count), {});
    const op = new MrgUniform(dtype, ndim ?? lengthOf(lengths));
    const [next, sample] = op.apply(state, lengths).outputs;
    this.#register.add(sample, state, next);
    this.#streams.push({ state, count });
    return sample;
  }

  #nextStates(count: number): NDArray {
    const states = streamStates(this.#start, count);
    this.#start = jumped(this.#start, NEXT_DRAW);
    return new NDArray(states, "int32", [count, STREAM_WORDS]);
  }

  /** Replaces what lies outside of two deviations, by smaller radii in the same directions. */
  #redrawn(
    pair: readonly Variable[],
    directions: readonly Variable[],
    dtype: DType,
    nstreams: number | null,
  ): readonly TensorVariable[] {
    const outside = pair.map((z) => elementwise.or_(elementwise.lt(z, -2), elementwise.gt(z, 2)));
    const [first, second] = outside.map((mask) => sum(cast(mask, "int64")));
    const lowest = constant(1 / Math.E ** 2, null, dtype);
    const unit = this.uniform([elementwise.add(first, second)], { low: lowest, ndim: 1, dtype, nstreams });
    const radius = radiusOf(unit);
    const parts = [slice(null, first), slice(first)];
    return pair.flatMap((z, i) => [
      subtensor(z, elementwise.invert(outside[i])),
      elementwise.mul(subtensor(radius, parts[i]), subtensor(directions[i], outside[i])),
    ]);
  }

  /** Lets what is computed from a draw be asked for the draw's state. */
  #alias(sample: TensorVariable, draw: TensorVariable): TensorVariable {
    this.#register.alias(sample, draw);
    return sample;
  }
}

function realType(dtype: SymbolicDType | null, parameters: readonly TensorVariable[]): DType {
  return dtype === null ? upcast(floatX(), ...parameters.map((p) => p.dtype)) : resolveDType(dtype);
}

/** The distance from the origin of a pair of normal numbers. */
function radiusOf(unit: Variable): TensorVariable {
  return elementwise.sqrt(applyElemwise("mul", constant(-2, null, "float32"), elementwise.log(unit)));
}

/** @throws NotImplementedError unless the probabilities are a matrix. */
function rowsOfProbabilities(name: string, pvals: TensorLike | readonly TensorLike[]): TensorVariable {
  const weights = asTensorVariable(pvals);
  if (weights.ndim !== 2)
    throw new NotImplementedError(
      `MRG_RandomStreams.${name} only implemented for probabilities of 2 dimensions, got ${weights} of type ${weights.type}.`,
    );
  return weights;
}

/** @throws ValueError for options that the method's signature shares with others and that have no meaning here. */
function refuse(name: string, options: Readonly<Record<string, unknown>>): void {
  for (const [option, value] of Object.entries(options))
    if (value !== undefined && value !== null)
      throw new ValueError(
        `Provided a ${option} argument to MRG_RandomStreams.${name}, which does not use the ${option} argument.`,
      );
}
