import { describe, expect, test } from "vitest";
import { NDArray, type NDArrayLike } from "../../array/ndarray.ts";
import golden from "./golden.json" with { type: "json" };
import { DRAWS, type DrawName } from "./legacy.ts";
import { Mt19937, type RandomSeed, seededState } from "./mt19937.ts";

const sourceOf = (seed: RandomSeed) => new Mt19937(seededState(seed));

describe("the generator gives the numbers of NumPy's RandomState", () => {
  test.each(golden.uint32)("words for seed $seed", ({ seed, values }) => {
    const source = sourceOf(seed);
    expect(values.map(() => source.uint32())).toEqual(values);
  });

  test("the ten thousandth word for seed 5489 is that of the C++ standard's mt19937", () => {
    const source = sourceOf(5489);
    for (let i = 1; i < 10000; i++) source.uint32();
    expect(source.uint32()).toBe(4123659995);
  });

  test.each(golden["seeded by a list"])("seeded by a list, case %#", ({ seed, values }) => {
    const source = sourceOf(seed);
    expect(values.map(() => source.double())).toEqual(values);
  });

  test.each([-1, 0.5, 2 ** 32, Number.NaN])("%d is no seed", (seed) => {
    expect(() => seededState(seed)).toThrow("Seed must be between 0 and 2**32 - 1");
  });

  test("a state keeps the second normal number", () => {
    const source = sourceOf(1);
    source.gauss();
    const copy = new Mt19937(source.state.slice());
    expect(copy.gauss()).toBe(source.gauss());
    expect(copy.state).toEqual(source.state);
  });
});

interface Case {
  readonly seed: number;
  readonly parameters: readonly NDArrayLike[];
  readonly values: readonly number[];
  readonly size?: readonly number[];
  /** So many numbers come before those listed. */
  readonly skip?: number;
}

const TABLE: readonly (readonly [DrawName, readonly Case[]])[] = [
  ["uniform", golden.uniform],
  ["normal", golden.normal],
  ["binomial", golden.binomial],
  ["poisson", golden.poisson],
  ["random_integers_helper", golden.random_integers_helper],
  ["choice_helper", golden.choice_helper],
];

describe.each(TABLE)("%s draws as NumPy", (name, cases) => {
  test.each(cases)("$parameters", ({ seed, parameters, values, size, skip = 0 }) => {
    const shape = size ?? [skip + values.length];
    const drawn = DRAWS[name](
      sourceOf(seed),
      shape,
      parameters.map((p) => NDArray.from(p, "float64")),
    );
    expect([...drawn.elements()].slice(skip)).toEqual(values);
    expect(drawn.shape).toEqual(shape);
  });
});

test.each(golden.permutation_helper)("permutation of $parameters as NumPy's", ({ seed, parameters: [n], values }) => {
  const drawn = DRAWS.permutation_helper(sourceOf(seed), null, [NDArray.scalar(n, "int64")]);
  expect([...drawn.elements()]).toEqual(values);
});

test.each(golden.multinomial_helper)("multinomial of $parameters as NumPy's", ({ seed, parameters, values }) => {
  const drawn = DRAWS.multinomial_helper(
    sourceOf(seed),
    null,
    parameters.map((p) => NDArray.from(p, "float64")),
  );
  expect([...drawn.elements()]).toEqual(values);
});

test("parameters broadcast, one draw for each element in row-major order", () => {
  const low = NDArray.from([[0], [100]], "float64");
  const high = NDArray.from([1, 2, 3], "float64");
  const drawn = DRAWS.uniform(sourceOf(7), null, [low, high]);
  const source = sourceOf(7);
  expect(drawn.toNested()).toEqual([0, 100].map((from) => [1, 2, 3].map((to) => from + (to - from) * source.double())));
});

test.each<readonly [DrawName, readonly NDArrayLike[], string]>([
  ["normal", [0, -1], "standard deviation"],
  ["uniform", [0, Infinity], "exceeds valid bounds"],
  ["binomial", [3, 1.5], "p must lie between 0 and 1"],
  ["binomial", [-1, 0.5], "n must not be negative"],
  ["poisson", [-1], "lam must not be negative"],
  ["random_integers_helper", [3, 2], "no integer from 3 to 2"],
  ["choice_helper", [2, 0, []], "larger sample than population"],
  ["choice_helper", [4, 1, [0.5, 0.5]], "must have same size"],
  ["choice_helper", [2, 1, [0.5, 0.6]], "do not sum to 1"],
  ["choice_helper", [4, 0, [1, 0, 0, 0]], "Fewer non-zero entries"],
  ["multinomial_helper", [1, [0.9, 0.9]], "more than 1"],
])("%s of %j is refused", (name, parameters, message) => {
  const arrays = parameters.map((p) => NDArray.from(p, "float64"));
  expect(() => DRAWS[name](sourceOf(1), [3], arrays)).toThrow(message);
});
