/** Memory for native code: blocks of JavaScript's own, by their addresses. */
import { dtypeInfo, outOfMemory } from "../../array/dtype.ts";
import type { NDArray } from "../../array/ndarray.ts";
import { tookMemory } from "../../array/reuse.ts";
import type { Created, Fetched, ProgramMemory } from "../machine.ts";
import { addressOf } from "./library.ts";
import { adviseMemory, keepFreedMemory } from "./pages.ts";

/** What vector instructions like best, and a cache line. */
const ALIGNMENT = 64;
/**
 * Results of up to so many bytes share a block with others, since a block of its own costs more than filling it. Whoever
 * keeps one keeps the block, so that they are few and of about one size.
 */
const MEDIUM = 2 ** 18;
/** Those of up to so many bytes count as of one size. */
const SMALL = 2 ** 11;
const SHARING = 32;
const LARGEST = 2 ** 20;

/** A part of a buffer, from byte `start` on. */
class Block implements Created, Fetched {
  readonly buffer: ArrayBuffer;
  readonly start: number;
  readonly address: number;
  readonly bytes: number;

  constructor(buffer: ArrayBuffer, start: number, address: number, bytes: number) {
    this.buffer = buffer;
    this.start = start;
    this.address = address;
    this.bytes = bytes;
  }

  /** Results lie in memory of JavaScript from the start. */
  fetch(): Fetched {
    return this;
  }
}

/** The buffers that were made here. */
const made = new WeakSet<ArrayBuffer>();

/** A block of its own, which holds anything: zeros would be overwritten. @throws MemoryError when there is not enough. */
export function reserve(bytes: number): Block {
  let buffer: ArrayBuffer;
  keepFreedMemory();
  tookMemory(bytes);
  try {
    ({ buffer } = Buffer.allocUnsafeSlow(bytes + ALIGNMENT));
  } catch {
    throw outOfMemory(bytes);
  }
  made.add(buffer);
  const address = addressOf(buffer);
  adviseMemory(address, bytes);
  const start = (ALIGNMENT - (address % ALIGNMENT)) % ALIGNMENT;
  return new Block(buffer, start, address + start, bytes);
}

/** Blocks that results of about one size share, by that size. */
const shared = new Map<number, { readonly block: Block; used: number }>();

/** Places of results that nobody holds any more, by their sizes, the sizes that were given back last at the end. */
const spare = new Map<number, Block[]>();
/** So many of one size are kept, and so many bytes of all sizes but the last. */
const SPARE = 2;
const SPARE_BYTES = 2 ** 26;
let spareBytes = 0;

/** Keeps the place of a result for the next one of its size. */
export function recycleResult({ data }: NDArray): void {
  const { buffer, byteLength, byteOffset } = data;
  if (byteLength <= SMALL || !(buffer instanceof ArrayBuffer) || !made.has(buffer)) return;
  const blocks = spare.get(byteLength) ?? [];
  if (blocks.length >= SPARE) return;
  spare.delete(byteLength);
  spare.set(byteLength, [...blocks, new Block(buffer, byteOffset, addressOf(data), byteLength)]);
  spareBytes += byteLength;
  for (const [size, old] of spare) {
    if (spareBytes <= SPARE_BYTES || size === byteLength) return;
    spare.delete(size);
    spareBytes -= size * old.length;
  }
}

/** Memory for a result. @throws MemoryError when there is not enough. */
export function createResult(bytes: number): Block {
  if (bytes > SMALL) {
    const found = spare.get(bytes)?.pop();
    if (found !== undefined) {
      spareBytes -= bytes;
      return found;
    }
  }
  if (bytes > MEDIUM) return reserve(bytes);
  const most = bytes <= SMALL ? SMALL : 2 ** Math.ceil(Math.log2(bytes));
  const step = bytes <= SMALL ? 16 : ALIGNMENT;
  const size = Math.ceil(bytes / step) * step;
  let place = shared.get(most);
  if (place === undefined || place.used + size > place.block.bytes) {
    place = { block: reserve(Math.min(SHARING * most, LARGEST)), used: 0 };
    shared.set(most, place);
  }
  const { block, used } = place;
  place.used += size;
  return new Block(block.buffer, block.start + used, block.address + used, bytes);
}

export function programMemory(count: number): ProgramMemory {
  const words = new Float64Array(new ArrayBuffer(8 * count));
  return { words, address: addressOf(words), load() {}, read: (word) => words[word] };
}

/** The address of an array's first element. */
export function elementAddress({ data, offset, dtype }: NDArray): number {
  const start = addressOf(data);
  return offset === 0 ? start : start + offset * dtypeInfo(dtype).bytes;
}
