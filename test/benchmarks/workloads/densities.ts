/** Logarithms of probability densities with their gradients, as samplers ask for them. */
import { T, type Variable } from "../../../runtime/index.ts";
import type { Program, SpeedWorkload, Symbols, Values } from "../workload.ts";
import { slopes } from "./gradients.ts";
import { argument, integers, normal, zeros } from "./inputs.ts";

const HIERARCHY = ["a", "mu", "b", "s"] as const;

/** Of y ~ Normal(a[g] + b x, exp(s)) and a ~ Normal(mu, 1), without constants. */
function hierarchicalDensity(x: Symbols): Variable {
  const residual = T.sub(T.sub(x("y"), T.take(x("a"), x("g"))), T.mul(x("b"), x("x")));
  const standardized = T.trueDiv(residual, T.exp(x("s")));
  const likelihood = T.sum(T.sub(T.mul(-0.5, T.sqr(standardized)), x("s")));
  return T.add(likelihood, T.sum(T.mul(-0.5, T.sqr(T.sub(x("a"), x("mu"))))));
}

const hierarchical: Program = {
  name: "hierarchical",
  build: (x) => {
    const density = hierarchicalDensity(x);
    return { outputs: [density, ...T.grad(density, HIERARCHY.map(x))], updates: [] };
  },
  plain: (values) => {
    const density = (v: Values): number => {
      const [a, [mu], [b], [s]] = [v("a"), v("mu"), v("b"), v("s")];
      const likelihoods = v("y").map((y, i) => -0.5 * ((y - a[v("g")[i]] - b * v("x")[i]) / Math.exp(s)) ** 2 - s);
      return [...likelihoods, ...a.map((one) => -0.5 * (one - mu) ** 2)].reduce((sum, one) => sum + one, 0);
    };
    return { outputs: [[density(values)], ...slopes(density, values, HIERARCHY)] };
  },
};

const REGRESSION = ["a", "b"] as const;

/** Of y ~ Poisson(exp(a + b x)), without constants. */
function poissonDensity(x: Symbols): Variable {
  const eta = T.add(x("a"), T.mul(x("b"), x("x")));
  return T.sum(T.sub(T.mul(x("y"), eta), T.exp(eta)));
}

const poisson: Program = {
  name: "poisson",
  build: (x) => {
    const density = poissonDensity(x);
    return { outputs: [density, ...T.grad(density, REGRESSION.map(x))], updates: [] };
  },
  plain: (values) => {
    const density = (v: Values): number =>
      v("y").reduce((sum, y, i) => {
        const eta = v("a")[0] + v("b")[0] * v("x")[i];
        return sum + y * eta - Math.exp(eta);
      }, 0);
    return { outputs: [[density(values)], ...slopes(density, values, REGRESSION)] };
  },
};

const [N, GROUPS] = [10_000, 85];

export const DENSITIES: readonly SpeedWorkload[] = [
  {
    kind: "speed",
    name: "hierarchical-f64",
    group: "models",
    program: hierarchical,
    dtype: "float64",
    inputs: [
      argument("y", "float64", [N], normal(1)),
      argument("x", "float64", [N], normal(1)),
      argument("g", "int64", [N], integers(GROUPS)),
      argument("a", "float64", [GROUPS], normal(1)),
      argument("mu", "float64", [], normal(1)),
      argument("b", "float64", [], normal(1)),
      argument("s", "float64", [], zeros),
    ],
    flops: null,
    bytes: 3 * 8 * N,
    tolerance: 1e-11,
  },
  {
    kind: "speed",
    name: "poisson-f64",
    group: "models",
    program: poisson,
    dtype: "float64",
    inputs: [
      argument("y", "float64", [1000], integers(5)),
      argument("x", "float64", [1000], normal(0.5)),
      argument("a", "float64", [], normal(0.5)),
      argument("b", "float64", [], normal(0.5)),
    ],
    flops: null,
    bytes: 2 * 8 * 1000,
    tolerance: 1e-11,
  },
];
