/**
 * The arrays of the run that is under way. Each has a block of linear memory from the start, but is copied only when the
 * run is known: as a whole, or tile by tile through the beginning of its block (`tiles.ts`).
 */
import { linearMemory } from "./memory.ts";

/** An array of JavaScript and its block. */
export class Operand {
  readonly address: number;
  readonly #outside: Uint8Array;
  readonly #isMade: boolean;
  /** Whether the run leaves its values in the block. */
  #staysInside = true;

  /**
   * @param outside the array's bytes.
   * @param isMade whether the run makes it, so that there is nothing to be copied before.
   * @throws MemoryError when there is no room.
   */
  constructor(outside: Uint8Array, isMade: boolean) {
    this.#outside = outside;
    this.#isMade = isMade;
    this.address = linearMemory.allocate(outside.length);
  }

  /** Whether an address lies in the block. */
  holds(address: number): boolean {
    return address >= this.address && address < this.address + this.#outside.length;
  }

  /** Copies all of the array into the block. */
  enter(): void {
    if (!this.#isMade) linearMemory.bytes.set(this.#outside, this.address);
  }

  /** Copies a part of the array to the beginning of the block. */
  enterTile(start: number, end: number): void {
    linearMemory.bytes.set(this.#outside.subarray(start, end), this.address);
  }

  /** Copies the beginning of the block to a part of the array; that is all that is copied back. */
  exitTile(start: number, end: number): void {
    this.#staysInside = false;
    this.#outside.set(linearMemory.bytes.subarray(this.address, this.address + end - start), start);
  }

  /** Copies the array back after a run, or so many bytes of it from an address in the block on. */
  exit(address = this.address, bytes = this.#outside.length): void {
    if (this.#staysInside)
      this.#outside.set(linearMemory.bytes.subarray(address, address + bytes), address - this.address);
  }
}
