/**
 * How a convolution slides its filters over the image: what its ops have in common, and the lengths that follow from it.
 * Where lengths are meant, `image` is (batch, channels, ...image), `filters` is (filters, channels of a group,
 * ...kernel), or (filters, ...output, channels of a group, ...kernel) where each place has filters of its own.
 */
import { NotImplementedError, ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import type { Dim } from "../../graph/type.ts";
import type { Variable } from "../../graph/variable.ts";
import { applyElemwise } from "../elemwise.ts";
import type { ConvGeometry, Triple } from "./convcore.ts";

/** Zeros before and behind the elements of a dimension; one number for both sides. */
export type Padding = number | readonly [before: number, behind: number];

/**
 * How many zeros surround the image. `valid`: none. `full`: so many that each filter touches the image with at least one
 * element. `half`: half a filter, so that odd filters keep the size. Else numbers of zeros.
 */
export type BorderMode = "valid" | "full" | "half" | number | readonly Padding[];

/** What may be said of every convolution. */
export interface ConvOptions {
  /** Lengths of the images, as far as they are known; null for others. */
  readonly inputShape?: readonly Dim[];
  /** Lengths of the filters, as far as they are known; null for others. */
  readonly filterShape?: readonly Dim[];
  /** `valid` by default. */
  readonly borderMode?: BorderMode;
  /** By how many elements the filters move on, in each dimension; 1 by default. */
  readonly subsample?: readonly number[];
  /** Whether filters are flipped, as convolutions have it (the default); without, it is a cross-correlation. */
  readonly filterFlip?: boolean;
  /** The distance of neighbouring elements of a filter on the image, in each dimension; 1 by default. */
  readonly filterDilation?: readonly number[];
  /** Into how many groups channels and filters are divided, each convolved by itself; 1 by default. */
  readonly numGroups?: number;
  /** Whether each place of the output has filters of its own; only in two dimensions. */
  readonly unshared?: boolean;
}

/** The options of a convolution, all of them known and checked. */
export interface ConvSettings {
  readonly convdim: 2 | 3;
  readonly borderMode: "valid" | "full" | "half" | readonly Padding[];
  readonly subsample: readonly number[];
  readonly filterFlip: boolean;
  readonly imshp: readonly Dim[];
  readonly kshp: readonly Dim[];
  readonly filterDilation: readonly number[];
  readonly numGroups: number;
  readonly unshared: boolean;
}

/**
 * Fills in what the options leave out.
 * @throws ValueError for numbers that are none of elements, or not one for each dimension; NotImplementedError for
 * three dimensions with filters for each place.
 */
export function convSettings(convdim: 2 | 3, options: ConvOptions): ConvSettings {
  const { inputShape, filterShape, borderMode = "valid", filterFlip = true, numGroups = 1, unshared = false } = options;
  const ones = Array<number>(convdim).fill(1);
  const { subsample = ones, filterDilation = ones } = options;
  if (unshared && convdim === 3) throw new NotImplementedError("Unshared convolution not implemented for 3D");
  checkPositive("subsample", subsample, convdim);
  checkPositive("filterDilation", filterDilation, convdim);
  checkPositive("numGroups", [numGroups], 1);
  return {
    convdim,
    borderMode: settledBorder(borderMode, convdim),
    subsample,
    filterFlip,
    imshp: settledShape("inputShape", inputShape, 2 + convdim),
    kshp: settledShape("filterShape", filterShape, unshared ? 2 + 2 * convdim : 2 + convdim),
    filterDilation,
    numGroups,
    unshared,
  };
}

function checkPositive(name: string, numbers: readonly number[], count: number): void {
  if (numbers.length !== count || !numbers.every((number) => Number.isSafeInteger(number) && number > 0))
    throw new ValueError(
      `${name} must be ${count === 1 ? "a positive integer" : `${count} positive integers`}, got ${pyTuple(numbers)}.`,
    );
}

function settledShape(name: string, shape: readonly Dim[] | undefined, rank: number): readonly Dim[] {
  if (shape === undefined) return Array<Dim>(rank).fill(null);
  if (shape.length !== rank || shape.some((dim) => dim !== null && !(Number.isSafeInteger(dim) && dim >= 0)))
    throw new ValueError(
      `${name} must be ${rank} lengths, null for those that are not known, got ${pyTuple(shape.map((dim) => dim ?? "null"))}.`,
    );
  return shape;
}

function settledBorder(border: BorderMode, convdim: number): ConvSettings["borderMode"] {
  if (typeof border === "string") {
    if (["valid", "full", "half"].includes(border)) return border;
    throw new ValueError(
      `invalid border_mode ${border}, which must be either "valid", "full", "half", an integer or a tuple of length ${convdim}`,
    );
  }
  const paddings = typeof border === "number" ? Array<number>(convdim).fill(border) : border;
  const isCount = (number: number) => Number.isSafeInteger(number) && number >= 0;
  if (paddings.length !== convdim || !paddings.every((padding) => sidesOf(padding).every(isCount)))
    throw new ValueError(
      `invalid border_mode ${paddingText(paddings)}, which must be a number of zeros, or one (or a pair) for each of the ${convdim} dimensions`,
    );
  return paddings;
}

/** Zeros before and behind the elements. */
export function sidesOf(padding: Padding): readonly [number, number] {
  if (typeof padding === "number") return [padding, padding];
  return padding.length === 2 ? padding : [Number.NaN, Number.NaN];
}

function paddingText(paddings: readonly Padding[]): string {
  return pyTuple(paddings.map((padding) => (typeof padding === "number" ? padding : pyTuple(padding))));
}

/** `convdim=2, border_mode='valid', subsample=(1, 1), …`: the settings in Theano's spelling. */
export function settingsText(settings: ConvSettings): string {
  const { convdim, borderMode, subsample, filterFlip, imshp, kshp, filterDilation, numGroups, unshared } = settings;
  const lengths = (shape: readonly Dim[]) => pyTuple(shape.map((dim) => dim ?? "None"));
  const truth = (value: boolean) => (value ? "True" : "False");
  return [
    `convdim=${convdim}`,
    `border_mode=${typeof borderMode === "string" ? `'${borderMode}'` : paddingText(borderMode)}`,
    `subsample=${pyTuple(subsample)}`,
    `filter_flip=${truth(filterFlip)}`,
    `imshp=${lengths(imshp)}`,
    `kshp=${lengths(kshp)}`,
    `filter_dilation=${pyTuple(filterDilation)}`,
    `num_groups=${numGroups}`,
    `unshared=${truth(unshared)}`,
  ].join(", ");
}

/** Where the channels and the kernel's lengths stand in the shape of filters. */
export function channelAxis({ convdim, unshared }: ConvSettings): number {
  return unshared ? 1 + convdim : 1;
}

/** Calculates with lengths, those of a call or symbolic ones. */
interface Arithmetic<Length> {
  add(a: Length, b: Length | number): Length;
  sub(a: Length, b: Length | number): Length;
  mul(a: Length, b: Length | number): Length;
  /** Rounds down. */
  div(a: Length, b: Length | number): Length;
}

const NUMBERS: Arithmetic<number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => Math.floor(a / b),
};

const SYMBOLS: Arithmetic<Variable> = {
  add: (a, b) => applyElemwise("add", a, b),
  sub: (a, b) => applyElemwise("sub", a, b),
  mul: (a, b) => applyElemwise("mul", a, b),
  div: (a, b) => applyElemwise("int_div", a, b),
};

/** The length of dimension `axis` of the output. */
function outputLength<Length>(
  calc: Arithmetic<Length>,
  { borderMode, subsample, filterDilation }: ConvSettings,
  axis: number,
  image: Length,
  kernel: Length,
): Length {
  const dilation = filterDilation[axis];
  const reach = dilation === 1 ? kernel : calc.add(calc.mul(calc.sub(kernel, 1), dilation), 1);
  const places = calc.sub(padded(), reach);
  return calc.add(subsample[axis] === 1 ? places : calc.div(places, subsample[axis]), 1);

  function padded(): Length {
    if (borderMode === "valid") return image;
    if (borderMode === "half") return calc.add(image, calc.mul(calc.div(reach, 2), 2));
    if (borderMode === "full") return calc.add(image, calc.mul(calc.sub(reach, 1), 2));
    const [before, behind] = sidesOf(borderMode[axis]);
    return before + behind === 0 ? image : calc.add(image, before + behind);
  }
}

/** The lengths of the output as expressions of those of image and filters. */
export function symbolicOutput(
  settings: ConvSettings,
  image: readonly Variable[],
  filters: readonly Variable[],
): readonly Variable[] {
  const first = channelAxis(settings) + 1;
  const spatial = Array.from({ length: settings.convdim }, (_, axis) =>
    outputLength(SYMBOLS, settings, axis, image[2 + axis], filters[first + axis]),
  );
  return [image[0], filters[0], ...spatial];
}

/** The shapes of a convolution, as far as they are known. */
export interface ConvShapes {
  readonly image: readonly Dim[];
  readonly filters: readonly Dim[];
  /** The shape of the gradient with respect to the output, which must be that of the output. */
  readonly output?: readonly Dim[];
}

/**
 * The shape of the output, as far as it is known.
 * @throws ValueError when the shapes do not fit together; the message shows them.
 */
export function fittingOutput(name: string, settings: ConvSettings, shapes: ConvShapes): readonly Dim[] {
  const { image, filters, output: given } = shapes;
  const { convdim, numGroups, unshared } = settings;
  const at = channelAxis(settings);
  const refuse = (what: string): never => {
    const all = Object.entries(shapes).map(([which, shape]) => `${which} ${shapeText(shape)}`);
    throw new ValueError(`${name}: ${what}; the shapes are ${all.join(", ")}.`);
  };
  const [channels, count] = [filters[at], filters[0]];
  if (channels !== null && image[1] !== null && image[1] !== channels * numGroups)
    refuse(`the image has ${image[1]} channels, but the filters take ${channels * numGroups}`);
  for (const [what, number] of [["channels", image[1]] as const, ["filters", count] as const])
    if (number !== null && number % numGroups !== 0) refuse(`${number} ${what} make no ${numGroups} groups`);
  const spatial = Array.from({ length: convdim }, (_, axis): Dim => {
    const [length, taps] = [image[2 + axis], filters[at + 1 + axis]];
    return length === null || taps === null ? null : outputLength(NUMBERS, settings, axis, length, taps);
  });
  if (spatial.some((length) => length !== null && length <= 0))
    refuse(`the output would have the impossible shape ${shapeText(spatial)}`);
  const differ = (a: Dim, b: Dim) => a !== null && b !== null && a !== b;
  if (unshared && spatial.some((length, axis) => differ(length, filters[1 + axis])))
    refuse(`there are filters for ${shapeText(filters.slice(1, at))} places, but the output has ${shapeText(spatial)}`);
  const output = [image[0], count, ...spatial];
  if (given !== undefined && output.some((length, axis) => differ(length, given[axis])))
    refuse(`such an image and filters give an output of shape ${shapeText(output)}`);
  return output.map((length, axis) => length ?? given?.[axis] ?? null);
}

/** `(2, ?)`. */
export function shapeText(shape: readonly Dim[]): string {
  return pyTuple(shape.map((dim) => dim ?? "?"));
}

/** The lengths of a call; its shapes are known to fit. */
export function convGeometry(
  settings: ConvSettings,
  image: readonly number[],
  filters: readonly number[],
): ConvGeometry {
  const { numGroups, subsample, filterDilation, filterFlip, unshared, borderMode } = settings;
  const at = channelAxis(settings);
  const kernel = filters.slice(at + 1);
  const output = kernel.map((taps, axis) => outputLength(NUMBERS, settings, axis, image[2 + axis], taps));
  const pad = kernel.map((taps, axis) => {
    const reach = (taps - 1) * filterDilation[axis] + 1;
    if (typeof borderMode !== "string") return sidesOf(borderMode[axis])[0];
    return { valid: 0, half: Math.floor(reach / 2), full: reach - 1 }[borderMode];
  });
  return {
    batch: image[0],
    groups: numGroups,
    channels: filters[at],
    filters: filters[0] / numGroups,
    image: triple(image.slice(2), 1),
    kernel: triple(kernel, 1),
    output: triple(output, 1),
    stride: triple(subsample, 1),
    dilation: triple(filterDilation, 1),
    pad: triple(pad, 0),
    flip: filterFlip,
    unshared,
  };
}

/** Two or three numbers as three; `filler` stands for the first. */
export function triple(numbers: readonly number[], filler: number): Triple {
  const [z, y, x] = numbers.length === 2 ? [filler, ...numbers] : numbers;
  return [z, y, x];
}
