/** Steps of gradient descent, in our graphs and by finite differences. */
import { type SharedVariable, T, type Variable } from "../../../runtime/index.ts";
import type { Values } from "../workload.ts";

/** Updates that go down a cost's slope. */
export function steps(
  cost: Variable,
  parameters: readonly SharedVariable[],
  rate: number,
): readonly (readonly [SharedVariable, Variable])[] {
  const slopes = T.grad(cost, [...parameters]);
  return parameters.map((parameter, i) => [parameter, T.sub(parameter, T.mul(rate, slopes[i]))] as const);
}

/** What `change` makes of every element of some inputs and the slope of a cost there, by central differences. */
export function differentiated(
  cost: (values: Values) => number,
  values: Values,
  names: readonly string[],
  change: (value: number, slope: number) => number,
): Record<string, number[]> {
  const step = 1e-5;
  const slope = (name: string, at: number): number => {
    const shifted = (by: number): number =>
      cost((other) => (other === name ? values(name).with(at, values(name)[at] + by) : values(other)));
    return (shifted(step) - shifted(-step)) / (2 * step);
  };
  return Object.fromEntries(names.map((name) => [name, values(name).map((v, i) => change(v, slope(name, i)))]));
}

/** The slopes themselves, in the order of the names. */
export function slopes(cost: (values: Values) => number, values: Values, names: readonly string[]): number[][] {
  const found = differentiated(cost, values, names, (_, slope) => slope);
  return names.map((name) => found[name]);
}
