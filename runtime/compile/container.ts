/** Values that a function keeps between calls: defaults and states of its inputs. */
import type { NDArray, NDArrayLike } from "../array/ndarray.ts";
import { pyQuote } from "../base/python.ts";
import type { SharedVariable } from "../graph/shared.ts";
import type { FilterOptions, TensorType } from "../graph/type.ts";

/** Where a value lives. */
export type Cell = SharedVariable | Container;

/** The value of one input of one function; handed to another function as an input's `value`, both share it. */
export class Container {
  readonly type: TensorType;
  readonly name: string | null;
  readonly #filter: FilterOptions;
  readonly #default: NDArray | null;
  #value: NDArray | null = null;

  /** @param value null: there is none yet. @throws TypeError when the value does not fit the type. */
  constructor(type: TensorType, name: string | null, value: NDArrayLike | null, filter: FilterOptions = {}) {
    this.type = type;
    this.name = name;
    this.#filter = filter;
    if (value !== null) this.setValue(value);
    this.#default = this.#value;
  }

  /** Whether there is a value. */
  get isSet(): boolean {
    return this.#value !== null;
  }

  /** The value, as {@link getValue} gives it. */
  get value(): NDArray {
    return this.getValue();
  }

  set value(value: NDArrayLike) {
    this.setValue(value);
  }

  /** @throws TypeError when there is no value yet. */
  getValue({ borrow = false }: { readonly borrow?: boolean } = {}): NDArray {
    if (this.#value === null) throw new TypeError(`Missing required input: ${this.name ?? this.type}`);
    return borrow ? this.#value : this.#value.copy();
  }

  setValue(value: NDArrayLike, { borrow = false }: { readonly borrow?: boolean } = {}): void {
    const array = this.#admitted(value);
    this.#value = borrow || array !== value ? array : array.copy();
  }

  /** Gives it the value again that it was made with. */
  reset(): void {
    this.#value = this.#default;
  }

  /** A container of its own with the same value. */
  copy(): Container {
    return new Container(this.type, this.name, this.#value, this.#filter);
  }

  #admitted(value: NDArrayLike): NDArray {
    try {
      return this.type.filter(value, this.#filter);
    } catch (error) {
      if (error instanceof TypeError) error.message = `${error.message} Container name ${pyQuote(this.name ?? "None")}`;
      throw error;
    }
  }
}
