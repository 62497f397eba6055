/** What a compiled function keeps between calls, by input: `f.value`, `f.container`. */
import type { NDArray, NDArrayLike } from "../array/ndarray.ts";
import type { SharedVariable } from "../graph/shared.ts";
import type { Variable } from "../graph/variable.ts";
import type { Cell } from "./container.ts";
import { ambiguousName, type BoundInput, namesText } from "./io.ts";

/** An input by its name, its variable, or its position. */
export type InputKey = string | number | Variable;

/** The cells of a function: defaults and states of its inputs, and the shared variables that it uses. */
export class FunctionCells {
  readonly #inputs: readonly BoundInput[];
  readonly #shared: readonly SharedVariable[];

  constructor(inputs: readonly BoundInput[], shared: readonly SharedVariable[]) {
    this.#inputs = inputs;
    this.#shared = shared;
  }

  /** @throws TypeError when no input, or more than one, answers to the key, or it has neither default nor state. */
  get(key: InputKey): Cell {
    const inputs = this.#inputs.filter(
      ({ input }, i) => input.variable === key || input.name === key || (typeof key === "number" && i === key),
    );
    const shared = this.#shared.filter((variable) => variable === key || variable.name === key);
    if (inputs.length + shared.length > 1) throw ambiguousName(String(key));
    const cell = shared[0] ?? inputs[0]?.cell ?? null;
    if (cell !== null) return cell;
    if (inputs.length > 0)
      throw new TypeError(`The input ${key} has neither a default nor a state: its value is that of each call.`);
    throw new TypeError(`Unknown input or state: ${key}. ${namesText(this.#inputs.map(({ input }) => input))}`);
  }
}

/** The values in the cells of a function. */
export class FunctionState {
  readonly #cells: FunctionCells;

  constructor(cells: FunctionCells) {
    this.#cells = cells;
  }

  /** A copy of the value of a default, a state or a shared variable. @throws TypeError as {@link FunctionCells.get}. */
  get(key: InputKey): NDArray {
    return this.#cells.get(key).getValue();
  }

  /** Sets it; a default, for the next call only. @throws TypeError when the value does not fit; and as {@link FunctionCells.get}. */
  set(key: InputKey, value: NDArrayLike): void {
    this.#cells.get(key).setValue(value);
  }
}
