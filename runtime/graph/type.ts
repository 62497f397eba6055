/** Types of variables: what values a variable may hold. Equal keys mean interchangeable types. */
import { inspect } from "node:util";
import { type DType, dtypeInfo } from "../array/dtype.ts";
import type { NDArray, NDArrayLike } from "../array/ndarray.ts";
import { pyTuple } from "../base/python.ts";
import { config } from "../config/index.ts";
import { admitValue } from "./admit.ts";
import { type CloseTolerance, valuesClose } from "./equality.ts";

/** A known length, or null for one known only when the function is called. 1 marks a broadcastable dimension. */
export type Dim = number | null;

/** A length as an inference knows it; one that comes out as 1 is left open, since only a promised 1 stretches. */
export function inferredDim(length: number | null): Dim {
  return length === 1 ? null : length;
}

/** How a value is taken as an argument: Theano's `strict` and `allow_downcast`. */
export interface FilterOptions {
  /** Only a value of exactly this type; nothing is converted. */
  readonly strict?: boolean;
  /** true: narrow silently; false: never; null: only plain JavaScript numbers into `floatX`. */
  readonly allowDowncast?: boolean | null;
}

const RANK_NAMES = new Map([
  ["", "scalar"],
  ["?", "vector"],
  ["1?", "row"],
  ["?1", "col"],
  ["??", "matrix"],
]);

/** Arrays of one dtype and one number of dimensions; the source of the format of its text is Theano 1.0.5. */
export class TensorType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  #key: string | null = null;

  /** @throws ValueError when `dtype` is unknown. */
  constructor(dtype: DType, shape: readonly Dim[]) {
    dtypeInfo(dtype);
    this.dtype = dtype;
    this.shape = shape;
    if (dtype === "float64") warnFloat64();
  }

  /** All dimensions unknown. */
  static ofRank(dtype: DType, ndim: number): TensorType {
    return new TensorType(dtype, Array<Dim>(ndim).fill(null));
  }

  static ofBroadcastable(dtype: DType, broadcastable: readonly boolean[]): TensorType {
    return new TensorType(
      dtype,
      broadcastable.map((b) => (b ? 1 : null)),
    );
  }

  get ndim(): number {
    return this.shape.length;
  }

  /** Which dimensions are known to be 1, and so may stretch. */
  get broadcastable(): readonly boolean[] {
    return this.shape.map((d) => d === 1);
  }

  /** dtype and broadcastable dimensions, which make a type. Lengths known beyond that are only knowledge. */
  get key(): string {
    this.#key ??= `${this.dtype}(${this.shape.map((d) => (d === 1 ? 1 : "?")).join(",")})`;
    return this.#key;
  }

  equals(other: TensorType): boolean {
    return this === other || this.key === other.key;
  }

  /**
   * Whether a variable of type `other` may stand where this type is asked: same dtype and rank, broadcastable wherever
   * this is, and no length that is known to be another one.
   */
  admits(other: TensorType): boolean {
    return (
      this.dtype === other.dtype &&
      this.ndim === other.ndim &&
      this.shape.every((dim, i) => dim === null || dim === other.shape[i] || (dim !== 1 && other.shape[i] === null))
    );
  }

  /** The known lengths, `?` for the others: `(3, ?)`. */
  get shapeText(): string {
    return pyTuple(this.shape.map((d) => d ?? "?"));
  }

  with(changes: { readonly dtype?: DType; readonly shape?: readonly Dim[] }): TensorType {
    return new TensorType(changes.dtype ?? this.dtype, changes.shape ?? this.shape);
  }

  /** The type with lengths learned from a value of it; which dimensions stretch stays as it is. */
  withLengths(lengths: readonly number[]): TensorType {
    return this.with({ shape: this.shape.map((dim, i) => dim ?? inferredDim(lengths[i])) });
  }

  /**
   * Takes a value as one of this type.
   * @throws TypeError with Theano's wording when it has the wrong rank, or would lose precision.
   */
  filter(value: NDArrayLike, options: FilterOptions = {}): NDArray {
    return admitValue(this, value, options);
  }

  /** Whether an array is of this type as it is, so that `filter` would hand it back. */
  holds(array: NDArray): boolean {
    const { shape } = this;
    if (array.dtype !== this.dtype || array.shape.length !== shape.length) return false;
    for (let i = 0; i < shape.length; i++) if (shape[i] !== null && shape[i] !== array.shape[i]) return false;
    return true;
  }

  /** Same shape and values; NaN equals NaN. */
  valuesEqual(a: NDArray, b: NDArray): boolean {
    return a.equals(b);
  }

  /** As `valuesEqual`, but floats may differ by the tolerance of `tensor.cmp_sloppy`. */
  valuesClose(a: NDArray, b: NDArray, tolerance?: CloseTolerance): boolean {
    return valuesClose(a, b, tolerance);
  }

  toString(): string {
    const pattern = this.shape.map((d) => (d === 1 ? "1" : "?")).join("");
    const broadcasts = this.shape.some((d) => d === 1);
    const rank =
      RANK_NAMES.get(pattern) ??
      (broadcasts ? pyTuple(this.broadcastable.map((b) => (b ? "True" : "False"))) : `${this.ndim}D`);
    return `TensorType(${this.dtype}, ${rank})`;
  }

  /** What `console.log` prints. */
  [inspect.custom](): string {
    return this.toString();
  }
}

/** Theano's `warn_float64`: reacts when a float64 variable comes to be. */
function warnFloat64(): void {
  const message =
    "You are creating a TensorVariable with float64 dtype. You requested an action via the Theano flag warn_float64={ignore,warn,raise,pdb}.";
  switch (config.warn_float64) {
    case "ignore":
      return;
    case "warn":
      process.emitWarning(message, "UserWarning");
      return;
    case "raise":
    case "pdb":
      throw new Error(message);
  }
}
