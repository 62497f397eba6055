/** Where intermediate values live: places in one block of memory, shared by values that are not needed at the same time. */

/** A value that needs memory from one step to another, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

export interface Arena {
  /** Where each value begins, in bytes; multiples of {@link ALIGNMENT}. */
  readonly offsets: readonly number[];
  /** The size of the block. */
  readonly bytes: number;
}

/** What vector instructions like best, and a cache line. */
export const ALIGNMENT = 64;

/** Places for values, the largest first, each as low as those that live with it allow. */
export function planArena(lifetimes: readonly Lifetime[]): Arena {
  const order = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[b].bytes - lifetimes[a].bytes || a - b);
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: number[] = [];
  let bytes = 0;
  for (const i of order) {
    const size = aligned(lifetimes[i].bytes);
    const others = placed.filter((j) => overlap(lifetimes[i], lifetimes[j])).sort((a, b) => offsets[a] - offsets[b]);
    let offset = 0;
    for (const j of others) {
      if (offset + size <= offsets[j]) break;
      offset = Math.max(offset, offsets[j] + aligned(lifetimes[j].bytes));
    }
    offsets[i] = offset;
    bytes = Math.max(bytes, offset + size);
    placed.push(i);
  }
  return { offsets, bytes };
}

function overlap(a: Lifetime, b: Lifetime): boolean {
  return a.from <= b.to && b.from <= a.to;
}

function aligned(bytes: number): number {
  return Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;
}
