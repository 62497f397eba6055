/** Whether peers compute the same. */
import { readFileSync } from "node:fs";

/** Numbers that a peer wrote, one list for each result. */
export function readResults(file: string, sizes: readonly number[]): Float64Array[] {
  const bytes = new Uint8Array(readFileSync(file));
  let at = 0;
  return sizes.map((size) => {
    const list = new Float64Array(bytes.buffer, at, size);
    at += 8 * size;
    return list;
  });
}

/** null: they agree; a text: how they do not. Differences count against the largest magnitude of a result. */
export function disagreement(
  found: readonly Float64Array[],
  wanted: readonly Float64Array[],
  tolerance: number,
): string | null {
  if (found.length !== wanted.length) return `it gives ${found.length} results, not ${wanted.length}`;
  for (let i = 0; i < wanted.length; i++) {
    const [own, right] = [found[i], wanted[i]];
    if (own.length !== right.length) return `result ${i} has ${own.length} elements, not ${right.length}`;
    const error = largestError(own, right);
    if (!(error <= tolerance)) return `result ${i} is off by ${error.toExponential(1)}`;
  }
  return null;
}

function largestError(found: Float64Array, wanted: Float64Array): number {
  let [error, size] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    size = Math.max(size, Math.abs(wanted[i]));
    const difference = Math.abs(found[i] - wanted[i]);
    if (!(difference <= error)) error = difference;
    if (Number.isNaN(error)) return error;
  }
  return size === 0 ? error : error / size;
}
