/** `np.random`: the generators of programs and the functions of the shared one. */

import { assign } from "../../../runtime/array/assign.ts";
import { NDArray } from "../../../runtime/array/ndarray.ts";
import { ValueError } from "../../../runtime/base/errors.ts";
import { arrayItem } from "./items.ts";
import { asArray, checkedDType } from "./numpy-elementwise.ts";
import { draws, RandomState, shapeOf } from "./numpy-random.ts";
import { isList, type Keywords, type Module, numberOf, PyFunction, PyType, Unsupported } from "./values.ts";

/** Reads an argument by its place or name. */
type Read = (index: number, name: string, fallback?: unknown) => unknown;
type Draw = (rng: RandomState, read: Read, args: readonly unknown[]) => unknown;

const METHODS: Readonly<Record<string, Draw>> = {
  seed: (rng, read) => {
    rng.seed(numberOf(read(0, "seed", 0)));
    return null;
  },
  rand: (rng, _, args) => draws(args.map(numberOf), () => rng.uniform()),
  randn: (rng, _, args) => draws(args.map(numberOf), () => rng.normal()),
  random_sample: (rng, read) => draws(shapeOf(read(0, "size")), () => rng.uniform()),
  random: (rng, read) => draws(shapeOf(read(0, "size")), () => rng.uniform()),
  standard_normal: (rng, read) => draws(shapeOf(read(0, "size")), () => rng.normal()),
  uniform: (rng, read) => {
    const [low, high] = [numberOf(read(0, "low", 0)), numberOf(read(1, "high", 1))];
    return draws(shapeOf(read(2, "size")), () => low + (high - low) * rng.uniform());
  },
  normal: (rng, read) => {
    const [mean, deviation] = [numberOf(read(0, "loc", 0)), numberOf(read(1, "scale", 1))];
    return draws(shapeOf(read(2, "size")), () => mean + deviation * rng.normal());
  },
  lognormal: (rng, read) => {
    const [mean, deviation] = [numberOf(read(0, "mean", 0)), numberOf(read(1, "sigma", 1))];
    return draws(shapeOf(read(2, "size")), () => Math.exp(mean + deviation * rng.normal()));
  },
  exponential: (rng, read) => {
    const scale = numberOf(read(0, "scale", 1));
    return draws(shapeOf(read(1, "size")), () => scale * rng.exponential());
  },
  binomial: (rng, read) => {
    const [n, p] = [numberOf(read(0, "n")), numberOf(read(1, "p"))];
    if (n * Math.min(p, 1 - p) > 30) throw new Unsupported("np.random.binomial of many trials");
    return draws(shapeOf(read(2, "size")), () => rng.binomial(n, p), "int64");
  },
  randint: (rng, read) => {
    const [first, second] = [numberOf(read(0, "low")), read(1, "high", null)];
    const [low, high] = second === null ? [0, first] : [first, numberOf(second)];
    if (low >= high) throw new ValueError("low >= high");
    const drawn = draws(shapeOf(read(2, "size")), () => low + rng.below(high - low - 1), "int64");
    return drawn.astype(checkedDType(read(3, "dtype", "int64")));
  },
  random_integers: (rng, read) => {
    const [first, second] = [numberOf(read(0, "low")), read(1, "high", null)];
    const [low, high] = second === null ? [1, first] : [first, numberOf(second)];
    return draws(shapeOf(read(2, "size")), () => low + rng.below(high - low), "int64");
  },
  permutation: (rng, read) => rng.permutation(read(0, "x")),
  shuffle: (rng, read) => shuffle(rng, read(0, "x")),
  choice: (rng, read) => choose(rng, read),
};

function shuffle(rng: RandomState, x: unknown): null {
  if (isList(x)) x.splice(0, x.length, ...rng.order(x.length).map((i) => x[i]));
  else if (x instanceof NDArray) assign(x, rng.permutation(x));
  return null;
}

function choose(rng: RandomState, read: Read): NDArray {
  const from = read(0, "a");
  const population = typeof from === "number" ? from : (asArray(from).shape[0] ?? 0);
  const shape = shapeOf(read(1, "size"));
  const count = shape.reduce((a, b) => a * b, 1);
  const weights = read(3, "p", null);
  if (weights !== null && read(2, "replace", true) === false)
    throw new Unsupported("np.random.choice with p, without replacement");
  const positions =
    weights !== null
      ? rng.weighted(count, [...asArray(weights).elements()].map(Number))
      : read(2, "replace", true) === false
        ? rng.order(population).slice(0, count)
        : Array.from({ length: count }, () => rng.below(population - 1));
  const at = NDArray.from(positions.map(BigInt), "int64").reshape(shape);
  return typeof from === "number" ? at : arrayItem(asArray(from), at);
}

/** A generator, or the module with the functions of one. */
function streams(name: string, rng: RandomState, more: ReadonlyMap<string, unknown> = new Map()): Module {
  return {
    module: name,
    get(member) {
      if (more.has(member)) return more.get(member);
      const draw = Object.hasOwn(METHODS, member) ? METHODS[member] : undefined;
      if (draw === undefined) throw new Unsupported(`${name}.${member}`);
      return new PyFunction(member, (args, keywords) => draw(rng, reader(args, keywords), args));
    },
  };
}

function reader(args: readonly unknown[], keywords: Keywords): Read {
  return (index, name, fallback) => args[index] ?? keywords.get(name) ?? fallback;
}

/** `np.random`. */
export function randomModule(): Module {
  const state = new PyType(
    "RandomState",
    ([seed], keywords) => streams("RandomState", new RandomState(numberOf(seed ?? keywords.get("seed") ?? 0))),
    () => false,
  );
  return streams("np.random", new RandomState(0), new Map([["RandomState", state]]));
}
