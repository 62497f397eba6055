/** Streams of NumPy's `RandomState`: Theano's `tensor.shared_randomstreams.RandomStreams`. */
import type { NDArray } from "../../array/ndarray.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { SharedVariable } from "../../graph/shared.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { arange } from "../alloc.ts";
import { type DimShuffleItem, dimshuffle } from "../dimshuffle.ts";
import { lengthsOf } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { Mt19937, type RandomSeed, seededState, unforeseeableState } from "./mt19937.ts";
import { RandomStateType } from "./randomfunction.ts";
import * as raw from "./rawrandom.ts";
import type { DrawSize } from "./size.ts";
import { StateRegister, type StateUpdate } from "./streams.ts";

/** Seeds of the streams' generators lie below this. */
const SEEDS = 2 ** 30;

/**
 * Draws the numbers of NumPy's `RandomState`. Each draw has a generator of its own, seeded from that of the collection
 * in the order of the draws; every call of a function moves the generators of its draws on.
 */
export class RandomStreams {
  readonly #register = new StateRegister();
  readonly #defaultSeed: RandomSeed | null;
  readonly #seeds: Mt19937;

  /**
   * @param seed - null: streams that nobody can foresee.
   * @throws ValueError for a seed that is no whole number from 0 to 2^32 − 1.
   */
  constructor(seed: RandomSeed | null = null) {
    this.#defaultSeed = seed;
    this.#seeds = seedSource(seed);
  }

  /** Uniform numbers from `low` to `high`. */
  uniform(size: DrawSize = null, options: raw.UniformOptions = {}): TensorVariable {
    return this.#draw((state) => raw.uniform(state, size, options));
  }

  /** Normal numbers of mean `avg` and standard deviation `std`. */
  normal(size: DrawSize = null, options: raw.NormalOptions = {}): TensorVariable {
    return this.#draw((state) => raw.normal(state, size, options));
  }

  /** Numbers of successes in `n` trials. */
  binomial(size: DrawSize = null, options: raw.BinomialOptions = {}): TensorVariable {
    return this.#draw((state) => raw.binomial(state, size, options));
  }

  /** Whole numbers from `low` to `high`, inclusive. */
  randomIntegers(size: DrawSize = null, options: raw.RandomIntegersOptions = {}): TensorVariable {
    return this.#draw((state) => raw.randomIntegers(state, size, options));
  }

  /** Choices from the vector or the numbers below `a`. */
  choice(size: DrawSize = null, options: raw.ChoiceOptions = {}): TensorVariable {
    return this.#draw((state) => raw.choice(state, size, options));
  }

  /** Numbers of events of mean `lam`. */
  poisson(size: DrawSize = null, options: raw.PoissonOptions = {}): TensorVariable {
    return this.#draw((state) => raw.poisson(state, size, options));
  }

  /** Permutations of the numbers below `n`, along a further last dimension. */
  permutation(size: DrawSize = null, options: raw.PermutationOptions = {}): TensorVariable {
    return this.#draw((state) => raw.permutation(state, size, options));
  }

  /** How often each outcome of `pvals` comes in `n` experiments, along a further last dimension. */
  multinomial(size: DrawSize = null, options: raw.MultinomialOptions = {}): TensorVariable {
    return this.#draw((state) => raw.multinomial(state, size, options));
  }

  /** The tensor with the elements of each row, along the last dimension, in random order. */
  shuffleRowElements(input: TensorLike): TensorVariable {
    const rows = asTensor(input);
    const order = this.#draw((state) => raw.rowPermutations(state, rows));
    const outer = lengthsOf(rows)
      .slice(0, -1)
      .map((length, axis) => {
        const pattern = Array.from({ length: rows.ndim }, (_, i): DimShuffleItem => (i === axis ? 0 : "x"));
        return dimshuffle(arange(length), pattern);
      });
    return subtensor(rows, ...outer, order);
  }

  /**
   * Starts all streams made so far anew, from a seed or the one that the collection was made with.
   * @throws ValueError for a seed that is no whole number from 0 to 2^32 − 1.
   */
  seed(seed: RandomSeed | null = null): void {
    const seeds = seedSource(seed ?? this.#defaultSeed);
    for (const [state] of this.#register.updates) state.setValue(nextState(seeds), { borrow: true });
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
   * The state of a draw; Theano's `draw.rng`. `stateOf(draw).setValue(randomState(7))` seeds that draw alone.
   * @throws TypeError for a variable that is no draw of this collection.
   */
  stateOf(draw: TensorVariable): SharedVariable {
    return this.#register.stateOf(draw);
  }

  #draw(from: (state: Variable) => raw.RandomDraw): TensorVariable {
    const state = new SharedVariable(new RandomStateType(), nextState(this.#seeds), {});
    const [next, sample] = from(state);
    this.#register.add(sample, state, next);
    return sample;
  }
}

function seedSource(seed: RandomSeed | null): Mt19937 {
  return new Mt19937(seed === null ? unforeseeableState() : seededState(seed));
}

function nextState(seeds: Mt19937): NDArray {
  return raw.randomState(seeds.upTo(SEEDS - 1));
}
