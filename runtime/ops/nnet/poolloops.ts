/**
 * Pooling as loop IR, for windows of known size that lie wholly on the image: their elements are written out one by one,
 * in the order in which `poolcore.ts` takes them.
 */
import type { DType } from "../../array/dtype.ts";
import { type Affine, as, KernelBuilder, loop, number, type Output, on, type Place } from "../../loop/builder.ts";
import type { Expr, Kernel, Load, Statement } from "../../loop/ir.ts";
import { LANES, type PoolMode } from "./poolcore.ts";

/** Windows of known size, and how many dimensions come before those that are pooled. */
export interface KnownWindows {
  readonly leading: number;
  readonly window: readonly number[];
  readonly stride: readonly number[];
}

/** Windows of more elements are not written out. */
const MOST = 64;

/** The windows as loops know them; null where some are unknown, too large or partly outside of the image. */
export function knownWindows(
  rank: number,
  ignoreBorder: boolean,
  sizes: readonly (readonly (number | null)[])[],
): KnownWindows | null {
  const [window, stride, pad] = sizes.map((numbers) => numbers.filter((one) => one !== null));
  const isKnown = sizes.every((numbers) => numbers.every((one) => one !== null));
  if (!isKnown || !ignoreBorder || pad.some((zeros) => zeros > 0)) return null;
  return window.reduce((size, length) => size * length, 1) > MOST
    ? null
    : { leading: rank - window.length, window, stride };
}

function leadingAxes({ leading }: KnownWindows): readonly string[] {
  return Array.from({ length: leading }, (_, axis) => `b${axis}`);
}

/** The axes of the windows. */
function windowAxes(windows: KnownWindows): readonly string[] {
  return [...leadingAxes(windows), ...windows.window.map((_, axis) => `y${axis}`)];
}

/** The places of a window's elements, in row-major order. */
function cellsOf(windows: KnownWindows): readonly (readonly Place[])[] {
  const corners = windows.window.reduce<readonly (readonly number[])[]>(
    (places, length) => places.flatMap((place) => Array.from({ length }, (_, i) => [...place, i])),
    [[]],
  );
  const at = (offset: number, axis: number): Affine => ({
    terms: [{ axis: `y${axis}`, scale: windows.stride[axis] }],
    offset,
  });
  return corners.map((corner) => [...leadingAxes(windows), ...corner.map(at)]);
}

/** An input of images: gives the elements of a window. */
function windowInput(builder: KernelBuilder, windows: KnownWindows, dtype: DType): readonly Load[] {
  const [first, ...rest] = cellsOf(windows);
  const load = builder.input(dtype, first);
  return [load, ...rest.map((places) => builder.again(load, places))];
}

function unreadWindows(builder: KernelBuilder, dtypes: readonly DType[]): void {
  for (const dtype of dtypes) builder.unreadInput(dtype, 1);
}

/** The largest elements, sums or means of windows. `sizes` are the dtypes of the inputs that say where windows are. */
export function poolKernel(mode: PoolMode, windows: KnownWindows, dtype: DType, sizes: readonly DType[]): Kernel {
  const builder = new KernelBuilder("pool");
  const cells = windowInput(builder, windows, dtype);
  unreadWindows(builder, sizes);
  const out = builder.output(dtype, windowAxes(windows));
  return builder.build(...loop(windowAxes(windows), out(pooled(mode, cells, dtype))));
}

function pooled(mode: PoolMode, cells: readonly Expr[], dtype: DType): Expr {
  if (mode === "max") return cells.reduce((largest, cell) => on("maximum", largest, cell));
  const sum = sumOf(cells);
  return mode === "sum" ? sum : as(on("true_div", sum, number(cells.length, dtype)), dtype);
}

/** A sum in NumPy's order, see `sumOf` in `poolcore.ts`. */
function sumOf(cells: readonly Expr[]): Expr {
  const add = (a: Expr, b: Expr): Expr => on("add", a, b);
  const whole = cells.length - (cells.length % LANES);
  if (whole === 0) return cells.reduce(add);
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    cells
      .slice(0, whole)
      .filter((_, i) => i % LANES === lane)
      .reduce(add),
  );
  const pairs = (some: readonly Expr[]): Expr =>
    some.length === 1 ? some[0] : pairs(some.flatMap((one, i) => (i % 2 === 0 ? [add(one, some[i + 1])] : [])));
  return cells.slice(whole).reduce(add, pairs(lanes));
}

/** The gradient of the largest elements: each element that equals its window's gets the window's gradient. */
export function maxGradientKernel(windows: KnownWindows, dtype: DType, sizes: readonly DType[]): Kernel {
  const builder = new KernelBuilder("pool_max_grad");
  const cells = windowInput(builder, windows, dtype);
  const largest = builder.input(dtype, windowAxes(windows));
  const g = builder.input(dtype, windowAxes(windows));
  unreadWindows(builder, sizes);
  return spread(builder, windows, dtype, (i) => on("switch", on("eq", cells[i], largest), g, number(0, dtype)));
}

/** The gradient of sums and means; the images themselves are not read. */
export function averageGradientKernel(
  mode: PoolMode,
  windows: KnownWindows,
  dtype: DType,
  sizes: readonly DType[],
): Kernel {
  const builder = new KernelBuilder("pool_average_grad");
  builder.unreadInput(dtype, windows.leading + windows.window.length);
  const g = builder.input(dtype, windowAxes(windows));
  unreadWindows(builder, sizes);
  const count = windows.window.reduce((size, length) => size * length, 1);
  const part = mode === "sum" ? g : as(on("true_div", g, number(count, dtype)), dtype);
  return spread(builder, windows, dtype, () => part);
}

/** Zeros everywhere, and then what the elements of windows are given is added. */
function spread(builder: KernelBuilder, windows: KnownWindows, dtype: DType, given: (cell: number) => Expr): Kernel {
  const image = [...leadingAxes(windows), ...windows.window.map((_, axis) => `x${axis}`)];
  const out: Output = builder.output(dtype, image);
  const adding = cellsOf(windows).map((places, i): Statement => out(given(i), places, true));
  return builder.build(...loop(image, out(number(0, dtype))), ...loop(windowAxes(windows), ...adding));
}

/** The sums of what a third tensor has where windows have their largest elements. */
export function gatherKernel(windows: KnownWindows, dtype: DType, sizes: readonly DType[]): Kernel {
  const builder = new KernelBuilder("pool_max_grad_grad");
  const cells = windowInput(builder, windows, dtype);
  const largest = builder.input(dtype, windowAxes(windows));
  const values = windowInput(builder, windows, dtype);
  unreadWindows(builder, sizes);
  const out = builder.output(dtype, windowAxes(windows));
  const chosen = cells.map((cell, i) => on("switch", on("eq", cell, largest), values[i], number(0, dtype)));
  return builder.build(...loop(windowAxes(windows), out(chosen.reduce((sum, one) => on("add", sum, one)))));
}
