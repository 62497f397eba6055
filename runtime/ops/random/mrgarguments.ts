/** What the methods of MRG streams take, and how it is checked. */
import { inspect } from "node:util";
import { ValueError } from "../../base/errors.ts";
import type { TensorLike } from "../../graph/constant.ts";
import type { SymbolicDType } from "../../graph/floatx.ts";
import { TensorVariable } from "../../graph/variable.ts";
import { lengthVector, makeVector } from "../shapevector.ts";
import { M1, M2, STREAM_WORDS } from "./mrg31k3p.ts";

/** A list of lengths, known or symbolic, or an integer vector. */
export type MrgSize = readonly (number | TensorVariable)[] | TensorVariable;

/** One number, which stands for all six words, or three words of each component. */
export type MrgSeed = number | readonly number[];

export interface MrgOptions {
  /** The number of dimensions, where `size` is a vector that does not tell it. */
  readonly ndim?: number | null;
  /** How many streams share the work of a draw. It decides which numbers come; absent: Theano's guess from `size`. */
  readonly nstreams?: number | null;
}

export interface MrgRealOptions extends MrgOptions {
  /** dtype of the sample; absent: that of the parameters, and at least floatX. */
  readonly dtype?: SymbolicDType | null;
}

export interface MrgUniformOptions extends MrgRealOptions {
  /** Bounds, 0 and 1 unless given. */
  readonly low?: TensorLike;
  readonly high?: TensorLike;
}

export interface MrgNormalOptions extends MrgRealOptions {
  /** Mean and standard deviation, 0 and 1 unless given. */
  readonly avg?: TensorLike;
  readonly std?: TensorLike;
  /** Cut the distribution at two standard deviations on both sides, which makes its deviation smaller than `std`. */
  readonly truncate?: boolean;
}

export interface MrgCountOptions extends MrgOptions {
  /** dtype of the sample, int64 unless given. */
  readonly dtype?: SymbolicDType;
}

export interface MrgBinomialOptions extends MrgCountOptions {
  /** Number of trials, which can only be 1. */
  readonly n?: number;
  /** Probability of success, 0.5 unless given. */
  readonly p?: TensorLike;
}

export interface MrgMultinomialOptions extends MrgCountOptions {
  /** Number of experiments, 1 unless given. */
  readonly n?: TensorLike;
  /** Probabilities of the outcomes, one distribution in each row. */
  readonly pvals?: TensorLike | readonly TensorLike[] | null;
  /** There is no such option: the shape is that of `pvals`. */
  readonly size?: null;
}

export interface MrgChoiceOptions extends MrgCountOptions {
  /** How many outcomes are chosen for each row, 1 unless given. */
  readonly size?: TensorLike;
  /** Must be absent: what is chosen are the numbers of the columns of `p`. */
  readonly a?: null;
  /** Must be false. */
  readonly replace?: boolean;
  /** Probabilities of the outcomes, one distribution in each row. */
  readonly p?: TensorLike | readonly TensorLike[] | null;
}

/** What Theano takes as streams at most, and where it cannot tell the size of a draw. */
const MOST_STREAMS = 60 * 256;
/** Numbers that each stream of a draw of known size makes. */
const DRAWS_PER_STREAM = 6;

/** @throws ValueError for a seed of 0, or too large; TypeError when it is neither a number nor six. */
export function startingState(seed: MrgSeed): Int32Array<ArrayBuffer> {
  if (typeof seed === "number") {
    if (!Number.isInteger(seed)) throw new TypeError(`seed should be 1 integer or 6 integers, got ${seed}`);
    if (seed === 0) throw new ValueError("seed should not be 0");
    if (seed >= M2) throw new ValueError(`seed should be less than ${M2}, got ${seed}`);
    return new Int32Array(STREAM_WORDS).fill(seed);
  }
  if (!Array.isArray(seed)) throw new TypeError(`seed should be 1 integer or 6 integers, got ${inspect(seed)}`);
  if (seed.length !== STREAM_WORDS || !seed.every(Number.isInteger))
    throw new TypeError(`seed should be 1 integer or 6 integers, got [${seed.join(", ")}]`);
  checkComponent("first", seed.slice(0, 3), M1);
  checkComponent("last", seed.slice(3), M2);
  return Int32Array.from(seed);
}

function checkComponent(which: "first" | "last", words: readonly number[], modulus: number): void {
  if (words.every((word) => word === 0))
    throw new ValueError(`The ${which} 3 values of seed should not be all 0, got [${words.join(", ")}]`);
  if (words.some((word) => word >= modulus))
    throw new ValueError(`The ${which} 3 values of seed should be less than ${modulus}, got [${words.join(", ")}]`);
}

/** Theano's choice: six numbers from each stream, where the size is known. */
export function guessStreams(size: MrgSize): number {
  if (size instanceof TensorVariable) return MOST_STREAMS;
  let count = 1;
  for (const length of size) {
    if (typeof length !== "number") return MOST_STREAMS;
    count *= length;
  }
  return Math.min(count > DRAWS_PER_STREAM ? Math.floor(count / DRAWS_PER_STREAM) : count, MOST_STREAMS);
}

/** @throws TypeError for what is no size; ValueError when it has a length that is not positive. */
export function uniformSize(size: MrgSize): TensorVariable {
  if (size instanceof TensorVariable && size.ndim === 1) return size;
  const isLength = (length: unknown) => length instanceof TensorVariable || Number.isInteger(length);
  if (size instanceof TensorVariable || !Array.isArray(size) || !size.every(isLength))
    throw new TypeError(
      `size must be a tuple of int or a Theano variable with 1 dimension, got ${size}: write [n] or [rows, columns].`,
    );
  if (size.some((length) => typeof length === "number" && length <= 0))
    throw new ValueError(`The specified size contains a dimension with value <= 0: [${size.join(", ")}]`);
  return lengthVector(size);
}

/** @throws ValueError for what is no size. */
export function checkedSize(size: MrgSize | number): TensorVariable {
  if (size instanceof TensorVariable) {
    if (size.ndim > 1) throw new ValueError(`Theano variable must have 1 dimension to be a valid size, got ${size}.`);
    return size.ndim === 1 ? size : makeVector([size]);
  }
  const list: readonly (number | TensorVariable)[] = typeof size === "number" ? [size] : size;
  if (!Array.isArray(list)) throw new ValueError(`Size must be a int, tuple, list or Theano variable, got ${size}.`);
  for (const length of list) {
    if (length instanceof TensorVariable ? length.ndim !== 0 : !Number.isInteger(length))
      throw new ValueError(`Only Theano variables and integers are allowed in a size, got ${length}.`);
    if (typeof length === "number" && length <= 0)
      throw new ValueError(`Non-positive dimensions not allowed in size, got ${length}.`);
  }
  return lengthVector(list);
}
