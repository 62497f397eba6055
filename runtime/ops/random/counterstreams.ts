/** Streams of the counter-based generator, for new code. */
import { type DType, isFloat, upcast } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { floatX, resolveDType, type SymbolicDType } from "../../graph/floatx.ts";
import { SharedVariable } from "../../graph/shared.ts";
import { TensorType } from "../../graph/type.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { join } from "../join.ts";
import { elementwise } from "../math.ts";
import { sum } from "../reduce.ts";
import { makeVector } from "../shapevector.ts";
import { type CounterDraw, CounterRandom } from "./counterrandom.ts";
import { COUNTER_STATE_WORDS, counterState } from "./philox.ts";
import type {
  BinomialOptions,
  DrawOptions,
  NormalOptions,
  PermutationOptions,
  RandomIntegersOptions,
  UniformOptions,
} from "./rawrandom.ts";
import { type DrawSize, type ResolvedSize, resolveSize } from "./size.ts";
import { StateRegister, type StateUpdate } from "./streams.ts";

export interface BernoulliOptions extends DrawOptions {
  /** Probability of 1, 0.5 unless given. */
  readonly p?: TensorLike;
}

/**
 * Draws by Philox4x32-10. The state of a draw is a key, which is the seed, and a counter, so streams are cheap and never
 * overlap: each draw has one of its own, of 2^64 blocks. The numbers are the same on every backend.
 *
 * Uniform and normal draws can be differentiated with respect to their parameters.
 */
export class CounterRandomStreams {
  readonly #register = new StateRegister();
  readonly #defaultSeed: number | null;
  #seed: number;

  /**
   * @param seed - null: streams that nobody can foresee.
   * @throws ValueError for a seed that is no whole number from 0 to 2^53 − 1.
   */
  constructor(seed: number | null = null) {
    this.#defaultSeed = seed;
    this.#seed = usedSeed(seed);
  }

  /** Numbers from `low` to below `high`. @throws TypeError when the dtype is not a floating-point type. */
  uniform(
    size: DrawSize = null,
    { low = 0, high = 1, ndim = null, dtype = null }: UniformOptions = {},
  ): TensorVariable {
    const bounds = [asTensor(low), asTensor(high)];
    const type = realType(dtype, bounds);
    const unit = this.#draw("uniform", type, resolveSize(size, ndim, bounds));
    const [from, to] = bounds.map((bound) => cast(bound, type));
    return this.#alias(elementwise.add(elementwise.mul(unit, elementwise.sub(to, from)), from), unit);
  }

  /** Numbers of mean `avg` and standard deviation `std`. @throws TypeError when the dtype is not a floating-point type. */
  normal(size: DrawSize = null, { avg = 0, std = 1, ndim = null, dtype = null }: NormalOptions = {}): TensorVariable {
    const parameters = [asTensor(avg), asTensor(std)];
    const type = realType(dtype, parameters);
    const standard = this.#draw("normal", type, resolveSize(size, ndim, parameters));
    const [mean, deviation] = parameters.map((parameter) => cast(parameter, type));
    return this.#alias(elementwise.add(elementwise.mul(standard, deviation), mean), standard);
  }

  /** 1 with probability `p`, else 0; int64 unless `dtype` says otherwise. */
  bernoulli(size: DrawSize = null, { p = 0.5, ndim = null, dtype = null }: BernoulliOptions = {}): TensorVariable {
    const probability = asTensor(p);
    const unit = this.#draw("uniform", "float64", resolveSize(size, ndim, [probability]));
    return this.#alias(cast(elementwise.lt(unit, probability), dtype ?? "int64"), unit);
  }

  /**
   * Numbers of successes in `n` trials, each of which is drawn; int64 unless `dtype` says otherwise.
   * @throws TypeError unless `n` is without dimensions.
   */
  binomial(size: DrawSize = null, { n = 1, p = 0.5, ndim = null, dtype = null }: BinomialOptions = {}): TensorVariable {
    const [trials, probability] = [asTensor(n), asTensor(p)];
    if (trials.ndim !== 0)
      throw new TypeError(`binomial: n must be a number without dimensions, got ${trials} of type ${trials.type}.`);
    const { lengths, dims } = resolveSize(size, ndim, [probability]);
    const all = join(0, makeVector([trials], "int64"), lengths);
    const unit = this.#draw("uniform", "float64", { lengths: all, dims: [null, ...dims] });
    const successes = sum(cast(elementwise.lt(unit, probability), "int64"), { axis: 0 });
    return this.#alias(cast(successes, dtype ?? "int64"), unit);
  }

  /**
   * Whole numbers from `low` to `high`, both inclusive; int64 unless `dtype` says otherwise. All are as likely up to a
   * relative (high − low) / 2^53.
   */
  randomIntegers(
    size: DrawSize = null,
    { low = 0, high = 1, ndim = null, dtype = null }: RandomIntegersOptions = {},
  ): TensorVariable {
    const bounds = [asTensor(low), asTensor(high)];
    const unit = this.#draw("uniform", "float64", resolveSize(size, ndim, bounds));
    const [from, to] = bounds.map((bound) => cast(bound, "int64"));
    const count = elementwise.add(elementwise.sub(to, from), 1);
    const steps = elementwise.floor(elementwise.mul(unit, cast(count, "float64")));
    return this.#alias(cast(elementwise.add(cast(steps, "int64"), from), dtype ?? "int64"), unit);
  }

  /** As many permutations of the numbers below `n` as `size` says, along a further last dimension. */
  permutation(size: DrawSize = null, { n = 1, ndim = null, dtype = null }: PermutationOptions = {}): TensorVariable {
    const resolved = size === null ? resolveSize([], null) : resolveSize(size, ndim);
    return this.#draw("permutation", dtype === null ? "int64" : resolveDType(dtype), resolved, asTensor(n));
  }

  /**
   * Starts all streams made so far anew, from a seed or the one that the collection was made with.
   * @throws ValueError for a seed that is no whole number from 0 to 2^53 − 1.
   */
  seed(seed: number | null = null): void {
    this.#seed = usedSeed(seed ?? this.#defaultSeed);
    this.#register.updates.forEach(([state], stream) => {
      state.setValue(this.#start(stream), { borrow: true });
    });
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
   * The state of a draw: two words of the key and four of the counter.
   * @throws TypeError for a variable that is no draw of this collection.
   */
  stateOf(draw: TensorVariable): SharedVariable {
    return this.#register.stateOf(draw);
  }

  #draw(draw: CounterDraw, dtype: DType, size: ResolvedSize, ...length: readonly TensorVariable[]): TensorVariable {
    const start = this.#start(this.#register.updates.length);
    const state = new SharedVariable(new TensorType("uint32", [COUNTER_STATE_WORDS]), start, {});
    const [next, sample] = new CounterRandom(draw, dtype, size.dims).apply(state, size.lengths, ...length).outputs;
    this.#register.add(sample, state, next);
    return sample;
  }

  #start(stream: number): NDArray {
    return new NDArray(counterState(this.#seed, stream), "uint32", [COUNTER_STATE_WORDS]);
  }

  #alias(sample: TensorVariable, draw: TensorVariable): TensorVariable {
    this.#register.alias(sample, draw);
    return sample;
  }
}

function usedSeed(seed: number | null): number {
  return seed ?? crypto.getRandomValues(new Uint32Array(1))[0];
}

/** @throws TypeError when it is not a floating-point type. */
function realType(dtype: SymbolicDType | null, parameters: readonly TensorVariable[]): DType {
  const type = dtype === null ? upcast(floatX(), ...parameters.map((p) => p.dtype)) : resolveDType(dtype);
  if (isFloat(type)) return type;
  throw new TypeError(`The dtype of these numbers must be a floating-point type, got ${type}.`);
}
