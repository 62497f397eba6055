/** Gradients compared with finite differences, for the tests of ops. */
import { expect } from "vitest";
import { grad, NDArray, T, TensorVariable, theano, type Variable } from "../../runtime/index.ts";

/** Symbolic float64 variables for arrays; lengths of 1 broadcast. */
export function variablesFor(points: readonly NDArray[]): Variable[] {
  return points.map((point, i) =>
    T.tensor(
      "float64",
      point.shape.map((length) => length === 1),
      `x${i}`,
    ),
  );
}

/** Numbers without pattern between -1 and 1, the same for the same seed. */
export function scattered(shape: readonly number[], seed = 1): NDArray {
  const result = NDArray.zeros(shape, "float64");
  for (let i = 0; i < result.size; i++) result.data[i] = Math.sin(12.9898 * (i + 1) + 78.233 * seed);
  return result;
}

/** A scalar that depends on every element of the outputs, differently. */
function weightedSum(outputs: readonly Variable[]): Variable {
  const terms = outputs.map((output, k) => {
    const places = T.arange(T.prod(T.shape(output)));
    const weights = T.sin(T.add(T.mul(1.7, places), k + 1));
    return T.sum(T.mul(T.flatten(output), weights));
  });
  return terms.reduce((total, term) => T.add(total, term));
}

/**
 * Checks, at float64 `points`, the gradients of everything `build` returns with respect to all of its inputs against
 * central differences; and, with `twice`, also the gradients of those gradients.
 */
export function expectGradients(
  build: (...inputs: Variable[]) => Variable | readonly Variable[],
  points: readonly NDArray[],
  { twice = false }: { readonly twice?: boolean } = {},
): void {
  const inputs = variablesFor(points);
  const built = build(...inputs);
  const cost = weightedSum(built instanceof TensorVariable ? [built] : built);
  const gradients = grad(cost, inputs);
  expectSlopes(inputs, cost, gradients, points);
  if (!twice) return;
  const slope = weightedSum(gradients);
  expectSlopes(inputs, slope, grad(slope, inputs, { disconnectedInputs: "ignore" }), points);
}

function expectSlopes(
  inputs: readonly Variable[],
  cost: Variable,
  gradients: readonly Variable[],
  points: readonly NDArray[],
): void {
  const value = theano.function([...inputs], cost, { onUnusedInput: "ignore" });
  const found = theano.function([...inputs], [...gradients], { onUnusedInput: "ignore" })(...points);
  points.forEach((point, k) => {
    expect(found[k].shape).toEqual(point.shape);
    const slopes = [...found[k].elements()].map(Number);
    slopes.forEach((slope, at) => {
      const numeric = centralDifference((moved) => Number(value(...points.with(k, moved)).item()), point, at);
      expect(slope, `input ${k}, element ${at}`).toBeCloseTo(numeric, 5);
    });
  });
}

function centralDifference(f: (point: NDArray) => number, point: NDArray, at: number): number {
  const step = 1e-5;
  const moved = (by: number): NDArray => {
    const copy = point.copy();
    copy.data[at] = Number(copy.data[at]) + by;
    return copy;
  };
  return (f(moved(step)) - f(moved(-step))) / (2 * step);
}
