/** Images as matrices of which each row is a patch, and back; Theano's module `nnet.neighbours`. */
import { isComplex, isDiscrete, isFloat } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { NotImplementedError, ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import { Apply } from "../../graph/apply.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../../graph/op.ts";
import { type Dim, inferredDim } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { zeros } from "../alloc.ts";
import { cast } from "../cast.ts";
import { dimshuffle } from "../dimshuffle.ts";
import { applyElemwise, zerosLike } from "../elemwise.ts";
import type { SymbolicShape } from "../infershape.ts";
import { join } from "../join.ts";
import { float64s } from "../random/dense.ts";
import { reshape } from "../reshape.ts";
import { knownNumbers, type Lengths, lengthList, lengthsOf, lengthVector, makeVector } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";

/**
 * Which patches there are. `valid`: those on the image, which they must cover exactly; `ignore_borders`: those on the
 * image; `half` and `full`: as `valid`, on an image with zeros around it, of half a patch or of one but an element;
 * `wrap_centered`: one around each element, of an image that goes on at its other end.
 */
export type NeibsMode = "valid" | "ignore_borders" | "half" | "full" | "wrap_centered";

const MODES: readonly NeibsMode[] = ["valid", "ignore_borders", "half", "full", "wrap_centered"];

type Gradients = readonly (Variable | NoGradient)[];

/** The patches along a dimension of `length`; the first starts `shift` elements before it. */
interface Along {
  readonly patches: number;
  readonly shift: number;
  readonly step: number;
  readonly size: number;
  readonly length: number;
}

/** What taking patches and putting them back have in common. */
abstract class Patches extends Op {
  readonly mode: NeibsMode;
  abstract override readonly family: string;

  constructor(mode: NeibsMode) {
    super();
    this.mode = mode;
  }

  get key(): string {
    return this.toString();
  }

  /** `Images2Neibs{valid}`. */
  toString(): string {
    return `${this.family}{${this.mode}}`;
  }

  /** @throws TypeError unless the inputs are real images and two integer vectors. */
  protected checkInputs(images: Variable, ...vectors: readonly Variable[]): void {
    if (images.ndim !== 4 || isComplex(images.dtype))
      throw new TypeError(
        `${this} takes real images (batch, channels, rows, columns), got ${images} of type ${images.type}.`,
      );
    for (const vector of vectors)
      if (vector.ndim !== 1 || !isDiscrete(vector.dtype))
        throw new TypeError(
          `${this}: sizes and steps must be vectors of two integers, got ${vector} of type ${vector.type}.`,
        );
  }

  /**
   * The patches along dimension `axis` of an image.
   * @throws TypeError, as Theano does, when they do not fit; ValueError for sizes and steps that are not positive.
   */
  protected along(axis: number, length: number, size: number, step: number): Along {
    const { mode } = this;
    if (size < 1 || step < 1)
      throw new ValueError(`${this}: sizes and steps of patches must be positive, got ${size} and ${step}.`);
    if (mode === "wrap_centered" && size % 2 === 0)
      throw new TypeError(`${this}: in mode wrap_centered need patch with odd shapes, got ${size}.`);
    const half = Math.floor(size / 2);
    const shift = { valid: 0, ignore_borders: 0, half, full: size - 1, wrap_centered: half }[mode];
    const distance = length + 2 * shift - size;
    const uneven = mode !== "ignore_borders" && mode !== "wrap_centered" && distance % step !== 0;
    if (uneven || (mode !== "ignore_borders" && length < size))
      throw new TypeError(
        `${this}: neib_shape[${axis}]=${size}, neib_step[${axis}]=${step} and ten4.shape[${axis + 2}]=${length} not consistent`,
      );
    return { patches: Math.max(0, Math.floor(distance / step) + 1), shift, step, size, length };
  }

  /** The patches of a call along rows and columns. @throws as {@link along}. */
  protected layout(images: NDArray, sizes: NDArray, steps: NDArray): readonly [rows: Along, columns: Along] {
    const [size, step] = [sizes, steps].map((vector) => [...vector.elements()].map(Number));
    if (size.length !== 2 || step.length !== 2)
      throw new ValueError(`${this}: sizes and steps must be two integers, got ${pyTuple(size)} and ${pyTuple(step)}.`);
    const [, , height, width] = images.shape;
    return [this.along(0, height, size[0], step[0]), this.along(1, width, size[1], step[1])];
  }

  /** Calls `visit` for each element of the patches that is on one of the images. */
  protected forEachElement(count: number, rows: Along, columns: Along, visit: Visit): void {
    const inside = this.mode === "wrap_centered" ? wrapped : (place: number) => place;
    let element = 0;
    for (let image = 0; image < count; image++)
      for (let row = 0; row < rows.patches; row++)
        for (let column = 0; column < columns.patches; column++)
          for (let i = 0; i < rows.size; i++) {
            const y = inside(row * rows.step - rows.shift + i, rows.length);
            const line = (image * rows.length + y) * columns.length;
            for (let j = 0; j < columns.size; j++, element++) {
              const x = inside(column * columns.step - columns.shift + j, columns.length);
              if (y >= 0 && y < rows.length && x >= 0 && x < columns.length) visit(element, line + x);
            }
          }
  }
}

/** From the position of an element in the matrix of patches to that on the images. */
type Visit = (element: number, pixel: number) => void;

/** Past an end of the image, the position counted from the other one. */
function wrapped(place: number, length: number): number {
  return (place + length) % length;
}

function shapeOfPatches(images: NDArray, rows: Along, columns: Along): readonly [number, number] {
  const [batch, channels] = images.shape;
  return [batch * channels * rows.patches * columns.patches, rows.size * columns.size];
}

/** Patches of images (batch, channels, rows, columns) as rows; further inputs are the patches' size and distance. */
export class Images2Neibs extends Patches {
  readonly family = "Images2Neibs";

  /**
   * @throws TypeError unless the inputs are real images and two integer vectors, and when patches are known not to fit.
   * ValueError for sizes and steps that are not positive.
   */
  apply(images: Variable, neibShape: Variable, neibStep: Variable): Apply {
    this.checkInputs(images, neibShape, neibStep);
    const [size, step] = [neibShape, neibStep].map((vector) => knownNumbers(vector) ?? [null, null]);
    const [batch, channels, ...lengths] = images.type.shape;
    const patches = lengths.map((length, axis): Dim => {
      const [own, by] = [size[axis], step[axis]];
      return length === null || own === null || by === null ? null : this.along(axis, length, own, by).patches;
    });
    const shape = [productOf([batch, channels, ...patches]), productOf(size)].map(inferredDim);
    return new Apply(this, [images, neibShape, neibStep], [images.type.with({ shape })]);
  }

  override perform(node: Apply, [images, sizes, steps]: readonly NDArray[]): readonly NDArray[] {
    const [rows, columns] = this.layout(images, sizes, steps);
    const [batch, channels] = images.shape;
    const shape = shapeOfPatches(images, rows, columns);
    const [pixels, values] = [float64s(images), new Float64Array(shape[0] * shape[1])];
    this.forEachElement(batch * channels, rows, columns, (element, pixel) => {
      values[element] = pixels[pixel];
    });
    return [new NDArray(values, "float64", shape).astype(node.out.dtype)];
  }

  override inferShape({ inputs: [, neibShape, neibStep] }: Apply, [images]: readonly SymbolicShape[]): SymbolicShape[] {
    const [batch, channels, ...lengths] = images;
    const numbers = (vector: Variable) => [0, 1].map((axis) => cast(subtensor(vector, axis), "int64"));
    const [sizes, steps] = [numbers(neibShape), numbers(neibStep)];
    const patches = lengths.map((length, axis) => this.#symbolicPatches(length, sizes[axis], steps[axis]));
    return [[applyElemwise("mul", batch, channels, ...patches), applyElemwise("mul", ...sizes)]];
  }

  #symbolicPatches(length: Variable, size: Variable, step: Variable): Variable {
    const calc = (name: "add" | "sub" | "int_div" | "mod", a: Variable, b: TensorLike) => applyElemwise(name, a, b);
    const places = (distance: Variable) => calc("add", calc("int_div", distance, step), 1);
    switch (this.mode) {
      case "valid":
        return places(calc("sub", length, size));
      case "ignore_borders":
        return applyElemwise("maximum", places(calc("sub", length, size)), 0);
      case "half":
        return places(calc("sub", length, calc("mod", size, 2)));
      case "full":
        return places(calc("sub", calc("add", length, size), 2));
      case "wrap_centered":
        return places(calc("sub", length, 1));
    }
  }

  /** As in Theano: of `valid` patches, and of `ignore_borders` ones side by side. */
  override gradient({ inputs }: Apply, [g]: readonly (Variable | null)[]): Gradients {
    if (g === null) return inputs.map(() => DISCONNECTED);
    const [images, neibShape, neibStep] = inputs;
    if (!isFloat(images.dtype)) return [zerosLike(images), DISCONNECTED, DISCONNECTED];
    const sideBySide = neibShape === neibStep || sameNumbers(neibShape, neibStep);
    if (this.mode !== "valid" && !(this.mode === "ignore_borders" && sideBySide)) {
      const reason = `no gradient is known for ${this}; those for "valid" and, with patches side by side, "ignore_borders" are`;
      return [{ kind: "undefined", reason }, DISCONNECTED, DISCONNECTED];
    }
    const slope = new Images2NeibsGrad(this.mode).apply(images, g, neibShape, neibStep).out;
    return [slope, DISCONNECTED, DISCONNECTED];
  }
}

function productOf(numbers: readonly Dim[]): Dim {
  return numbers.reduce((total, number) => (total === null || number === null ? null : total * number));
}

function sameNumbers(a: TensorVariable, b: TensorVariable): boolean {
  const [left, right] = [knownNumbers(a), knownNumbers(b)];
  return left !== null && right !== null && left.every((number, i) => number !== null && number === right[i]);
}

/** Adds the elements of patches to where {@link Images2Neibs} takes them from; the first input has the images' shape. */
export class Images2NeibsGrad extends Patches {
  readonly family = "Images2NeibsGrad";

  /** @throws TypeError unless the inputs are real images, a matrix and two integer vectors. */
  apply(images: Variable, neibs: Variable, neibShape: Variable, neibStep: Variable): Apply {
    this.checkInputs(images, neibShape, neibStep);
    if (neibs.ndim !== 2) throw new TypeError(`${this} takes a matrix of patches, got ${neibs} of type ${neibs.type}.`);
    return new Apply(this, [images, neibs, neibShape, neibStep], [images.type]);
  }

  override perform(node: Apply, [images, neibs, sizes, steps]: readonly NDArray[]): readonly NDArray[] {
    const [rows, columns] = this.layout(images, sizes, steps);
    const shape = shapeOfPatches(images, rows, columns);
    if (neibs.shape[0] !== shape[0] || neibs.shape[1] !== shape[1])
      throw new ValueError(
        `${this}: the patches have the shape ${pyTuple(neibs.shape)}, but it must be ${pyTuple(shape)}.`,
      );
    const [values, pixels] = [float64s(neibs), new Float64Array(images.size)];
    const [batch, channels] = images.shape;
    this.forEachElement(batch * channels, rows, columns, (element, pixel) => {
      pixels[pixel] += values[element];
    });
    return [new NDArray(pixels, "float64", images.shape).astype(node.out.dtype)];
  }

  override inferShape(_node: Apply, [images]: readonly SymbolicShape[]): SymbolicShape[] {
    return [images];
  }

  override gradient({ inputs }: Apply, [g]: readonly (Variable | null)[]): Gradients {
    const [images, , neibShape, neibStep] = inputs;
    if (g === null) return inputs.map(() => DISCONNECTED);
    const patches = new Images2Neibs(this.mode).apply(g, neibShape, neibStep).out;
    return [zerosLike(images), patches, DISCONNECTED, DISCONNECTED];
  }
}

export interface NeibsOptions {
  /** `valid` by default. */
  readonly mode?: NeibsMode;
}

/**
 * Patches of images (batch, channels, rows, columns): a matrix with a row for each patch, which holds its elements row by
 * row; patches follow each other along columns, then rows, channels and images.
 * @param neibShape rows and columns of a patch.
 * @param neibStep the distance of neighbouring patches in both directions; their size by default.
 * @throws TypeError for other ranks, and for patches that do not fit; NotImplementedError for other modes.
 */
export function images2neibs(
  ten4: TensorLike,
  neibShape: Lengths,
  neibStep: Lengths | null = null,
  { mode = "valid" }: NeibsOptions = {},
): TensorVariable {
  if (!MODES.includes(mode))
    throw new NotImplementedError(`unknown mode ${mode} of images2neibs; the modes are ${MODES.join(", ")}.`);
  const size = lengthVector(neibShape);
  return new Images2Neibs(mode).apply(asTensor(ten4), size, neibStep === null ? size : lengthVector(neibStep)).out;
}

/**
 * The images of which {@link images2neibs} took patches side by side. What these did not cover in mode `ignore_borders`
 * is zero.
 * @param neibShape rows and columns of a patch.
 * @param originalShape the shape of the images.
 * @throws TypeError for other ranks; NotImplementedError for modes other than `valid` and `ignore_borders`.
 */
export function neibs2images(
  neibs: TensorLike,
  neibShape: Lengths,
  originalShape: Lengths,
  { mode = "valid" }: NeibsOptions = {},
): TensorVariable {
  if (mode !== "valid" && mode !== "ignore_borders")
    throw new NotImplementedError(`neibs2images do not support mode=${mode}; use valid or ignore_borders.`);
  const patches = asTensor(neibs);
  const size = lengthList(neibShape);
  const original = lengthList(originalShape);
  if (patches.ndim !== 2 || size.length !== 2 || original.length !== 4)
    throw new TypeError(
      `neibs2images takes a matrix, two lengths of patches and four of images, got ${patches} of type ${patches.type}, ${size.length} and ${original.length} lengths.`,
    );
  const [batch, channels, ...lengths] = original;
  const counts = lengths.map((length, axis) => applyElemwise("int_div", length, size[axis]));
  // The columns of the matrix hold lines of patches: cut into the number of patches in a row, they are the images' lines.
  const across = makeVector([counts[1], size[1]], "int64");
  const lines = images2neibs(dimshuffle(patches, ["x", "x", 0, 1]), across, null, { mode });
  if (mode === "valid") return reshape(lines, original);
  const covered = counts.map((count, axis) => applyElemwise("mul", count, size[axis]));
  let images = reshape(lines, [batch, channels, ...covered]);
  lengths.forEach((length, axis) => {
    const border = lengthsOf(images).map((own, i) =>
      i === axis + 2 ? applyElemwise("sub", length, covered[axis]) : own,
    );
    images = join(axis + 2, images, zeros(border, { dtype: patches.dtype }));
  });
  return images;
}
