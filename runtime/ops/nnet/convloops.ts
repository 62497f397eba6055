/**
 * Convolutions as loop IR: sums of products over channels and the elements of a filter, and their gradients, which are
 * such sums over other axes. Zeros around the image are what is read out of range.
 */
import type { DType } from "../../array/dtype.ts";
import type { Variable } from "../../graph/variable.ts";
import { type Affine, KernelBuilder, loop, on, type Place, reduce } from "../../loop/builder.ts";
import type { Kernel } from "../../loop/ir.ts";
import { type ConvSettings, sidesOf } from "./convsettings.ts";

type Spatial = readonly string[];
/** `offset + Σ scale·length(axis)`. */
interface Shift {
  readonly offset: number;
  readonly lengths?: Affine["lengths"];
}

/** The axes of a convolution: places of the output, elements of filters, places of the image. */
interface Axes {
  readonly places: Spatial;
  readonly taps: Spatial;
  readonly image: Spatial;
}

function axesOf({ convdim }: ConvSettings): Axes {
  const named = (name: string): Spatial => Array.from({ length: convdim }, (_, axis) => `${name}${axis}`);
  return { places: named("y"), taps: named("k"), image: named("i") };
}

/** The output's element at a place: the sum over what a filter covers there. Null where loops cannot say it. */
export function convolutionKernel(
  settings: ConvSettings,
  [image, filters]: readonly Variable[],
  dtype: DType,
): Kernel | null {
  const axes = axesOf(settings);
  const covered = coveredPlaces(settings, axes);
  if (covered === null || !isPlain(settings, [image.dtype, filters.dtype], dtype)) return null;
  const builder = new KernelBuilder("conv");
  const x = imageInput(builder, settings, dtype, ["b", "c", ...covered]);
  const w = builder.input(dtype, filterPlaces(settings, axes));
  const out = builder.output(dtype, ["b", "f", ...axes.places]);
  const sum = reduce(["c", ...axes.taps], { sum: ["add", on("mul", x, w)] });
  return builder.build(...loop(["b", "f", ...axes.places], sum.statement, out(sum.value("sum"))));
}

/** The gradient with respect to filters: the sum over all places of the output. The lengths of filters are an input. */
export function filterGradientKernel(
  settings: ConvSettings,
  [image, top, lengths]: readonly Variable[],
  dtype: DType,
): Kernel | null {
  const axes = axesOf(settings);
  const covered = coveredPlaces(settings, axes);
  if (covered === null || !isPlain(settings, [image.dtype, top.dtype], dtype)) return null;
  const builder = new KernelBuilder("conv_filters");
  const x = imageInput(builder, settings, dtype, ["b", "c", ...covered]);
  const g = builder.input(dtype, ["b", "f", ...axes.places]);
  builder.unreadInput(lengths.dtype, 1);
  const out = builder.output(dtype, filterPlaces(settings, axes));
  const summed = settings.unshared ? ["b"] : ["b", ...axes.places];
  const around = ["f", ...(settings.unshared ? axes.places : []), "c", ...axes.taps];
  const sum = reduce(summed, { sum: ["add", on("mul", x, g)] });
  return builder.build(...loop(around, sum.statement, out(sum.value("sum"))));
}

/**
 * The gradient with respect to images, for filters that move on by one element: the sum over all elements of filters that
 * meet a place of the image. The lengths of images are an input.
 */
export function imageGradientKernel(
  settings: ConvSettings,
  [filters, top, lengths]: readonly Variable[],
  dtype: DType,
): Kernel | null {
  const axes = axesOf(settings);
  const { filterDilation, subsample, unshared } = settings;
  const shifts = axes.taps.map((tap, axis) => padding(settings, axis, tap));
  const isDense = subsample.every((step) => step === 1) && !unshared;
  if (!isDense || !isPlain(settings, [filters.dtype, top.dtype], dtype)) return null;
  const meeting: Place[] = [];
  for (const [axis, shift] of shifts.entries()) {
    if (shift === null) return null;
    const terms = [
      { axis: axes.image[axis], scale: 1 },
      { axis: axes.taps[axis], scale: -filterDilation[axis] },
    ];
    meeting.push({ terms, ...shift, length: axes.places[axis] });
  }
  const builder = new KernelBuilder("conv_images");
  const w = builder.input(dtype, filterPlaces(settings, axes));
  const g = builder.paddedInput(dtype, ["b", "f", ...meeting]);
  builder.unreadInput(lengths.dtype, 1);
  const out = builder.output(dtype, ["b", "c", ...axes.image]);
  const sum = reduce(["f", ...axes.taps], { sum: ["add", on("mul", w, g)] });
  return builder.build(...loop(["b", "c", ...axes.image], sum.statement, out(sum.value("sum"))));
}

/** Whether all is of one kind of floats and in one group. */
function isPlain({ numGroups }: ConvSettings, inputs: readonly DType[], dtype: DType): boolean {
  return numGroups === 1 && (dtype === "float32" || dtype === "float64") && inputs.every((input) => input === dtype);
}

function imageInput(builder: KernelBuilder, { borderMode }: ConvSettings, dtype: DType, places: readonly Place[]) {
  return borderMode === "valid" ? builder.input(dtype, places) : builder.paddedInput(dtype, places);
}

/** Which place of the image an element of a filter meets; null where the padding is half of unknown dilated filters. */
function coveredPlaces(settings: ConvSettings, { places, taps, image }: Axes): readonly Affine[] | null {
  const { subsample, filterDilation, borderMode } = settings;
  const found = places.map((place, axis): Affine | null => {
    const before = padding(settings, axis, taps[axis]);
    if (before === null) return null;
    const terms = [
      { axis: place, scale: subsample[axis] },
      { axis: taps[axis], scale: filterDilation[axis] },
    ];
    const lengths = before.lengths?.map((one) => ({ ...one, scale: -one.scale }));
    return {
      terms,
      offset: 0 - before.offset,
      ...(lengths !== undefined && { lengths }),
      ...(borderMode !== "valid" && { length: image[axis] }),
    };
  });
  return found.every((place) => place !== null) ? found : null;
}

/** How many zeros are before the image. */
function padding({ borderMode, filterDilation, kshp }: ConvSettings, axis: number, tap: string): Shift | null {
  const dilation = filterDilation[axis];
  if (typeof borderMode !== "string") return { offset: sidesOf(borderMode[axis])[0] };
  switch (borderMode) {
    case "valid":
      return { offset: 0 };
    case "full":
      return { offset: -dilation, lengths: [{ axis: tap, scale: dilation }] };
    case "half": {
      const length = kshp.slice(-filterDilation.length)[axis];
      if (length !== null) return { offset: Math.floor(((length - 1) * dilation + 1) / 2) };
      return dilation === 1 ? { offset: 0, lengths: [{ axis: tap, scale: 1, divisor: 2 }] } : null;
    }
  }
}

/** An element of the filters; flipped ones are counted from the end. */
function filterPlaces({ filterFlip, unshared }: ConvSettings, { places, taps }: Axes): readonly Place[] {
  const kernel = taps.map(
    (tap): Place =>
      filterFlip
        ? { terms: [{ axis: tap, scale: -1 }], offset: -1, lengths: [{ axis: tap, scale: 1 }], length: tap }
        : tap,
  );
  return ["f", ...(unshared ? places : []), "c", ...kernel];
}
