/** Variables: the symbols of a graph. A computed one has an owner; the others are inputs, constants or shared. */
import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { slotsOf } from "../array/dtype.ts";
import type { NDArray, NDArrayLike } from "../array/ndarray.ts";
import { showScalar } from "../array/show.ts";
import { pyTuple } from "../base/python.ts";
import { config } from "../config/index.ts";
import type { Apply } from "./apply.ts";
import { captureOrigin, type Origin } from "./origin.ts";
import type { TensorType } from "./type.ts";

/** What a user or a rewrite pinned to a variable. */
export interface VariableTag {
  /** Stands for a shared variable in a graph of copies. */
  isShared?: true;
  /** What the variable is while the graph is built, under the flag `compute_test_value`. */
  testValue?: NDArrayLike;
  /** False excludes the variable from NanGuardMode's checks. */
  nanGuardModeCheck?: boolean;
}

/**
 * A symbolic array. Arithmetic is in its methods (`x.mul(2).add(y)`), which the floor of ops adds; inside a
 * notebook cell the ordinary operators do the same.
 */
export class TensorVariable {
  /** Tells the kernel's cell compiler that operators on this type are symbolic. */
  declare readonly __symbolic: true;
  readonly type: TensorType;
  /** The Apply that computes it, or null. */
  owner: Apply | null = null;
  /** Which output of the owner. */
  index = 0;
  name: string | null;
  readonly origin: Origin;
  readonly tag: VariableTag = {};

  constructor(type: TensorType, name: string | null = null, origin: Origin = captureOrigin()) {
    this.type = type;
    this.name = name;
    this.origin = origin;
  }

  get dtype() {
    return this.type.dtype;
  }

  get ndim(): number {
    return this.type.ndim;
  }

  get broadcastable(): readonly boolean[] {
    return this.type.broadcastable;
  }

  /** A new variable of the same type and name, without owner. */
  clone(): TensorVariable {
    return new TensorVariable(this.type, this.name, this.origin);
  }

  /** The name, else `OP.k`, else `<TYPE>`. */
  toString(): string {
    if (this.name !== null) return this.name;
    return this.owner === null ? `<${this.type}>` : `${this.owner.op}.${this.index}`;
  }

  /**
   * Operators compute on variables in the cells of a notebook; elsewhere JavaScript would quietly compute with texts.
   * @throws TypeError when it asks for a number.
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "number")
      throw new TypeError(
        `Variables do not support arithmetic or comparison by JavaScript's operators outside of a notebook's cells: ${this}. Write methods there: x.mul(2), x.lt(y), x.neg().`,
      );
    return this.toString();
  }

  /** What `console.log` prints; with the flag `print_test_value` the test value too. */
  [inspect.custom](): string {
    const { testValue } = this.tag;
    if (!config.print_test_value || testValue === undefined) return this.toString();
    return `${this}\n${this.type.filter(testValue).repr()}`;
  }
}

/** The variable type of every graph; other kinds of variables join this union. */
export type Variable = TensorVariable;

/** A variable whose value is known while the graph is built, and never changes. */
export class TensorConstant extends TensorVariable {
  readonly value: NDArray;
  #key: string | null = null;

  constructor(type: TensorType, value: NDArray, name: string | null = null, origin?: Origin) {
    super(type, name, origin);
    this.value = value;
  }

  /** Equal keys: the same constant, down to NaN and the sign of zero. */
  get key(): string {
    this.#key ??= `${this.type.key}${pyTuple(this.value.shape)}${constantBits(this.value)}`;
    return this.#key;
  }

  override clone(): TensorConstant {
    return new TensorConstant(this.type, this.value, this.name, this.origin);
  }

  /** `TensorConstant{1.5}`, `TensorConstant{(1,) of 10.0}` when all elements are the same, long text cut in the middle. */
  override toString(): string {
    return this.name ?? `TensorConstant{${constantText(this.value)}}`;
  }
}

const LONGEST_CONSTANT_TEXT = 20;

function constantText(value: NDArray): string {
  const text = uniformText(value) ?? String(value);
  return text.length > LONGEST_CONSTANT_TEXT ? `${text.slice(0, 10)}..${text.slice(-10)}` : text;
}

/** `(2,) of 1.0` for an array of equal elements. */
function uniformText(value: NDArray): string | null {
  if (value.ndim === 0 || value.size === 0 || !isUniform(value)) return null;
  const first = value.get(...value.shape.map(() => 0));
  return `${pyTuple(value.shape)} of ${showScalar(first, value.dtype)}`;
}

function isUniform(value: NDArray): boolean {
  const { data } = value.copy();
  const slots = slotsOf(value.dtype);
  for (let i = slots; i < data.length; i++) if (!Object.is(data[i], data[i % slots])) return false;
  return true;
}

/** A constant of more bytes is told from others by a digest: a key is looked up often. */
const MOST_KEY_BYTES = 64;

function constantBits(value: NDArray): string {
  const { data } = value.copy();
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return bytes.length <= MOST_KEY_BYTES
    ? bytes.toString("base64")
    : createHash("sha256").update(bytes).digest("base64");
}
