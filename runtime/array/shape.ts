/** Arithmetic on shapes and strides. Shapes count elements per axis; strides count elements, not bytes. */
import { IndexError, ValueError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";

/** The lengths of the axes; `[]` is a single element. */
export type Shape = readonly number[];

/** The number of elements of an array of this shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Row-major strides of a dense array of this shape. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis] ?? 1;
  }
  return strides;
}

/** Whether `strides` walk `shape` densely in row-major order. Axes of length 1 and empty arrays do not matter. */
export function isContiguousLayout(shape: Shape, strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1;
    if (length !== 1 && strides[axis] !== step) return false;
    step *= length;
  }
  return true;
}

/** Whether two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/**
 * The shape to which all `shapes` stretch: aligned at the last axis, an axis of length 1 repeats.
 * @throws ValueError when two lengths differ and neither is 1; the message shows all shapes.
 */
export function broadcastShapes(...shapes: readonly Shape[]): number[] {
  const ndim = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: ndim }, (_, axis) => {
    let common = 1;
    for (const shape of shapes) {
      const length = shape[axis - ndim + shape.length] ?? 1;
      if (length === 1 || length === common) continue;
      if (common !== 1) {
        throw new ValueError(
          `shapes ${shapes.map(pyTuple).join(" and ")} do not broadcast together: ` +
            `axis ${axis} has lengths ${common} and ${length}, and neither is 1`,
        );
      }
      common = length;
    }
    return common;
  });
}

/**
 * `axis` counted from the front.
 * @throws IndexError when it is not an integer in `[-ndim, ndim)`.
 */
export function normalizeAxis(axis: number, ndim: number): number {
  const normal = axis < 0 ? axis + ndim : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= ndim) {
    throw new IndexError(`axis ${axis} is not an axis of an array with ${ndim} dimension${ndim === 1 ? "" : "s"}`);
  }
  return normal;
}

/**
 * Axes counted from the front, ascending; `null` means all of them.
 * @throws IndexError when one is out of range.
 * @throws ValueError when one is named twice.
 */
export function normalizeAxes(axes: number | readonly number[] | null, ndim: number): number[] {
  if (axes === null) return Array.from({ length: ndim }, (_, axis) => axis);
  const normal = (typeof axes === "number" ? [axes] : axes).map((axis) => normalizeAxis(axis, ndim));
  normal.sort((a, b) => a - b);
  const repeated = normal.find((axis, i) => axis === normal[i + 1]);
  if (repeated !== undefined) throw new ValueError(`axis ${repeated} is named twice`);
  return normal;
}

/**
 * Calls `visit` with the storage positions of every element of `shape` in row-major order, one position per operand.
 * `visit` must not keep the array it is given.
 */
export function forEachPosition(
  shape: Shape,
  operands: readonly { readonly offset: number; readonly strides: readonly number[] }[],
  visit: (positions: readonly number[]) => void,
): void {
  const positions = operands.map((operand) => operand.offset);
  const walk = (axis: number): void => {
    const length = shape[axis];
    if (length === undefined) {
      visit(positions);
      return;
    }
    for (let i = 0; i < length; i++) {
      walk(axis + 1);
      operands.forEach((operand, k) => {
        positions[k] = (positions[k] ?? 0) + (operand.strides[axis] ?? 0);
      });
    }
    operands.forEach((operand, k) => {
      positions[k] = (positions[k] ?? 0) - length * (operand.strides[axis] ?? 0);
    });
  };
  walk(0);
}
