/** Shared variables: values that live between calls and across functions, changed by updates. */
import { assign } from "../array/assign.ts";
import { NDArray, type NDArrayLike } from "../array/ndarray.ts";
import { arrayOf, asTensor } from "./constant.ts";
import type { SymbolicDType } from "./floatx.ts";
import { TensorType } from "./type.ts";
import { TensorVariable, type Variable } from "./variable.ts";

export interface SharedOptions {
  readonly name?: string;
  /** dtype of the variable; absent: that of the value; plain numbers take floatX. */
  readonly dtype?: SymbolicDType;
  /** `setValue` takes only values of exactly this type. */
  readonly strict?: boolean;
  readonly allowDowncast?: boolean | null;
  /** Use the array that was handed in, not a copy. */
  readonly borrow?: boolean;
  /** Dimensions that may stretch; default none, also those of length 1, since the shape may change. */
  readonly broadcastable?: readonly boolean[];
}

/** A variable with a value of its own; an implicit input of every function whose graph uses it. */
export class SharedVariable extends TensorVariable {
  /** The update every function applies unless told otherwise, or null. */
  defaultUpdate: Variable | null = null;
  readonly #options: SharedOptions;
  #value: NDArray;
  /** Whether others may hold the array as well. */
  #isLent = true;

  constructor(type: TensorType, value: NDArray, options: SharedOptions) {
    super(type, options.name ?? null);
    this.#options = options;
    this.#value = value;
  }

  /** The value; a copy unless `borrow`. */
  getValue(options: { readonly borrow?: boolean } = {}): NDArray {
    if (!options.borrow) return this.#value.copy();
    this.#isLent = true;
    return this.#value;
  }

  /** The value, for the time of one call of a compiled function, which keeps no reference to it. */
  read(): NDArray {
    return this.#value;
  }

  /**
   * Takes a new value from a compiled function, which keeps no reference to it; the old one where nobody else can hold it,
   * so that its memory may be used again.
   * @throws TypeError when it does not fit the variable's type.
   */
  replace(value: NDArray): NDArray | null {
    const old = this.#isLent ? null : this.#value;
    this.#value = this.type.holds(value) ? value : this.type.filter(value);
    this.#isLent = false;
    return old;
  }

  /**
   * Sets the value; a copy of it unless `borrow`.
   * @throws TypeError when it does not fit the variable's type.
   */
  setValue(value: NDArrayLike, options: { readonly borrow?: boolean } = {}): void {
    const { strict, allowDowncast } = this.#options;
    const array = this.type.filter(value, { strict, allowDowncast });
    this.#value = options.borrow || array !== value ? array : array.copy();
    this.#isLent = true;
  }

  /** Makes all elements zero; in the array itself when `borrow`. */
  zero({ borrow = false }: { readonly borrow?: boolean } = {}): void {
    const zeros = NDArray.zeros(this.#value.shape, this.#value.dtype);
    if (borrow) assign(this.#value, zeros);
    else {
      this.#value = zeros;
      this.#isLent = true;
    }
  }

  override clone(): TensorVariable {
    const copy = new TensorVariable(this.type, this.name, this.origin);
    copy.tag.isShared = true;
    return copy;
  }
}

/**
 * Makes a shared variable.
 * @throws TypeError when the value is itself symbolic.
 */
export function shared(value: NDArrayLike, nameOrOptions: string | SharedOptions = {}): SharedVariable {
  const options = typeof nameOrOptions === "string" ? { name: nameOrOptions } : nameOrOptions;
  if (value instanceof TensorVariable)
    throw new TypeError(
      `Shared variable constructor needs numeric values and not symbolic variables; got ${asTensor(value)}.`,
    );
  const array = arrayOf(value, options.dtype);
  const type = TensorType.ofBroadcastable(array.dtype, options.broadcastable ?? array.shape.map(() => false));
  return new SharedVariable(type, options.borrow || array !== value ? array : array.copy(), options);
}
