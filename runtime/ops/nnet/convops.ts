/** Convolution and its two gradients, which are each other's gradients. They run on arrays; see `convcore.ts`. */
import { isComplex, isFloat } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { sizeOf } from "../../array/shape.ts";
import { AssertionError } from "../../base/errors.ts";
import { Apply } from "../../graph/apply.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../../graph/op.ts";
import { type Dim, inferredDim } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { applyElemwise, zerosLike } from "../elemwise.ts";
import { float64s } from "../random/dense.ts";
import { patternbroadcast } from "../rebroadcast.ts";
import { knownNumbers, shape } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { convolve, filterGradient, imageGradient } from "./convcore.ts";
import { convolutionKernel, filterGradientKernel, imageGradientKernel } from "./convloops.ts";
import {
  type ConvSettings,
  type ConvShapes,
  channelAxis,
  convGeometry,
  fittingOutput,
  settingsText,
  shapeText,
  symbolicOutput,
} from "./convsettings.ts";

type Lengths = readonly (readonly Variable[])[];
type Gradients = readonly (Variable | NoGradient)[];

/** What convolution and its gradients have in common. */
abstract class Convolution extends Op {
  readonly settings: ConvSettings;

  constructor(settings: ConvSettings) {
    super();
    this.settings = settings;
  }

  get family(): string {
    return `AbstractConv${this.settings.convdim}d${this.suffix}`;
  }

  protected abstract readonly suffix: string;

  get key(): string {
    return this.toString();
  }

  /** `AbstractConv2d{convdim=2, border_mode='valid', …}`. */
  toString(): string {
    return `${this.family}{${settingsText(this.settings)}}`;
  }

  /** @throws TypeError unless the tensor is real and has the rank of images (or outputs), or of filters. */
  protected checkInput(name: "img" | "kern" | "topgrad", x: Variable): void {
    const { convdim, unshared } = this.settings;
    const rank = 2 + (name === "kern" && unshared ? 2 * convdim : convdim);
    if (x.ndim !== rank)
      throw new TypeError(
        `${name} must be ${rank}D tensor${name === "kern" && unshared ? " for unshared convolution" : ""}: ${this.family} was given ${x} of type ${x.type}.`,
      );
    if (isComplex(x.dtype))
      throw new TypeError(`${this.family} computes with real numbers, but ${x} is of type ${x.type}.`);
  }

  /** The shape with the lengths that the settings promise. @throws AssertionError when it has others. */
  protected promised(name: "imshp" | "kshp", found: readonly Dim[]): readonly Dim[] {
    const promise = this.settings[name];
    const [what, option] = name === "imshp" ? ["image", "input_shape"] : ["filters", "filter_shape"];
    if (promise.some((length, axis) => length !== null && found[axis] !== null && found[axis] !== length))
      throw new AssertionError(
        `AbstractConv shape mismatch: shape of ${what} does not match given ${option}. It is ${shapeText(found)}, and ${shapeText(promise)} was given.`,
      );
    return found.map((length, axis) => length ?? promise[axis]);
  }

  /** The lengths of images that the filters may be for, given the spatial ones. */
  protected imageShape(batch: Dim, filters: readonly Dim[], spatial: readonly Dim[]): readonly Dim[] {
    const channels = filters[channelAxis(this.settings)];
    return [batch, channels === null ? null : channels * this.settings.numGroups, ...spatial];
  }

  /** The lengths of filters that give an output of that shape, given the kernel's. */
  protected filterShape(image: readonly Dim[], output: readonly Dim[], kernel: readonly Dim[]): readonly Dim[] {
    const { numGroups, unshared } = this.settings;
    const channels = image[1] === null ? null : image[1] / numGroups;
    return [output[1], ...(unshared ? output.slice(2) : []), channels, ...kernel];
  }

  /** For every element of the output, a product and a sum for each element of the filter that gives it. */
  protected countFlops(filters: readonly number[], output: readonly number[]): number {
    return 2 * sizeOf(output) * sizeOf(filters.slice(-1 - this.settings.convdim));
  }

  protected check(shapes: ConvShapes): readonly Dim[] {
    return fittingOutput(this.family, this.settings, shapes);
  }
}

/** The last lengths of a tensor as a vector: those of an image, or of a kernel. */
function spatialShape(x: Variable, { convdim }: ConvSettings): Variable {
  return subtensor(shape(x), { start: -convdim });
}

/** What is known of the lengths in a vector of `count`. @throws TypeError unless it is a vector of integers. */
function knownLengths(op: Convolution, vector: TensorVariable): readonly Dim[] {
  if (vector.ndim !== 1 || isFloat(vector.dtype))
    throw new TypeError(`shape must be a vector of integers: ${op.family} was given ${vector} of type ${vector.type}.`);
  const { convdim } = op.settings;
  const known = knownNumbers(vector) ?? Array<Dim>(convdim).fill(null);
  if (known.length !== convdim)
    throw new TypeError(
      `shape must hold ${convdim} lengths: ${op.family} was given ${vector}, which has ${known.length}.`,
    );
  return known;
}

function lengthsIn(vector: NDArray): readonly number[] {
  return [...vector.elements()].map(Number);
}

/** The lengths in a vector, one by one. */
function symbolicLengths(vector: Variable, { convdim }: ConvSettings): readonly Variable[] {
  return Array.from({ length: convdim }, (_, axis) => cast(subtensor(vector, axis), "int64"));
}

function fromFloats(values: Float64Array, like: Variable, lengths: readonly number[]): NDArray {
  return new NDArray(values, "float64", lengths).astype(like.dtype);
}

/**
 * The gradient as one of `input`: zeros for integers, else with the same dimensions that broadcast.
 * @throws TypeError, as Theano does, when image and filters are floats of different dtypes.
 */
function gradientOf(input: Variable, gradient: () => Variable): Variable {
  if (!isFloat(input.dtype)) return zerosLike(input);
  const found = patternbroadcast(gradient(), input.broadcastable);
  if (found.dtype !== input.dtype)
    throw new TypeError(
      `Cannot convert Type ${found.type} (of Variable ${found}) into Type ${input.type}. A convolution has gradients only where images and filters have one dtype: cast one of them first.`,
    );
  return found;
}

/** The convolution of images with filters; the result has the dtype of the images. */
export class AbstractConv extends Convolution {
  protected readonly suffix = "";

  /**
   * @throws TypeError for other ranks than the settings ask for; ValueError when known lengths do not fit together.
   * AssertionError when they are not the promised ones.
   */
  apply(image: Variable, filters: Variable): Apply {
    this.checkInput("img", image);
    this.checkInput("kern", filters);
    const [batch, count, ...spatial] = this.#output(image.type.shape, filters.type.shape);
    const stretches = (x: Variable, length: Dim) => (x.type.shape[0] === 1 ? 1 : inferredDim(length));
    const lengths = [stretches(image, batch), stretches(filters, count), ...spatial.map(inferredDim)];
    return new Apply(this, [image, filters], [image.type.with({ shape: lengths })]);
  }

  #output(image: readonly Dim[], filters: readonly Dim[]): readonly Dim[] {
    return this.check({ image: this.promised("imshp", image), filters: this.promised("kshp", filters) });
  }

  override lower(node: Apply): Lowered | null {
    const kernel = convolutionKernel(this.settings, node.inputs, node.out.dtype);
    return (
      kernel && { kernel, nativeOnly: true, shapes: ([image, filters]) => [this.#output(image, filters).map(Number)] }
    );
  }

  override perform(node: Apply, [image, filters]: readonly NDArray[]): readonly NDArray[] {
    this.#output(image.shape, filters.shape);
    const geometry = convGeometry(this.settings, image.shape, filters.shape);
    const values = convolve(geometry, float64s(image), float64s(filters));
    const spatial = geometry.output.slice(-this.settings.convdim);
    return [fromFloats(values, node.out, [image.shape[0], filters.shape[0], ...spatial])];
  }

  override flops(
    _node: Apply,
    [, filters]: readonly (readonly number[])[],
    [output]: readonly (readonly number[])[],
  ): number {
    return this.countFlops(filters, output);
  }

  override inferShape(_node: Apply, [image, filters]: Lengths): Lengths {
    return [symbolicOutput(this.settings, image, filters)];
  }

  override gradient(node: Apply, [top]: readonly (Variable | null)[]): Gradients {
    if (top === null) return [DISCONNECTED, DISCONNECTED];
    const [image, filters] = node.inputs;
    const { settings } = this;
    return [
      gradientOf(
        image,
        () => new AbstractConvGradInputs(settings).apply(filters, top, spatialShape(image, settings)).out,
      ),
      gradientOf(
        filters,
        () => new AbstractConvGradWeights(settings).apply(image, top, spatialShape(filters, settings)).out,
      ),
    ];
  }
}

/** The gradient with respect to the filters; the inputs are images, the gradient of the output, the kernel's lengths. */
export class AbstractConvGradWeights extends Convolution {
  protected readonly suffix = "_gradWeights";

  /**
   * @throws TypeError for other ranks than the settings ask for; ValueError when known lengths do not fit together.
   * AssertionError when they are not the promised ones.
   */
  apply(image: Variable, top: Variable, kernel: Variable): Apply {
    this.checkInput("img", image);
    this.checkInput("topgrad", top);
    const shapes = this.#shapes(image.type.shape, top.type.shape, knownLengths(this, kernel));
    const at = channelAxis(this.settings);
    const lengths = shapes.filters.map((length, axis) => {
      const one = (axis === 0 && top.broadcastable[1]) || (axis === at && image.broadcastable[1]);
      return one ? 1 : inferredDim(length);
    });
    return new Apply(this, [image, top, kernel], [image.type.with({ shape: lengths })]);
  }

  #shapes(given: readonly Dim[], output: readonly Dim[], kernel: readonly Dim[]): ConvShapes {
    const image = this.promised("imshp", given);
    const shapes = { image, filters: this.promised("kshp", this.filterShape(image, output, kernel)), output };
    this.check(shapes);
    return shapes;
  }

  override lower(node: Apply): Lowered | null {
    const kernel = filterGradientKernel(this.settings, node.inputs, node.out.dtype);
    return (
      kernel && {
        kernel,
        nativeOnly: true,
        deciding: [2],
        shapes: ([image, top], [, , lengths]) => [this.#filters(image, top, lengthsIn(lengths))],
      }
    );
  }

  #filters(image: readonly number[], top: readonly number[], kernel: readonly number[]): readonly number[] {
    this.#shapes(image, top, kernel);
    return this.filterShape(image, top, kernel).map(Number);
  }

  override perform(node: Apply, [image, top, kernel]: readonly NDArray[]): readonly NDArray[] {
    const filters = this.#filters(image.shape, top.shape, lengthsIn(kernel));
    const geometry = convGeometry(this.settings, image.shape, filters);
    return [fromFloats(filterGradient(geometry, float64s(image), float64s(top)), node.out, filters)];
  }

  override flops(
    _node: Apply,
    [, top]: readonly (readonly number[])[],
    [filters]: readonly (readonly number[])[],
  ): number {
    return this.countFlops(filters, top);
  }

  override inferShape({ inputs: [, , kernel] }: Apply, [image, top]: Lengths): Lengths {
    const { numGroups, unshared } = this.settings;
    const channels = numGroups === 1 ? image[1] : applyElemwise("int_div", image[1], numGroups);
    const places = unshared ? top.slice(2) : [];
    return [[top[1], ...places, channels, ...symbolicLengths(kernel, this.settings)]];
  }

  override gradient(node: Apply, [filters]: readonly (Variable | null)[]): Gradients {
    if (filters === null) return [DISCONNECTED, DISCONNECTED, DISCONNECTED];
    const [image, top] = node.inputs;
    const { settings } = this;
    return [
      gradientOf(
        image,
        () => new AbstractConvGradInputs(settings).apply(filters, top, spatialShape(image, settings)).out,
      ),
      gradientOf(top, () => new AbstractConv(settings).apply(image, filters).out),
      DISCONNECTED,
    ];
  }
}

/** The gradient with respect to the images; the inputs are filters, the gradient of the output, the image's lengths. */
export class AbstractConvGradInputs extends Convolution {
  protected readonly suffix = "_gradInputs";

  /**
   * @throws TypeError for other ranks than the settings ask for; ValueError when known lengths do not fit together.
   * AssertionError when they are not the promised ones.
   */
  apply(filters: Variable, top: Variable, spatial: Variable): Apply {
    this.checkInput("kern", filters);
    this.checkInput("topgrad", top);
    const { image } = this.#shapes(filters.type.shape, top.type.shape, knownLengths(this, spatial));
    const { numGroups, unshared } = this.settings;
    const oneChannel = numGroups === 1 && !unshared && filters.broadcastable[1];
    const one = [top.broadcastable[0], oneChannel];
    const lengths = image.map((length, axis) => (one[axis] ? 1 : inferredDim(length)));
    return new Apply(this, [filters, top, spatial], [filters.type.with({ shape: lengths })]);
  }

  #shapes(given: readonly Dim[], output: readonly Dim[], spatial: readonly Dim[]): ConvShapes {
    const filters = this.promised("kshp", given);
    const shapes = { image: this.promised("imshp", this.imageShape(output[0], filters, spatial)), filters, output };
    this.check(shapes);
    return shapes;
  }

  override lower(node: Apply): Lowered | null {
    const kernel = imageGradientKernel(this.settings, node.inputs, node.out.dtype);
    return (
      kernel && {
        kernel,
        nativeOnly: true,
        deciding: [2],
        shapes: ([filters, top], [, , lengths]) => [this.#image(filters, top, lengthsIn(lengths))],
      }
    );
  }

  #image(filters: readonly number[], top: readonly number[], spatial: readonly number[]): readonly number[] {
    this.#shapes(filters, top, spatial);
    return this.imageShape(top[0], filters, spatial).map(Number);
  }

  override perform(node: Apply, [filters, top, spatial]: readonly NDArray[]): readonly NDArray[] {
    const image = this.#image(filters.shape, top.shape, lengthsIn(spatial));
    const geometry = convGeometry(this.settings, image, filters.shape);
    return [fromFloats(imageGradient(geometry, float64s(filters), float64s(top)), node.out, image)];
  }

  override flops(_node: Apply, [filters, top]: readonly (readonly number[])[]): number {
    return this.countFlops(filters, top);
  }

  override inferShape({ inputs: [, , spatial] }: Apply, [filters, top]: Lengths): Lengths {
    const channels = filters[channelAxis(this.settings)];
    const { numGroups } = this.settings;
    const all = numGroups === 1 ? channels : applyElemwise("mul", channels, numGroups);
    return [[top[0], all, ...symbolicLengths(spatial, this.settings)]];
  }

  override gradient(node: Apply, [image]: readonly (Variable | null)[]): Gradients {
    if (image === null) return [DISCONNECTED, DISCONNECTED, DISCONNECTED];
    const [filters, top] = node.inputs;
    const { settings } = this;
    return [
      gradientOf(
        filters,
        () => new AbstractConvGradWeights(settings).apply(image, top, spatialShape(filters, settings)).out,
      ),
      gradientOf(top, () => new AbstractConv(settings).apply(image, filters).out),
      DISCONNECTED,
    ];
  }
}
