/** The linear memory that the WebAssembly modules of the process share, and who uses which part of it. */
import "./webassembly.ts";
import { MemoryError } from "../../base/errors.ts";

const PAGE = 65536;
/** All that 32-bit addresses reach: 4 GiB. */
export const MAX_PAGES = 65536;
/** Addresses are multiples of this: a cache line. */
const ALIGNMENT = 64;
/** Never given away: what is loaded ahead of an empty array must lie in memory. */
const MARGIN = PAGE;

/** A part of the memory that nobody uses. */
interface Gap {
  readonly address: number;
  readonly size: number;
}

/**
 * A memory that grows as needed. Views of it are valid until it grows: they are asked for again after each call of
 * `allocate`.
 */
export class LinearMemory {
  readonly memory = new WebAssembly.Memory({ initial: 2, maximum: MAX_PAGES });
  /** By address; neighbours are joined, so that two never touch. */
  readonly #gaps: Gap[] = [];
  readonly #sizes = new Map<number, number>();
  #end = MARGIN;
  #scratch: { readonly address: number; readonly size: number } = { address: 0, size: 0 };
  #floats = new Float64Array(this.memory.buffer);
  #bytes = new Uint8Array(this.memory.buffer);

  /** The memory as 8-byte floats. */
  get floats(): Float64Array {
    if (this.#floats.buffer !== this.memory.buffer) this.#floats = new Float64Array(this.memory.buffer);
    return this.#floats;
  }

  /** The memory as bytes. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.memory.buffer) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  /**
   * The address of a new block, which holds anything.
   * @throws MemoryError when the memory cannot grow so far.
   */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const at = this.#gaps.findIndex((gap) => gap.size >= size);
    const address = at < 0 ? this.#extend(size) : this.#cut(at, size);
    this.#sizes.set(address, size);
    return address;
  }

  #cut(at: number, size: number): number {
    const { address, size: whole } = this.#gaps[at];
    if (whole === size) this.#gaps.splice(at, 1);
    else this.#gaps[at] = { address: address + size, size: whole - size };
    return address;
  }

  #extend(size: number): number {
    const last = this.#gaps.at(-1);
    const joins = last !== undefined && last.address + last.size === this.#end;
    const address = joins ? last.address : this.#end;
    this.#grow(address + size);
    if (joins) this.#gaps.pop();
    this.#end = address + size;
    return address;
  }

  #grow(end: number): void {
    const missing = Math.ceil((end + MARGIN - this.memory.buffer.byteLength) / PAGE);
    if (missing <= 0) return;
    const pages = this.memory.buffer.byteLength / PAGE;
    // By a quarter at least, so that growing costs little in the long run.
    for (const more of [Math.min(Math.max(missing, Math.ceil(pages / 4)), MAX_PAGES - pages), missing]) {
      if (more < missing) continue;
      try {
        this.memory.grow(more);
        return;
      } catch {
        // Less may be had.
      }
    }
    throw new MemoryError(
      `out of memory for WebAssembly: ${megabytes(end - this.#end)} more are needed, ${megabytes(this.#end)} are in use, ` +
        `and there are ${megabytes(MAX_PAGES * PAGE)} at most; use smaller arrays, or linker=py`,
    );
  }

  /**
   * Gives a block back.
   * @throws MemoryError when there is no such block.
   */
  free(address: number): void {
    const size = this.#sizes.get(address);
    if (size === undefined) throw new MemoryError(`there is no block at address ${address} to be freed`);
    this.#sizes.delete(address);
    const next = this.#gaps.findIndex((gap) => gap.address > address);
    const at = next < 0 ? this.#gaps.length : next;
    const before = this.#gaps[at - 1];
    const after = this.#gaps[at];
    const joinsBefore = before !== undefined && before.address + before.size === address;
    const joinsAfter = after !== undefined && address + size === after.address;
    const start = joinsBefore ? before.address : address;
    const end = joinsAfter ? after.address + after.size : address + size;
    this.#gaps.splice(at - (joinsBefore ? 1 : 0), (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0), {
      address: start,
      size: end - start,
    });
  }

  /** Memory for intermediate results of one kernel while it runs: the address of at least so many bytes. */
  scratch(bytes: number): number {
    if (bytes > this.#scratch.size) {
      const { address, size } = this.#scratch;
      this.#scratch = { address: 0, size: 0 };
      if (size > 0) this.free(address);
      this.#scratch = { address: this.allocate(bytes), size: bytes };
    }
    return this.#scratch.address;
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

/** The memory of this process. */
export const linearMemory = new LinearMemory();
