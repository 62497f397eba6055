/** Values of graphs, computed node by node without any rewriting. */
import { isFloat } from "../../runtime/array/dtype.ts";
import { evaluateNode } from "../../runtime/graph/evaluate.ts";
import { toposort } from "../../runtime/graph/walk.ts";
import { NDArray, TensorConstant, type Variable } from "../../runtime/index.ts";

/** Changes the result of a node. */
export type Disturbance = (value: NDArray) => NDArray;

const untouched: Disturbance = (value) => value;

export class Values {
  readonly #known = new Map<Variable, NDArray>();
  readonly #disturb: Disturbance;

  /** @param disturb what is done to the result of every node. */
  constructor(disturb: Disturbance = untouched) {
    this.#disturb = disturb;
  }

  set(variable: Variable, value: NDArray): void {
    this.#known.set(variable, value);
  }

  /** @throws Error when the variable has no value. */
  get(variable: Variable): NDArray {
    const value = variable instanceof TensorConstant ? variable.value : this.#known.get(variable);
    if (value === undefined) throw new Error(`${variable} has no value`);
    return value;
  }

  /** Computes a variable and all that it needs; the name of the error where that fails. */
  compute(variable: Variable): string | null {
    try {
      for (const node of toposort([variable], new Set(this.#known.keys()))) {
        const results = evaluateNode(
          node,
          node.inputs.map((input) => this.get(input)),
        );
        node.outputs.forEach((output, k) => {
          this.#known.set(output, this.#disturb(results[k]));
        });
      }
      return null;
    } catch (error) {
      return error instanceof Error ? error.constructor.name : String(error);
    }
  }
}

/** How much floats are disturbed: some thousand times the rounding of one operation. */
const RELATIVE: Readonly<Record<string, number>> = { float32: 2 ** -14, float64: 2 ** -40 };

/**
 * Changes floats by a little more than many roundings could, up or down by chance, and zeros in their sign, on which
 * nothing may rely. Where results then differ, they have no digits to compare.
 */
export function noise(seed: number): Disturbance {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return (value) => {
    if (!isFloat(value.dtype)) return value;
    const scale = RELATIVE[value.dtype];
    const elements = numbersOf(value).map((x) => (x === 0 ? (random() < 0 ? -0 : 0) : x * (1 + scale * random())));
    return NDArray.from(elements, value.dtype).reshape(value.shape);
  };
}

/** All elements as JavaScript numbers, in row-major order. */
export function numbersOf(array: NDArray): number[] {
  return [...array.copy().data].map(Number);
}
