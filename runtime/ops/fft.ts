/** `T.fft`: Fourier transforms of real tensors. Complex numbers are pairs along a last dimension of length 2. */
import { isDiscrete } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { sizeOf } from "../array/shape.ts";
import { ValueError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { cast } from "./cast.ts";
import { applyElemwise } from "./elemwise.ts";
import { type ComplexArray, FourierTransform } from "./fourier.ts";
import { setSubtensor } from "./incsubtensor.ts";
import { slice } from "./indexing.ts";
import { prod } from "./reduce.ts";
import { lengthsOf, makeVector } from "./shapevector.ts";
import { subtensor } from "./subtensor.ts";

/** Transforms over all dimensions but the first, which counts batches; not a loop nest, so there is no loop IR. */
abstract class FourierOp extends Op {
  readonly family: string;
  readonly key: string;
  /** How many dimensions there are at least. */
  readonly #fewest: number;
  /** How many more dimensions the output has. */
  readonly #added: 1 | -1;

  constructor(name: string, fewest: number, added: 1 | -1) {
    super();
    this.family = name;
    this.key = name;
    this.#fewest = fewest;
    this.#added = added;
  }

  toString(): string {
    return this.key;
  }

  /**
   * The inputs are the tensor and the lengths of the real dimensions that are transformed.
   * @throws TypeError for too few dimensions, lengths that are no integer vector, or numbers that are not real.
   */
  apply(x: Variable, lengths: Variable): Apply {
    if (x.ndim < this.#fewest)
      throw new TypeError(
        `${this}: input must have ${this.#fewest} dimensions or more, with first dimension batches, got ${x} of type ${x.type}.`,
      );
    if (lengths.ndim !== 1 || !isDiscrete(lengths.dtype))
      throw new TypeError(`${this}: length of the transformed axis must be of type integer, got ${lengths.type}.`);
    const [batches] = x.type.shape;
    const type = TensorType.ofRank(x.dtype, x.ndim + this.#added);
    return new Apply(this, [x, lengths], [type.with({ shape: [batches, ...type.shape.slice(1)] })]);
  }
}

/** The half of the spectrum that determines the rest: n/2 + 1 places along the last dimension. */
export class RFFT extends FourierOp {
  constructor() {
    super("RFFTOp", 2, 1);
  }

  override perform(node: Apply, [x, lengths]: readonly NDArray[]): readonly NDArray[] {
    const shape = [...lengths.elements()].map(Number);
    checkShape(this, x.shape.slice(1), shape);
    const [batches] = x.shape;
    const last = shape[shape.length - 1];
    const half = Math.floor(last / 2) + 1;
    const real = realValues(x);
    const line = new FourierTransform(last);
    const rows = sizeOf(x.shape) / last;
    const spectrum: ComplexArray = { re: new Float64Array(rows * half), im: new Float64Array(rows * half) };
    for (let row = 0; row < rows; row++) {
      const re = real.subarray(row * last, (row + 1) * last);
      const { re: cosines, im: sines } = line.forward({ re, im: new Float64Array(last) });
      spectrum.re.set(cosines.subarray(0, half), row * half);
      spectrum.im.set(sines.subarray(0, half), row * half);
    }
    const outer = [batches, ...shape.slice(0, -1), half];
    for (let axis = 1; axis < outer.length - 1; axis++) transformAxis(spectrum, outer, axis, "forward");
    return [interleaved(spectrum, [...outer, 2]).astype(node.out.dtype)];
  }

  override inferShape(node: Apply, [[batches]]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    const lengths = node.inputs[0].type.shape.slice(1).map((_, i) => subtensor(node.inputs[1], i));
    const half = applyElemwise("add", applyElemwise("int_div", lengths[lengths.length - 1], 2), 1);
    return [[batches, ...lengths.slice(0, -1), half, asTensor(2)]];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const [, lengths] = node.inputs;
    return [new IRFFT().apply(pairsScaled(g, lengths, 0.5), lengths).out, DISCONNECTED];
  }
}

/** The real tensor of which a half spectrum is given; not scaled, so that after {@link RFFT} it is n times the tensor. */
export class IRFFT extends FourierOp {
  constructor() {
    super("IRFFTOp", 3, -1);
  }

  override perform(node: Apply, [x, lengths]: readonly NDArray[]): readonly NDArray[] {
    const shape = [...lengths.elements()].map(Number);
    const last = shape[shape.length - 1];
    if (!(last > 0))
      throw new ValueError(
        `Invalid number of FFT data points (${last}) specified: ${this} of shape ${pyTuple(x.shape)}.`,
      );
    const half = Math.floor(last / 2) + 1;
    const outer = [...shape.slice(0, -1), half];
    checkShape(this, x.shape.slice(1), [...outer, 2]);
    const spectrum = separated(realValues(x));
    for (let axis = 1; axis < outer.length; axis++) transformAxis(spectrum, [x.shape[0], ...outer], axis, "backward");
    const line = new FourierTransform(last);
    const rows = spectrum.re.length / half;
    const result = new Float64Array(rows * last);
    for (let row = 0; row < rows; row++) {
      const full = mirrored(spectrum, row * half, last);
      result.set(line.backward(full).re, row * last);
    }
    return [new NDArray(result, "float64", [x.shape[0], ...shape]).astype(node.out.dtype)];
  }

  override inferShape(node: Apply, [[batches]]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [[batches, ...node.out.type.shape.slice(1).map((_, i) => subtensor(node.inputs[1], i))]];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const [, lengths] = node.inputs;
    return [pairsScaled(new RFFT().apply(g, lengths).out, lengths, 2), DISCONNECTED];
  }
}

/** Frequencies that stand for their mirror images too, times a factor: all but the first and, of an even length, the last. */
function pairsScaled(spectrum: Variable, lengths: Variable, factor: number): Variable {
  const last = subtensor(lengths, -1);
  const middle = applyElemwise("int_div", applyElemwise("add", last, 1), 2);
  const whole = spectrum.type.shape.slice(2).map(() => slice());
  const pairs = subtensor(spectrum, ...whole, slice(1, middle));
  return setSubtensor(pairs, applyElemwise("mul", pairs, cast(factor, spectrum.dtype)));
}

function checkShape(op: Op, actual: readonly number[], expected: readonly number[]): void {
  if (pyTuple(actual) === pyTuple(expected) && !actual.includes(0)) return;
  throw new ValueError(
    `${op}: the dimensions after the first must be ${pyTuple(expected)} and not empty, got ${pyTuple(actual)}.`,
  );
}

function realValues(x: NDArray): Float64Array {
  const { data, offset, size } = x.astype("float64").asContiguous();
  return Float64Array.from({ length: size }, (_, i) => Number(data[offset + i]));
}

function interleaved({ re, im }: ComplexArray, shape: readonly number[]): NDArray {
  const data = new Float64Array(2 * re.length);
  re.forEach((real, i) => {
    data[2 * i] = real;
    data[2 * i + 1] = im[i];
  });
  return new NDArray(data, "float64", shape);
}

function separated(pairs: Float64Array): ComplexArray {
  return { re: pairs.filter((_, i) => i % 2 === 0), im: pairs.filter((_, i) => i % 2 === 1) };
}

/** The whole spectrum of a real line: the other half is the conjugate, and what is its own image is real. */
function mirrored({ re, im }: ComplexArray, start: number, length: number): ComplexArray {
  const full = { re: new Float64Array(length), im: new Float64Array(length) };
  for (let k = 0; 2 * k <= length; k++) {
    const image = (length - k) % length;
    full.re[k] = re[start + k];
    full.re[image] = re[start + k];
    if (image === k) continue;
    full.im[k] = im[start + k];
    full.im[image] = -im[start + k];
  }
  return full;
}

/** Transforms every line along an axis, in place. */
function transformAxis(
  x: ComplexArray,
  shape: readonly number[],
  axis: number,
  direction: "forward" | "backward",
): void {
  const length = shape[axis];
  const step = sizeOf(shape.slice(axis + 1));
  const transform = new FourierTransform(length);
  for (let at = 0; at < x.re.length; at++) {
    if (Math.floor(at / step) % length !== 0) continue;
    const position = (_: unknown, i: number): number => at + i * step;
    const places = Array.from({ length }, position);
    const line = { re: Float64Array.from(places, (p) => x.re[p]), im: Float64Array.from(places, (p) => x.im[p]) };
    const { re, im } = transform[direction](line);
    places.forEach((p, i) => {
      x.re[p] = re[i];
      x.im[p] = im[i];
    });
  }
}

/**
 * Where the factor 1/n goes, n being the number of elements transformed: null, into the inverse; `"ortho"`, its square
 * root into both; `"no_norm"`, nowhere.
 */
export type FourierNorm = null | "ortho" | "no_norm";

export interface RFFTOptions {
  readonly norm?: FourierNorm;
}

export interface IRFFTOptions extends RFFTOptions {
  /** Whether the length of the last real dimension is odd, which half a spectrum does not tell. */
  readonly isOdd?: boolean;
}

/**
 * The Fourier transform of real tensors over all dimensions but the first, as pairs of real and imaginary part along a
 * new last dimension; of the frequencies along the last real dimension only the non-negative ones.
 * @throws TypeError for a tensor of fewer than two dimensions; ValueError for another `norm`.
 */
export function rfft(x: TensorLike, { norm = null }: RFFTOptions = {}): TensorVariable {
  checkNorm(norm);
  const input = asReal(x);
  const lengths = lengthsOf(input).slice(1);
  if (lengths.length === 0)
    throw new TypeError(
      `rfft takes a tensor of two dimensions or more, the first for batches, got ${input} of type ${input.type}.`,
    );
  const spectrum = new RFFT().apply(input, makeVector(lengths, "int64")).out;
  return norm === "ortho"
    ? applyElemwise("true_div", spectrum, applyElemwise("sqrt", count(lengths, input)))
    : spectrum;
}

/**
 * The real tensor with a given half spectrum, as {@link rfft} gives it.
 * @throws TypeError for a tensor of fewer than three dimensions; ValueError for another `norm`.
 */
export function irfft(x: TensorLike, { norm = null, isOdd = false }: IRFFTOptions = {}): TensorVariable {
  checkNorm(norm);
  const input = asReal(x);
  if (input.ndim < 3)
    throw new TypeError(
      `irfft takes a tensor of three dimensions or more, the first for batches and the last for real and imaginary parts, got ${input} of type ${input.type}.`,
    );
  const halved = lengthsOf(input).slice(1, -1);
  const last = applyElemwise("mul", applyElemwise("sub", halved[halved.length - 1], 1), 2);
  const lengths = [...halved.slice(0, -1), isOdd ? applyElemwise("add", last, 1) : last];
  const result = new IRFFT().apply(input, makeVector(lengths, "int64")).out;
  if (norm === "no_norm") return result;
  const total = count(lengths, input);
  return applyElemwise("true_div", result, norm === "ortho" ? applyElemwise("sqrt", total) : total);
}

function count(lengths: readonly TensorVariable[], like: Variable): TensorVariable {
  return cast(prod(makeVector(lengths, "int64")), like.dtype);
}

function asReal(x: TensorLike): TensorVariable {
  const input = asTensor(x);
  return isDiscrete(input.dtype) ? cast(input, "floatX") : input;
}

function checkNorm(norm: FourierNorm): void {
  if (norm !== null && norm !== "ortho" && norm !== "no_norm")
    throw new ValueError(
      `Invalid value ${String(norm)} for norm, must be None, 'ortho' or 'no norm': null, "ortho" or "no_norm".`,
    );
}

export const fft = { rfft, irfft };
