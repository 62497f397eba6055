/** Kernels that read an array where they read a view of it that only adds or drops dimensions of length 1. */
import type { Apply } from "../../graph/apply.ts";
import type { Variable } from "../../graph/variable.ts";
import type { Buffer, Kernel, Subscript } from "../../loop/ir.ts";
import { isPlainlyIndexed, mapAccesses } from "../../loop/walk.ts";
import { DimShuffle, type DimShuffleItem } from "../../ops/dimshuffle.ts";

const FIXED: Subscript = { terms: [], offset: 0 };

/** The order of a node that only adds and drops dimensions; null for others, such as transpositions. */
export function expansionOf({ op }: Apply): readonly DimShuffleItem[] | null {
  if (!(op instanceof DimShuffle)) return null;
  const kept = op.order.filter((item) => item !== "x");
  return kept.every((dim, i) => i === 0 || kept[i - 1] < dim) ? op.order : null;
}

/** A kernel and what it reads, looking through views that `isLocal` nodes make. */
export function throughViews(
  kernel: Kernel,
  operands: readonly Variable[],
  isLocal: (node: Apply) => boolean,
): { readonly kernel: Kernel; readonly operands: readonly Variable[] } {
  let found = kernel;
  const bases = operands.map((operand, buffer) => {
    let base = operand;
    for (let { owner } = base; owner !== null && isLocal(owner); { owner } = base) {
      const order = expansionOf(owner);
      const [input] = owner.inputs;
      const seen = order === null ? null : seenThrough(found, buffer, order, input.ndim);
      if (seen === null) break;
      found = seen;
      base = input;
    }
    return base;
  });
  return { kernel: found, operands: bases };
}

/** The kernel with the viewed array as its buffer; null where the length of an axis would be unknown. */
function seenThrough(kernel: Kernel, buffer: number, order: readonly DimShuffleItem[], ndim: number): Kernel | null {
  const axes = kernel.axes.map(({ name, extent }) => ({
    name,
    extent: extent.flatMap((ref) => {
      if (ref.buffer !== buffer) return [ref];
      const dim = order[ref.dim];
      return dim === "x" ? [] : [{ buffer, dim }];
    }),
  }));
  if (axes.some(({ extent }) => extent.length === 0) || !isPlainlyIndexed(kernel.body)) return null;
  const body = mapAccesses(kernel.body, (access) => {
    if (access.buffer !== buffer) return access;
    const index = Array.from({ length: ndim }, (_, dim) => {
      const at = order.indexOf(dim);
      return at < 0 ? FIXED : access.index[at];
    });
    return { buffer, index };
  });
  const buffers = kernel.buffers.map((one, i): Buffer => (i === buffer ? { ...one, ndim } : one));
  return { ...kernel, buffers, axes, body };
}
