/**
 * Dense arrays as views of storage: element `(i, j, …)` lives at `offset + i·strides[0] + j·strides[1] + …`. Views share
 * their storage, and storage is garbage collected. There is no arithmetic here; that is what the compiler is for.
 */
import { inspect } from "node:util";
import { IndexError, ValueError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";
import { Complex } from "./complex.ts";
import {
  allocate,
  castScalar,
  complexOf,
  type DType,
  dtypeInfo,
  dtypeOfStorage,
  isComplex,
  isFloat,
  type RealScalar,
  readElement,
  type Scalar,
  sameElement,
  slotsOf,
  type TypedArray,
  upcast,
  writeElement,
} from "./dtype.ts";
import { checkedIndex, type Index, resolveSlice, type Slice } from "./indexing.ts";
import { type Nested, readNested } from "./nested.ts";
import {
  broadcastShapes,
  contiguousStrides,
  forEachPosition,
  isContiguousLayout,
  normalizeAxis,
  type Shape,
  sameShape,
  sizeOf,
} from "./shape.ts";
import { showArray } from "./show.ts";
import { storesDirectly, transfer } from "./transfer.ts";

export type { Index, Nested, Slice };

/** What `NDArray.from` understands. */
export type NDArrayLike = Nested | TypedArray | NDArray;

/** What an array holds, in short. Minimum and maximum are over the values that are not NaN; absent if there are none, and for complex numbers. */
export interface ValueSummary {
  readonly min?: RealScalar;
  readonly max?: RealScalar;
  readonly nanCount: number;
  readonly infCount: number;
}

/** The symbol by which TypeScript notebook libraries say how a value is shown. */
const DISPLAY = Symbol.for("Jupyter.display");
export class NDArray implements Iterable<Scalar | NDArray> {
  readonly data: TypedArray;
  readonly dtype: DType;
  readonly shape: Shape;
  /** Steps between neighbours along each axis, in elements; 0 repeats, negative walks backwards. */
  readonly strides: readonly number[];
  /** The storage position of the first element. */
  readonly offset: number;
  readonly size: number;

  /** A view of `data`, by default dense from its beginning. */
  constructor(
    data: TypedArray,
    dtype: DType,
    shape: Shape,
    strides: readonly number[] = contiguousStrides(shape),
    offset = 0,
  ) {
    this.data = data;
    this.dtype = dtype;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.size = sizeOf(shape);
  }

  /** A new array of zeros (false for bool). */
  static zeros(shape: Shape, dtype: DType): NDArray {
    const bad = shape.find((length) => !Number.isSafeInteger(length) || length < 0);
    if (bad !== undefined) throw new ValueError(`an array cannot have shape ${pyTuple(shape)}: ${bad} is no length`);
    return new NDArray(allocate(dtypeInfo(dtype).name, sizeOf(shape)), dtype, shape);
  }

  /** A new array in which every element is `value`. */
  static full(shape: Shape, value: Scalar, dtype: DType): NDArray {
    const array = NDArray.zeros(shape, dtype);
    const element = castScalar(value, array.dtype);
    if (element instanceof Complex) for (let i = 0; i < array.size; i++) writeElement(array.data, i, element);
    else if (array.data instanceof BigInt64Array || array.data instanceof BigUint64Array)
      array.data.fill(BigInt(element));
    else array.data.fill(Number(element));
    return array;
  }

  /** A new array of zero dimensions. */
  static scalar(value: Scalar, dtype: DType): NDArray {
    return NDArray.full([], value, dtype);
  }

  /**
   * An array of the given values, converted to `dtype` as by {@link castScalar}. Without `dtype`: numbers are float64,
   * bigints int64, booleans bool, complex numbers complex128, their mixtures what {@link upcast} says; typed arrays and arrays keep their own.
   * An array that already has the dtype is returned as it is; typed arrays are copied.
   * @throws ValueError when nested arrays differ in length; the message names the first place.
   * @throws TypeError when an element is not a number, bigint, boolean or {@link Complex}.
   */
  static from(value: NDArrayLike, dtype?: DType): NDArray {
    if (value instanceof NDArray) return dtype === undefined ? value : value.astype(dtype);
    if (isTypedArray(value)) {
      const own = dtypeOfStorage(value);
      const view = new NDArray(value, own, [value.length]);
      return dtype === undefined || dtype === own ? view.copy() : view.astype(dtype);
    }
    const { data, dtype: own, shape } = readNested(value, dtype);
    return new NDArray(data, own, shape);
  }

  get ndim(): number {
    return this.shape.length;
  }

  /** Bytes of one element times the number of elements. */
  get nbytes(): number {
    return this.size * dtypeInfo(this.dtype).bytes;
  }

  /** Steps between neighbours along each axis, in bytes, as NumPy counts them. */
  get byteStrides(): readonly number[] {
    return this.strides.map((stride) => stride * dtypeInfo(this.dtype).bytes);
  }

  /**
   * Whether the elements lie densely in row-major order, so that `data` can be read from `offset` on (from twice that on
   * where elements are complex and take two slots).
   */
  get isContiguous(): boolean {
    return isContiguousLayout(this.shape, this.strides);
  }

  /**
   * The only element of an array of size 1.
   * @throws ValueError for other sizes.
   */
  item(): Scalar {
    if (this.size !== 1) throw new ValueError(`item() needs an array of one element; this one has ${this.size}`);
    return readElement(this.data, this.dtype, this.offset);
  }

  /**
   * The element at `index`; negative numbers count from the end.
   * @throws IndexError when there are not `ndim` numbers or one is out of range.
   */
  get(...index: readonly number[]): Scalar {
    return readElement(this.data, this.dtype, this.#position(index));
  }

  #position(index: readonly number[]): number {
    if (index.length !== this.ndim) {
      throw new IndexError(`an array with ${this.ndim} dimensions cannot be read at [${index.join(", ")}]`);
    }
    return index.reduce(
      (position, i, axis) => position + checkedIndex(i, axis, this.shape) * (this.strides[axis] ?? 0),
      this.offset,
    );
  }

  /** The same values as elements of `dtype`; this array itself when it has that dtype already. */
  astype(dtype: DType): NDArray {
    return dtype === this.dtype ? this : this.#dense(dtype);
  }

  /** A new dense array of the same values, sharing nothing. */
  copy(): NDArray {
    if (!this.isContiguous) return this.#dense(this.dtype);
    const slots = slotsOf(this.dtype);
    const data = this.data.slice(slots * this.offset, slots * (this.offset + this.size));
    return new NDArray(data, this.dtype, this.shape);
  }

  #dense(dtype: DType): NDArray {
    const result = NDArray.zeros(this.shape, dtype);
    if (storesDirectly(this.dtype, dtype)) {
      transfer(this.shape, result, this);
      return result;
    }
    forEachPosition(this.shape, [result, this], ([to = 0, from = 0]) => {
      writeElement(result.data, to, castScalar(readElement(this.data, this.dtype, from), result.dtype));
    });
    return result;
  }

  /** This array if it is dense, else a dense copy. */
  asContiguous(): NDArray {
    return this.isContiguous ? this : this.copy();
  }

  /**
   * The same elements in row-major order under another shape; one length may be -1. A view where this array is dense.
   * @throws ValueError when the sizes differ.
   */
  reshape(shape: Shape): NDArray {
    const free = shape.indexOf(-1);
    const known = sizeOf(shape.filter((_, axis) => axis !== free));
    const inferred = known === 0 ? 0 : this.size / known;
    const full = shape.map((length, axis) => (axis === free ? inferred : length));
    if (sizeOf(full) !== this.size || full.some((length) => !Number.isInteger(length) || length < 0)) {
      throw new ValueError(
        `cannot reshape array of size ${this.size} and shape ${pyTuple(this.shape)} into shape ${pyTuple(shape)}`,
      );
    }
    const dense = this.asContiguous();
    return new NDArray(dense.data, this.dtype, full, contiguousStrides(full), dense.offset);
  }

  /**
   * A view with the axes in another order, by default reversed.
   * @throws ValueError when `axes` is not a permutation of all axes.
   */
  transpose(axes: readonly number[] = this.shape.map((_, axis) => this.ndim - 1 - axis)): NDArray {
    const order = axes.map((axis) => normalizeAxis(axis, this.ndim));
    if (new Set(order).size !== this.ndim) {
      throw new ValueError(`[${axes.join(", ")}] is not an order of the ${this.ndim} axes of this array`);
    }
    return this.dimshuffle(order);
  }

  /**
   * A view whose axes are the ones named, `"x"` standing for a new axis of length 1. An axis left out must have length 1.
   * @throws ValueError when an axis is repeated, out of range, or dropped with another length than 1.
   */
  dimshuffle(pattern: readonly (number | "x")[]): NDArray {
    const kept = pattern.filter((entry) => entry !== "x").map((axis) => normalizeAxis(axis, this.ndim));
    if (new Set(kept).size !== kept.length) throw new ValueError(`dimshuffle(${pattern.join(", ")}) repeats an axis`);
    const dropped = this.shape.findIndex((length, axis) => length !== 1 && !kept.includes(axis));
    if (dropped >= 0) {
      throw new ValueError(
        `dimshuffle(${pattern.join(", ")}) drops axis ${dropped} of shape ${pyTuple(this.shape)}, which is not of length 1`,
      );
    }
    const pick = (from: readonly number[], fresh: number) =>
      pattern.map((entry) => (entry === "x" ? fresh : (from[normalizeAxis(entry, this.ndim)] ?? fresh)));
    return new NDArray(this.data, this.dtype, pick(this.shape, 1), pick(this.strides, 0), this.offset);
  }

  /**
   * A view that repeats axes of length 1, and adds axes in front, to have `shape`. Its elements alias each other.
   * @throws ValueError when this array does not stretch to that shape.
   */
  broadcastTo(shape: Shape): NDArray {
    if (sameShape(shape, this.shape)) return this;
    const added = shape.length - this.ndim;
    if (added < 0 || !sameShape(broadcastShapes(this.shape, shape), shape)) {
      throw new ValueError(`an array of shape ${pyTuple(this.shape)} does not broadcast to ${pyTuple(shape)}`);
    }
    const strides = shape.map((_, axis) => (this.shape[axis - added] === 1 ? 0 : (this.strides[axis - added] ?? 0)));
    return new NDArray(this.data, this.dtype, shape, strides, this.offset);
  }

  /**
   * A view by basic indexing: `a.slice(0, { step: -1 })` is NumPy's `a[0, ::-1]`.
   * @throws IndexError when there are too many indices or one is out of range; ValueError for a step of 0.
   */
  slice(...index: readonly Index[]): NDArray {
    const named = index.filter((entry) => entry !== null && entry !== "...").length;
    if (named > this.ndim) {
      throw new IndexError(`too many indices: this array has ${this.ndim} dimensions, but ${named} were indexed`);
    }
    if (index.filter((entry) => entry === "...").length > 1) throw new IndexError('an index may have only one "..."');
    const rest = new Array<Slice>(this.ndim - named).fill({});
    const at = index.indexOf("...");
    const full = at < 0 ? [...index, ...rest] : [...index.slice(0, at), ...rest, ...index.slice(at + 1)];

    let axis = 0;
    let offset = this.offset;
    const shape: number[] = [];
    const strides: number[] = [];
    for (const entry of full) {
      if (entry === null || entry === "...") {
        shape.push(1);
        strides.push(0);
        continue;
      }
      const stride = this.strides[axis] ?? 0;
      if (typeof entry === "number") {
        offset += checkedIndex(entry, axis, this.shape) * stride;
      } else {
        const { start, step, length } = resolveSlice(entry, this.shape[axis] ?? 0);
        if (length > 0) offset += start * stride;
        shape.push(length);
        strides.push(stride * step);
      }
      axis++;
    }
    return new NDArray(this.data, this.dtype, shape, strides, offset);
  }

  /** Every element in row-major order. */
  *elements(): Generator<Scalar> {
    const dense = this.asContiguous();
    for (let i = 0; i < dense.size; i++) yield readElement(dense.data, dense.dtype, dense.offset + i);
  }

  /** The values as nested JavaScript arrays; the element itself when there are no dimensions. */
  toNested(): Nested {
    if (this.ndim === 0) return this.item();
    return Array.from({ length: this.shape[0] ?? 0 }, (_, i) => this.slice(i).toNested());
  }

  /**
   * Iterates over the first axis: elements of a vector, else arrays of one dimension less.
   * @throws TypeError for an array without dimensions.
   */
  *[Symbol.iterator](): Generator<Scalar | NDArray> {
    if (this.ndim === 0) throw new TypeError("iteration over a 0-d array");
    for (let i = 0; i < (this.shape[0] ?? 0); i++) yield this.ndim === 1 ? this.get(i) : this.slice(i);
  }

  /** Smallest and largest value, and how many elements are NaN or infinite. */
  summary(): ValueSummary {
    let min: RealScalar | undefined;
    let max: RealScalar | undefined;
    let nanCount = 0;
    let infCount = 0;
    for (const element of this.elements()) {
      if (element instanceof Complex) {
        if (element.isNaN) nanCount++;
        else if (!element.isFinite) infCount++;
        continue;
      }
      const value = element;
      if (Number.isNaN(value)) {
        nanCount++;
        continue;
      }
      if (value === Infinity || value === -Infinity) infCount++;
      if (min === undefined || value < min) min = value;
      if (max === undefined || value > max) max = value;
    }
    return { ...(min !== undefined && { min }), ...(max !== undefined && { max }), nanCount, infCount };
  }

  /** Whether every element is finite; true for integers and bool. */
  isFinite(): boolean {
    if (!isFloat(this.dtype) && !isComplex(this.dtype)) return true;
    for (const value of this.elements()) if (!complexOf(value).isFinite) return false;
    return true;
  }

  /** Whether dtype, shape and every element agree; NaN equals NaN, and 0 equals -0 as in arithmetic. */
  equals(other: NDArray): boolean {
    if (other.dtype !== this.dtype || !sameShape(other.shape, this.shape)) return false;
    const theirs = other.elements();
    for (const mine of this.elements()) {
      const { value } = theirs.next();
      if (value === undefined || !sameElement(mine, value)) return false;
    }
    return true;
  }

  /** As NumPy's `str`: `[[1. 2.]\n [3. 4.]]`. */
  toString(): string {
    return showArray(this, "str");
  }

  /** As NumPy's `repr`: `array([1., 2.], dtype=float32)`. */
  repr(): string {
    return showArray(this, "repr");
  }

  /** What `console.log` prints: the text of Python's `print`. */
  [inspect.custom](): string {
    return this.toString();
  }

  /** What a notebook shows for an array. */
  [DISPLAY](): { readonly "text/plain": string } {
    return { "text/plain": this.repr() };
  }
}

function isTypedArray(value: NDArrayLike): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
