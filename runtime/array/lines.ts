/** The lines of a dense array: what lies along one axis at fixed places of all the others. */
import type { Shape } from "./shape.ts";

/** The lines along one axis of a dense row-major array. */
export interface Lines {
  /** Number of elements of each. */
  readonly length: number;
  /** Steps between neighbours, in elements. */
  readonly step: number;
  /** The position of each line's first element, in row-major order of the other axes. */
  readonly starts: readonly number[];
}

/** The lines along `axis` of a dense array of this shape. */
export function linesAlong(shape: Shape, axis: number): Lines {
  const length = shape[axis];
  const step = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const outer = shape.slice(0, axis).reduce((product, n) => product * n, 1);
  const starts = Array.from({ length: outer * step }, (_, line) => {
    const block = Math.floor(line / step);
    return block * length * step + (line - block * step);
  });
  return { length, step, starts };
}
