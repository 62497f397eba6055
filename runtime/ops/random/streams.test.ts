import { describe, expect, test } from "vitest";
import type { TensorVariable } from "../../graph/variable.ts";
import {
  CounterRandomStreams,
  MRG_RandomStreams,
  type NDArray,
  RandomStreams,
  randomState,
  T,
  theano,
} from "../../index.ts";

const KINDS = [
  ["RandomStreams", RandomStreams],
  ["MRG_RandomStreams", MRG_RandomStreams],
  ["CounterRandomStreams", CounterRandomStreams],
] as const;

function values(array: NDArray): number[] {
  return [...array.elements()].map(Number);
}

/** The first call's values of a function that draws. */
function once(draw: TensorVariable): number[] {
  return values(theano.function([], draw)());
}

function moments(sample: readonly number[]): { mean: number; deviation: number } {
  const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
  return { mean, deviation: Math.sqrt(sample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / sample.length) };
}

describe.each(KINDS)("%s", (_, Streams) => {
  test("every call draws anew, unless default updates are off", () => {
    const draw = new Streams(7).uniform([4]);
    const moving = theano.function([], draw);
    const resting = theano.function([], draw, { noDefaultUpdates: true });
    const first = values(resting());
    expect(values(moving())).toEqual(first);
    expect(values(moving())).not.toEqual(first);
    expect(values(resting())).toEqual(values(resting()));
  });

  test("seeds decide the numbers; seeding anew starts over", () => {
    const streams = new Streams(7);
    const draws = [streams.uniform([5]), streams.normal([5])];
    const run = theano.function([], draws);
    const first = run().map(values);
    const other = new Streams(7);
    expect(once(other.uniform([5]))).toEqual(first[0]);
    expect(once(other.normal([5]))).toEqual(first[1]);
    run();
    streams.seed();
    expect(run().map(values)).toEqual(first);
    streams.seed(8);
    expect(run().map(values)).not.toEqual(first);
  });

  test("two draws differ, one draw used twice is the same", () => {
    const streams = new Streams(3);
    const draw = streams.uniform([6]);
    const both = T.sub(draw, draw);
    expect(once(both)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(once(draw)).not.toEqual(once(streams.uniform([6])));
  });

  test("the modes agree", () => {
    const results = ["FAST_COMPILE", "FAST_RUN"].map((mode) => {
      const streams = new Streams(9);
      return values(theano.function([], streams.normal([3, 3], { avg: 2, std: 0.5 }), { mode })());
    });
    expect(results[0]).toEqual(results[1]);
  });

  test("a size may be symbolic, and its dimensions are those of a shape", () => {
    const x = T.dmatrix("x");
    const noise = new Streams(5).uniform(T.shape(x), { ndim: 2 });
    const f = theano.function([x], T.add(x, noise));
    expect(f([[1, 2, 3]]).shape).toEqual([1, 3]);
    expect(f([[1], [2]]).shape).toEqual([2, 1]);
  });

  test("moments of uniform and normal numbers and of coins", () => {
    const streams = new Streams(11);
    const count = 20000;
    const near = (sample: readonly number[], mean: number, deviation: number) => {
      const found = moments(sample);
      expect(Math.abs(found.mean - mean)).toBeLessThan((5 * deviation) / Math.sqrt(count));
      expect(Math.abs(found.deviation - deviation)).toBeLessThan(0.03 * deviation);
    };
    near(once(streams.uniform([count], { low: -1, high: 3 })), 1, 4 / Math.sqrt(12));
    near(once(streams.normal([count], { avg: 5, std: 2 })), 5, 2);
    near(once(streams.binomial([count], { n: 1, p: 0.2 })), 0.2, 0.4);
  });

  test("dtypes", () => {
    const streams = new Streams(2);
    expect(streams.uniform([2], { dtype: "float32" }).dtype).toBe("float32");
    expect(streams.uniform([2]).dtype).toBe("float64");
    expect(streams.binomial([2]).dtype).toBe("int64");
    expect(streams.binomial([2], { dtype: "float32" }).dtype).toBe("float32");
  });

  test("the state of a draw can be read and set", () => {
    const streams = new Streams(4);
    const draw = streams.uniform([3]);
    const state = streams.stateOf(draw).getValue();
    const first = once(draw);
    streams.stateOf(draw).setValue(state);
    expect(once(draw)).toEqual(first);
    expect(() => streams.stateOf(T.dvector("x"))).toThrow("x is no draw of these random streams");
    expect(streams.updates()).toHaveLength(1);
  });
});

describe("RandomStreams", () => {
  test("gives the numbers of Theano's tutorial program", () => {
    const streams = new RandomStreams(714);
    const uniform = streams.uniform([2, 2]);
    const normal = streams.normal([2, 2]);
    // Recorded from Theano 1.0.5.
    expect(once(uniform)).toEqual([0.3468186371695108, 0.8283868995639386, 0.792075944171836, 0.7419513897926462]);
    once(normal).forEach((x, i) => {
      expect(x).toBeCloseTo(
        [-0.22861901887451555, 0.12697830115166905, 0.9637054181102024, -1.2828118997392506][i],
        12,
      );
    });
  });

  test("parameters give the shape when there is no size", () => {
    const low = T.dvector("low");
    const draw = new RandomStreams(1).uniform(null, { low, high: [[10], [20]] });
    expect(draw.ndim).toBe(2);
    const sample = theano.function([low], draw)([0, 5, 9]);
    expect(sample.shape).toEqual([2, 3]);
  });

  test("-1 in a size takes the length of the parameters", () => {
    const p = T.dmatrix("p");
    const draw = new RandomStreams(1).binomial([4, -1], { p });
    expect(
      theano
        .function(
          [p],
          draw,
        )([[0, 1, 1]])
        .toNested(),
    ).toEqual(Array(4).fill([0n, 1n, 1n]));
  });

  test("permutations and shuffled rows", () => {
    const streams = new RandomStreams(1);
    const permutations = theano.function([], streams.permutation([3], { n: 5 }))();
    expect(permutations.shape).toEqual([3, 5]);
    const x = T.dmatrix("x");
    const shuffled = theano.function(
      [x],
      streams.shuffleRowElements(x),
    )([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    const sorted = [0, 1].map((row) => values(shuffled.slice(row)).sort((a, b) => a - b));
    expect(sorted).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });

  test("one draw can be seeded alone", () => {
    const streams = new RandomStreams(1);
    const [a, b] = [streams.uniform([2]), streams.uniform([2])];
    for (const draw of [a, b]) streams.stateOf(draw).setValue(randomState(77));
    expect(once(a)).toEqual(once(b));
  });

  test("gradients do not pass a draw, neither its shape", () => {
    const x = T.dvector("x");
    const streams = new RandomStreams(1);
    const noise = streams.uniform(T.shape(x));
    const gradient = theano.function([x], T.grad(T.sum(T.mul(x, noise)), x));
    expect(gradient([1, 2]).shape).toEqual([2]);
    const mean = T.dscalar("mean");
    expect(() => T.grad(T.sum(streams.normal([3], { avg: mean })), mean)).toThrow("mean");
  });

  test.each<readonly [string, () => unknown]>([
    ["Seed must be between 0 and 2**32 - 1", () => new RandomStreams(-1)],
    ["ndim should be equal to len(shape)", () => new RandomStreams(1).uniform([2], { ndim: 3 })],
    ["ndim should be at least as big", () => new RandomStreams(1).uniform([2], { low: [[1]] })],
    ["shape must be an integer vector", () => new RandomStreams(1).uniform(T.dvector(), { ndim: 1 })],
    ["cannot be told by its parameters", () => new RandomStreams(1).poisson()],
    ["Auto-shape of -1", () => new RandomStreams(1).uniform([-1])],
  ])("says: %s", (message, mistake) => {
    expect(mistake).toThrow(message);
  });
});

describe("draws as functions of a state", () => {
  test("a state gives the sample and the next state", () => {
    const state = T.rawRandom.randomStateType("state");
    const [next, first] = T.rawRandom.uniform(state, [2]);
    const [, second] = T.rawRandom.uniform(next, [2]);
    const [, both] = T.rawRandom.uniform(state, [4]);
    const results = theano.function([state], [first, second, both])(randomState(5)).map(values);
    expect([...results[0], ...results[1]]).toEqual(results[2]);
  });

  test("what is no state is refused", () => {
    expect(() => T.rawRandom.normal(T.dvector("x"), [2])).toThrow("draws from a generator's state");
  });
});

describe("MRG_RandomStreams", () => {
  test("streams take turns, and their number decides what comes", () => {
    const seed = 66639;
    // Recorded from Theano 1.0.5.
    expect(once(new MRG_RandomStreams(seed).uniform([3], { nstreams: 1 }))).toEqual([
      0.12458841875195503, 0.47079201228916645, 0.6641844250261784,
    ]);
    expect(once(new MRG_RandomStreams(seed).uniform([3]))).toEqual([
      0.12458841875195503, 0.7238102238625288, 0.056762197986245155,
    ]);
  });

  test("a seed may be six words", () => {
    const words = new MRG_RandomStreams([5, 5, 5, 5, 5, 5]).uniform([4]);
    expect(once(words)).toEqual(once(new MRG_RandomStreams(5).uniform([4])));
  });

  test("truncated normal numbers keep their deviation and stay within the cut", () => {
    const sample = once(new MRG_RandomStreams(9).truncatedNormal([20001], { std: 2 }));
    expect(sample).toHaveLength(20001);
    const { mean, deviation } = moments(sample);
    expect(Math.abs(mean)).toBeLessThan(0.08);
    expect(Math.abs(deviation - 2)).toBeLessThan(0.06);
    expect(Math.max(...sample.map(Math.abs))).toBeLessThan(4.6);
  });

  test("choices without replacement differ, with frequencies of the probabilities", () => {
    const rows = 3000;
    const p = T.alloc([0.7, 0.2, 0.1], rows, 3);
    const chosen = theano.function([], new MRG_RandomStreams(9).choice({ size: 2, p, replace: false }))();
    const pairs = Array.from({ length: rows }, (_, row) => values(chosen.slice(row)));
    expect(pairs.every(([a, b]) => a !== b)).toBe(true);
    expect(pairs.filter(([a]) => a === 0).length / rows).toBeCloseTo(0.7, 1);
  });

  test("normal numbers can be differentiated with respect to their parameters", () => {
    const mean = T.dscalar("mean");
    const sample = new MRG_RandomStreams(9).normal([3], { avg: mean });
    expect(
      theano
        .function(
          [mean],
          T.grad(T.sum(sample), mean),
        )(1)
        .item(),
    ).toBe(3);
  });

  test.each<readonly [string, () => unknown]>([
    ["seed should not be 0", () => new MRG_RandomStreams(0)],
    ["seed should be less than 2147462579", () => new MRG_RandomStreams(2147462579)],
    ["The last 3 values of seed should not be all 0", () => new MRG_RandomStreams([1, 1, 1, 0, 0, 0])],
    ["seed should be 1 integer or 6 integers", () => new MRG_RandomStreams([1, 2])],
    ["dimension with value <= 0", () => new MRG_RandomStreams(1).uniform([2, 0])],
    ["size must be a tuple of int", () => new MRG_RandomStreams(1).uniform(T.lscalar("n"))],
    ["You have to specify pvals", () => new MRG_RandomStreams(1).multinomial({})],
    ["only works without replacement", () => new MRG_RandomStreams(1).choice({ p: [[0.5, 0.5]] })],
    ["does not use the ndim argument", () => new MRG_RandomStreams(1).multinomial({ pvals: [[1, 0]], ndim: 2 })],
    ["binomial with n > 1", () => new MRG_RandomStreams(1).binomial([2], { n: 2 })],
  ])("says: %s", (message, mistake) => {
    expect(mistake).toThrow(message);
  });
});

describe("CounterRandomStreams", () => {
  test("part of a draw does not depend on how long it is", () => {
    const long = once(new CounterRandomStreams(6).uniform([9]));
    expect(once(new CounterRandomStreams(6).uniform([5]))).toEqual(long.slice(0, 5));
  });

  test("binomial numbers, whole numbers and permutations", () => {
    const streams = new CounterRandomStreams(6);
    const counts = once(streams.binomial([5000], { n: 10, p: 0.3 }));
    expect(moments(counts).mean).toBeCloseTo(3, 0);
    expect(moments(counts).deviation).toBeCloseTo(Math.sqrt(2.1), 1);
    const dice = once(streams.randomIntegers([6000], { low: 1, high: 6 }));
    for (let face = 1; face <= 6; face++) expect(dice.filter((x) => x === face).length / 6000).toBeCloseTo(1 / 6, 1);
    const permutations = theano.function([], streams.permutation([2], { n: 6 }))();
    for (const row of [0, 1]) expect(values(permutations.slice(row)).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("float32 numbers stay below 1", () => {
    const sample = once(new CounterRandomStreams(6).uniform([100000], { dtype: "float32" }));
    expect(Math.max(...sample)).toBeLessThan(1);
  });

  test("samples can be differentiated with respect to parameters", () => {
    const std = T.dscalar("std");
    const sample = new CounterRandomStreams(6).normal([3], { std });
    const [gradient, draw] = theano.function([std], [T.grad(T.sum(sample), std), sample])(2);
    expect(Number(gradient.item())).toBeCloseTo(values(draw).reduce((sum, x) => sum + x, 0) / 2, 12);
  });
});
