/** Memory for native code: blocks of JavaScript's own, by their addresses. */
import { dtypeInfo } from "../../array/dtype.ts";
import type { NDArray } from "../../array/ndarray.ts";
import { MemoryError } from "../../base/errors.ts";
import type { Created, Fetched, ProgramMemory } from "../machine.ts";
import { addressOf } from "./library.ts";

/** What vector instructions like best, and a cache line. */
const ALIGNMENT = 64;
/** Results of up to so many bytes share a block, since a block of its own costs more than filling it. */
const SMALL = 2048;
const SHARED = 65536;

/** A part of a buffer, from byte `start` on. */
class Block implements Created, Fetched {
  readonly buffer: ArrayBuffer;
  readonly start: number;
  readonly address: number;

  constructor(buffer: ArrayBuffer, start: number, address: number) {
    this.buffer = buffer;
    this.start = start;
    this.address = address;
  }

  /** Results lie in memory of JavaScript from the start. */
  fetch(): Fetched {
    return this;
  }
}

/** A block of its own, which holds anything: zeros would be overwritten. @throws MemoryError when there is not enough. */
export function reserve(bytes: number): Block {
  let buffer: ArrayBuffer;
  try {
    ({ buffer } = Buffer.allocUnsafeSlow(bytes + ALIGNMENT));
  } catch {
    throw new MemoryError(
      `out of memory: there are no ${Math.ceil(bytes / 2 ** 20)} MiB in one piece; use smaller arrays`,
    );
  }
  const address = addressOf(buffer);
  const start = (ALIGNMENT - (address % ALIGNMENT)) % ALIGNMENT;
  return new Block(buffer, start, address + start);
}

let shared: { readonly block: Block; used: number } | null = null;

/** Blocks of results that nobody holds any more, by their sizes: a new block costs as much as filling it. */
const spare = new Map<number, Block[]>();
/** So many of one size are kept. */
const SPARE = 2;

/** Keeps the block of a large result for the next one of its size. */
export function recycleResult({ data }: NDArray): void {
  const { buffer, byteLength, byteOffset } = data;
  if (byteLength <= SMALL || buffer.byteLength !== byteLength + ALIGNMENT || !(buffer instanceof ArrayBuffer)) return;
  const blocks = spare.get(byteLength) ?? [];
  if (blocks.length < SPARE) spare.set(byteLength, [...blocks, new Block(buffer, byteOffset, addressOf(data))]);
}

/** Memory for a result. @throws MemoryError when there is not enough. */
export function createResult(bytes: number): Block {
  if (bytes > SMALL) return spare.get(bytes)?.pop() ?? reserve(bytes);
  const size = Math.ceil(bytes / 16) * 16;
  if (shared === null || shared.used + size > SHARED) shared = { block: reserve(SHARED), used: 0 };
  const { block, used } = shared;
  shared.used += size;
  return new Block(block.buffer, block.start + used, block.address + used);
}

export function programMemory(count: number): ProgramMemory {
  const words = new Float64Array(new ArrayBuffer(8 * count));
  return { words, address: addressOf(words), load() {} };
}

/** The address of an array's first element. */
export function elementAddress({ data, offset, dtype }: NDArray): number {
  const start = addressOf(data);
  return offset === 0 ? start : start + offset * dtypeInfo(dtype).bytes;
}
