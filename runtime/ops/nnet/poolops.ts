/**
 * Pooling: each window of the last two or three dimensions becomes one element. The sizes of windows, strides and padding
 * are inputs and may be symbolic, so these ops run on arrays; see `poolcore.ts`.
 */
import { type DType, isComplex, isDiscrete, isFloat } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { sizeOf } from "../../array/shape.ts";
import { NotImplementedError, ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import { Apply } from "../../graph/apply.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../../graph/op.ts";
import { type Dim, inferredDim } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { applyElemwise, zerosLike } from "../elemwise.ts";
import { float64s } from "../random/dense.ts";
import { knownNumbers } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { triple } from "./convsettings.ts";
import {
  averages,
  type Floats,
  gatherFromMaxima,
  maxima,
  type PoolGeometry,
  type PoolMode,
  spreadEvenly,
  spreadToMaxima,
} from "./poolcore.ts";
import {
  averageGradientKernel,
  gatherKernel,
  type KnownWindows,
  knownWindows,
  maxGradientKernel,
  poolKernel,
} from "./poolloops.ts";

type Lengths = readonly (readonly Variable[])[];
type Gradients = readonly (Variable | NoGradient)[];

/** Windows, strides and padding: integer vectors, with an element for each pooled dimension. */
export type PoolWindows = readonly [ws: Variable, stride: Variable, pad: Variable];

/** What is known of them while the graph is built, or what they are in a call. */
type WindowSizes = readonly (readonly (number | null)[])[];

/** What pooling and its gradients have in common. */
abstract class Pooling extends Op {
  readonly mode: PoolMode;
  /** Whether windows that are not wholly on the (padded) image are left out. */
  readonly ignoreBorder: boolean;
  /** How many dimensions are pooled. */
  readonly ndim: 2 | 3;
  abstract override readonly family: string;

  constructor(mode: PoolMode, ignoreBorder: boolean, ndim: 2 | 3) {
    super();
    this.mode = mode;
    this.ignoreBorder = ignoreBorder;
    this.ndim = ndim;
  }

  get key(): string {
    return this.toString();
  }

  /** `Pool{ignore_border=True, mode='max', ndim=2}`. */
  toString(): string {
    return `${this.family}{ignore_border=${this.ignoreBorder ? "True" : "False"}, mode='${this.mode}', ndim=${this.ndim}}`;
  }

  /** @throws TypeError unless the tensor is real and has the pooled dimensions, and the windows are integer vectors. */
  protected checkInputs(x: Variable, windows: readonly Variable[]): void {
    if (x.ndim < this.ndim || isComplex(x.dtype))
      throw new TypeError(
        `${this} takes real tensors of at least ${this.ndim} dimensions, got ${x} of type ${x.type}.`,
      );
    const names = ["Pool downsample parameters", "Stride parameters", "Padding parameters"];
    windows.forEach((window, i) => {
      if (!isDiscrete(window.dtype))
        throw new TypeError(`${names[i]} must be ints: ${window} is of type ${window.type}.`);
      if (window.ndim !== 1) throw new TypeError(`${names[i]} must be a vector: ${window} is of type ${window.type}.`);
    });
  }

  /** What is known of the windows. @throws ValueError when they are out of range. */
  protected knownSizes(windows: readonly Variable[]): WindowSizes {
    return this.#checked(windows.map((vector) => knownNumbers(vector) ?? Array<null>(this.ndim).fill(null)));
  }

  #checked(sizes: WindowSizes): WindowSizes {
    const names = ["ws", "stride", "pad"];
    sizes.forEach((numbers, i) => {
      const least = names[i] === "pad" ? 0 : 1;
      if (numbers.length !== this.ndim || numbers.some((number) => number !== null && number < least))
        throw new ValueError(
          `${this}: ${names[i]} must be ${this.ndim} numbers of at least ${least}, got ${pyTuple(numbers.map((n) => n ?? "?"))}.`,
        );
    });
    const [ws, , pad] = sizes;
    if (pad.some((zeros) => zeros !== null && zeros > 0) && !this.ignoreBorder)
      throw new NotImplementedError("padding works only with ignore_border=True");
    if (pad.some((zeros, axis) => zeros !== null && zeros > 0 && zeros >= (ws[axis] ?? Infinity)))
      throw new NotImplementedError(
        `padding must be smaller than the windows: ${this} was given ${pyTuple(pad.map((n) => n ?? "?"))} and ${pyTuple(ws.map((n) => n ?? "?"))}`,
      );
    return sizes;
  }

  /** The lengths of the output, as far as they are known. */
  protected outputShape(x: readonly Dim[], [ws, stride, pad]: WindowSizes): readonly Dim[] {
    const leading = x.length - this.ndim;
    return x.map((length, axis) => {
      if (axis < leading) return length;
      const [w, s, p] = [ws[axis - leading], stride[axis - leading], pad[axis - leading]];
      return length === null || w === null || s === null || p === null ? null : this.#places(length + 2 * p, w, s);
    });
  }

  /** How many windows there are along a dimension. */
  #places(length: number, window: number, stride: number): number {
    if (this.ignoreBorder) return Math.max(0, Math.floor((length - window) / stride) + 1);
    if (stride >= window) return Math.floor((length - 1) / stride) + 1;
    return Math.max(0, Math.floor((length - 1 - window + stride) / stride)) + 1;
  }

  /** The windows as loops know them, if all tensors are of one kind of floats. The first one is pooled. */
  protected loopWindows(node: Apply, tensors: readonly Variable[], sizes: readonly Variable[]): KnownWindows | null {
    const { dtype } = node.out;
    const [x] = tensors;
    const isPlain = (dtype === "float32" || dtype === "float64") && tensors.every((one) => one.dtype === dtype);
    return isPlain ? knownWindows(x.ndim, this.ignoreBorder, this.knownSizes(sizes)) : null;
  }

  /** The lengths of a call. @throws ValueError when the windows are out of range. */
  protected geometry(x: NDArray, windows: readonly NDArray[]): PoolGeometry {
    const sizes = windows.map((vector) => [...vector.elements()].map(Number));
    this.#checked(sizes);
    const [window, stride, pad] = sizes;
    const leading = x.ndim - this.ndim;
    const output = this.outputShape(x.shape, sizes).map(Number);
    return {
      batch: sizeOf(x.shape.slice(0, leading)),
      image: triple(x.shape.slice(leading), 1),
      output: triple(output.slice(leading), 1),
      window: triple(window, 1),
      stride: triple(stride, 1),
      pad: triple(pad, 0),
    };
  }

  /** The lengths of the output as expressions. */
  protected symbolicOutput(x: readonly Variable[], [ws, stride, pad]: readonly Variable[]): readonly Variable[] {
    const leading = x.length - this.ndim;
    return x.map((length, axis) => {
      if (axis < leading) return length;
      const [w, s, p] = [ws, stride, pad].map((vector) => cast(subtensor(vector, axis - leading), "int64"));
      return this.#symbolicPlaces(applyElemwise("add", length, applyElemwise("mul", p, 2)), w, s);
    });
  }

  #symbolicPlaces(length: Variable, window: Variable, stride: Variable): Variable {
    const steps = (distance: Variable) => applyElemwise("int_div", distance, stride);
    const oneMore = (x: Variable) => applyElemwise("add", x, 1);
    if (this.ignoreBorder) return applyElemwise("maximum", oneMore(steps(applyElemwise("sub", length, window))), 0);
    const last = applyElemwise("sub", length, 1);
    const overlapping = applyElemwise("maximum", oneMore(steps(applyElemwise("sub", last, window))), 0);
    return applyElemwise("switch", applyElemwise("ge", stride, window), oneMore(steps(last)), oneMore(overlapping));
  }

  protected checkSame(what: string, found: readonly number[], wanted: readonly number[]): void {
    if (found.length !== wanted.length || found.some((length, axis) => length !== wanted[axis]))
      throw new ValueError(`${this}: ${what} has the shape ${pyTuple(found)}, but it must be ${pyTuple(wanted)}.`);
  }
}

function dtypesOf(variables: readonly Variable[]): readonly DType[] {
  return variables.map(({ dtype }) => dtype);
}

/** The elements in row-major order; others than float32 as float64. */
function floats(array: NDArray): Floats {
  const { data, offset, size } = array.asContiguous();
  return data instanceof Float32Array ? data.slice(offset, offset + size) : float64s(array);
}

function fromFloats(values: Floats, like: Variable, lengths: readonly number[]): NDArray {
  return new NDArray(values, values instanceof Float32Array ? "float32" : "float64", lengths).astype(like.dtype);
}

/** The windows get no gradients. */
const WITHOUT: Gradients = [DISCONNECTED, DISCONNECTED, DISCONNECTED];

/** The tensor with its windows pooled; the inputs are the tensor, the windows' sizes, strides and padding. */
export class Pool extends Pooling {
  readonly family = "Pool";

  /**
   * @throws TypeError unless the tensor is real and has enough dimensions, and the windows are integer vectors.
   * ValueError for sizes out of range; NotImplementedError for padding that is as large as the windows.
   */
  apply(x: Variable, ...windows: PoolWindows): Apply {
    this.checkInputs(x, windows);
    const leading = x.ndim - this.ndim;
    const lengths = this.outputShape(x.type.shape, this.knownSizes(windows));
    const shape = lengths.map((length, axis) => (axis < leading ? length : inferredDim(length)));
    return new Apply(this, [x, ...windows], [x.type.with({ shape })]);
  }

  override lower(node: Apply): Lowered | null {
    const [x, ...sizes] = node.inputs;
    const windows = this.loopWindows(node, [x], sizes);
    if (windows === null) return null;
    const known = this.knownSizes(sizes);
    return {
      kernel: poolKernel(this.mode, windows, x.dtype, dtypesOf(sizes)),
      nativeOnly: true,
      shapes: ([shape]) => [this.outputShape(shape, known).map(Number)],
    };
  }

  override perform(node: Apply, [x, ...windows]: readonly NDArray[]): readonly NDArray[] {
    const geometry = this.geometry(x, windows);
    const values = floats(x);
    const pooled = this.mode === "max" ? maxima(geometry, values) : averages(geometry, this.mode, values);
    return [fromFloats(pooled, node.out, pooledShape(x, geometry, this.ndim))];
  }

  override inferShape(node: Apply, [x]: Lengths): Lengths {
    return [this.symbolicOutput(x, node.inputs.slice(1))];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): Gradients {
    if (g === null) return [DISCONNECTED, ...WITHOUT];
    const [x, ws, stride, pad] = node.inputs;
    if (!isFloat(x.dtype)) return [zerosLike(x), ...WITHOUT];
    const slope =
      this.mode === "max"
        ? new MaxPoolGrad(this.ignoreBorder, this.ndim).apply(x, node.out, g, ws, stride, pad)
        : new AveragePoolGrad(this.mode, this.ignoreBorder, this.ndim).apply(x, g, ws, stride, pad);
    return [slope.out, ...WITHOUT];
  }
}

function pooledShape(x: NDArray, { output }: PoolGeometry, ndim: number): readonly number[] {
  return [...x.shape.slice(0, x.ndim - ndim), ...output.slice(-ndim)];
}

/**
 * The gradient of the largest elements of windows: all elements that are the largest of a window get its gradient. The
 * inputs are the tensor, its pooled form, the gradient of that, the windows' sizes, strides and padding.
 */
export class MaxPoolGrad extends Pooling {
  readonly family = "MaxPoolGrad";

  constructor(ignoreBorder: boolean, ndim: 2 | 3) {
    super("max", ignoreBorder, ndim);
  }

  /** @throws as {@link Pool.apply}. */
  apply(x: Variable, largest: Variable, g: Variable, ...windows: PoolWindows): Apply {
    this.checkInputs(x, windows);
    this.knownSizes(windows);
    return new Apply(this, [x, largest, g, ...windows], [x.type]);
  }

  override lower(node: Apply): Lowered | null {
    const [x, largest, g, ...sizes] = node.inputs;
    const windows = this.loopWindows(node, [x, largest, g], sizes);
    if (windows === null) return null;
    const known = this.knownSizes(sizes);
    return {
      kernel: maxGradientKernel(windows, x.dtype, dtypesOf(sizes)),
      nativeOnly: true,
      shapes: ([shape, pooled, slopes]) => {
        const wanted = this.outputShape(shape, known).map(Number);
        this.checkSame("the pooled tensor", pooled, wanted);
        this.checkSame("the gradient of the output", slopes, wanted);
        return [shape];
      },
    };
  }

  override perform(node: Apply, [x, largest, g, ...windows]: readonly NDArray[]): readonly NDArray[] {
    const geometry = this.geometry(x, windows);
    const pooled = pooledShape(x, geometry, this.ndim);
    this.checkSame("the pooled tensor", largest.shape, pooled);
    this.checkSame("the gradient of the output", g.shape, pooled);
    return [fromFloats(spreadToMaxima(geometry, floats(x), floats(largest), floats(g)), node.out, x.shape)];
  }

  override inferShape(_node: Apply, [x]: Lengths): Lengths {
    return [x];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): Gradients {
    const [x, largest, , ws, stride, pad] = node.inputs;
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    const twice = new DownsampleFactorMaxGradGrad(this.ignoreBorder, this.ndim).apply(x, largest, g, ws, stride, pad);
    return [zerosLike(x), zerosLike(largest), twice.out, ...WITHOUT];
  }
}

/**
 * The gradient of {@link MaxPoolGrad} with respect to its third input: for each window, the sum of what the third input
 * has where the first has the window's largest elements.
 */
export class DownsampleFactorMaxGradGrad extends Pooling {
  readonly family = "DownsampleFactorMaxGradGrad";

  constructor(ignoreBorder: boolean, ndim: 2 | 3) {
    super("max", ignoreBorder, ndim);
  }

  /** @throws as {@link Pool.apply}. */
  apply(x: Variable, largest: Variable, g: Variable, ...windows: PoolWindows): Apply {
    this.checkInputs(x, windows);
    this.knownSizes(windows);
    return new Apply(this, [x, largest, g, ...windows], [largest.type]);
  }

  override lower(node: Apply): Lowered | null {
    const [x, largest, g, ...sizes] = node.inputs;
    const windows = this.loopWindows(node, [x, largest, g], sizes);
    if (windows === null) return null;
    const known = this.knownSizes(sizes);
    return {
      kernel: gatherKernel(windows, x.dtype, dtypesOf(sizes)),
      nativeOnly: true,
      shapes: ([shape, pooled, given]) => {
        this.checkSame("the pooled tensor", pooled, this.outputShape(shape, known).map(Number));
        this.checkSame("the gradient", given, shape);
        return [pooled];
      },
    };
  }

  override perform(node: Apply, [x, largest, g, ...windows]: readonly NDArray[]): readonly NDArray[] {
    const geometry = this.geometry(x, windows);
    this.checkSame("the pooled tensor", largest.shape, pooledShape(x, geometry, this.ndim));
    this.checkSame("the gradient", g.shape, x.shape);
    const sums = gatherFromMaxima(geometry, floats(x), floats(largest), floats(g));
    return [fromFloats(sums, node.out, largest.shape)];
  }

  override inferShape(_node: Apply, [, largest]: Lengths): Lengths {
    return [largest];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): Gradients {
    const [x, largest, , ws, stride, pad] = node.inputs;
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    const slope = new MaxPoolGrad(this.ignoreBorder, this.ndim).apply(x, largest, g, ws, stride, pad);
    return [zerosLike(x), zerosLike(largest), slope.out, ...WITHOUT];
  }
}

/**
 * The gradient of sums and means of windows; the inputs are the tensor, the gradient of its pooled form, the windows'
 * sizes, strides and padding.
 */
export class AveragePoolGrad extends Pooling {
  readonly family = "AveragePoolGrad";

  /** @throws as {@link Pool.apply}. */
  apply(x: Variable, g: Variable, ...windows: PoolWindows): Apply {
    this.checkInputs(x, windows);
    this.knownSizes(windows);
    return new Apply(this, [x, g, ...windows], [x.type]);
  }

  override lower(node: Apply): Lowered | null {
    const [x, g, ...sizes] = node.inputs;
    const windows = this.loopWindows(node, [x, g], sizes);
    if (windows === null) return null;
    const known = this.knownSizes(sizes);
    return {
      kernel: averageGradientKernel(this.mode, windows, x.dtype, dtypesOf(sizes)),
      nativeOnly: true,
      shapes: ([shape, slopes]) => {
        this.checkSame("the gradient of the output", slopes, this.outputShape(shape, known).map(Number));
        return [shape];
      },
    };
  }

  override perform(node: Apply, [x, g, ...windows]: readonly NDArray[]): readonly NDArray[] {
    const geometry = this.geometry(x, windows);
    this.checkSame("the gradient of the output", g.shape, pooledShape(x, geometry, this.ndim));
    return [fromFloats(spreadEvenly(geometry, this.mode, floats(g), x.size), node.out, x.shape)];
  }

  override inferShape(_node: Apply, [x]: Lengths): Lengths {
    return [x];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): Gradients {
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    const [x, , ws, stride, pad]: readonly TensorVariable[] = node.inputs;
    return [zerosLike(x), new Pool(this.mode, this.ignoreBorder, this.ndim).apply(g, ws, stride, pad).out, ...WITHOUT];
  }
}
