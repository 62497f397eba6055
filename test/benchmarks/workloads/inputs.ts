/** Short ways of describing inputs. */
import type { ElementType, Fill, Input } from "../workload.ts";

export const uniform = (low: number, high: number): Fill => ({ kind: "uniform", low, high });
export const normal = (scale: number): Fill => ({ kind: "normal", scale });
export const integers = (below: number): Fill => ({ kind: "integers", below });
export const zeros: Fill = { kind: "constant", value: 0 };

export function argument(name: string, dtype: ElementType, shape: readonly number[], fill: Fill): Input {
  return { name, dtype, shape, fill, role: "argument" };
}

export function state(name: string, dtype: ElementType, shape: readonly number[], fill: Fill): Input {
  return { name, dtype, shape, fill, role: "state" };
}
