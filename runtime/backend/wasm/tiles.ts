/**
 * Running one kernel tile by tile: where each iteration of its outermost loop reads and writes rows of its own, arrays
 * outside of linear memory go through it by a few rows at a time, which stay in the cache between the copies.
 */
import { addressSlots, frameSize } from "../../loop/frame.ts";
import type { Access, Kernel } from "../../loop/ir.ts";
import { accessesOf, axisValuesOf, hasPosition, scaleAlong, scatters } from "../../loop/walk.ts";
import { bytesOf } from "./lanes.ts";
import { linearMemory } from "./memory.ts";
import type { Operand } from "./operands.ts";
import { productOf } from "./product.ts";

/** Bytes of a tile, of all arrays together. */
const TILE = 2 ** 18;
/** Arrays of fewer bytes are copied as a whole. */
const LEAST = TILE;
/** Rows of a tile are a multiple of this where there are so many: no lanes are left over but at the end. */
const GROUP = 64;

/** A buffer of which each iteration has a row of its own. */
interface RowBuffer {
  readonly number: number;
  readonly slot: number;
  readonly bytes: number;
  readonly isOut: boolean;
  /** Slots of the lengths of the dimensions after the first; null for one that has length 1. */
  readonly lengths: readonly (number | null)[];
}

/** How a kernel runs by rows. */
export interface RowKernel {
  /** The slot of the number of rows. */
  readonly length: number;
  readonly rows: readonly RowBuffer[];
  /** The slots of the other buffers' addresses. */
  readonly others: readonly number[];
}

/** The kernel as one that runs by rows, or null where it does not. */
export function rowKernelOf(kernel: Kernel): RowKernel | null {
  const [loop, ...more] = kernel.body;
  if (loop?.kind !== "loop" || more.length > 0 || productOf(loop) !== null) return null;
  const { axis } = loop;
  const accesses = accessesOf(kernel.body);
  if (axisValuesOf(kernel.body).has(axis) || accesses.some(hasPosition) || scatters(kernel.body)) return null;
  const first = frameSize(kernel) - kernel.axes.length;
  const lengthSlot = (name: string): number => first + kernel.axes.findIndex((one) => one.name === name);
  const slots = addressSlots(kernel);
  const rows: RowBuffer[] = [];
  const others: number[] = [];
  for (const [number, { dtype, access }] of kernel.buffers.entries()) {
    const own = accesses.filter(({ buffer }) => buffer === number);
    const isOut = access === "out";
    if (own.every(({ index }) => index.every((subscript) => scaleAlong(subscript, axis) === 0))) {
      if (isOut) return null;
      others.push(slots[number]);
      continue;
    }
    if (!own.every((one) => isRowOf(one, axis))) return null;
    const lengths = own[0].index
      .slice(1)
      .map(({ terms: [term] }) => (term === undefined ? null : lengthSlot(term.axis)));
    rows.push({ number, slot: slots[number], bytes: bytesOf(dtype), isOut, lengths });
  }
  return { length: lengthSlot(axis), rows, others };
}

/** Whether an access is of the row that an axis counts, with plain subscripts along the other dimensions. */
function isRowOf({ index: [row, ...rest] }: Access, axis: string): boolean {
  const isPlain = ({ terms, offset }: Access["index"][number]): boolean =>
    offset === 0 && (terms.length === 0 || (terms.length === 1 && terms[0].scale === 1));
  const isRow = row !== undefined && isPlain(row) && row.terms[0]?.axis === axis;
  return isRow && rest.every((subscript) => isPlain(subscript) && scaleAlong(subscript, axis) === 0);
}

/** An array that goes through memory tile by tile. */
interface Moving {
  readonly operand: Operand;
  readonly isOut: boolean;
  /** Where its first row begins, and how far apart rows are. */
  readonly start: number;
  readonly step: number;
}

/**
 * Runs a kernel by tiles, given the arrays that are outside and the address of the frame; false where it has to run on
 * whole arrays, of which none were touched.
 */
export function runByTiles(kernel: RowKernel, frame: number, operands: readonly Operand[], run: () => void): boolean {
  const at = frame / 8;
  const { floats } = linearMemory;
  const holderOf = (slot: number): Operand | undefined => operands.find((one) => one.holds(floats[at + slot]));
  const moving: Moving[] = [];
  /** Slots of addresses in memory that move by so many bytes with each row. */
  const inside: { readonly slot: number; readonly start: number; readonly step: number }[] = [];
  // A run may let the memory grow.
  const setSlot = (slot: number, value: number): void => {
    linearMemory.floats[at + slot] = value;
  };
  for (const buffer of kernel.rows) {
    const step = rowStep(buffer, floats.subarray(at));
    if (step === null) return false;
    const operand = holderOf(buffer.slot);
    if (operand === undefined) inside.push({ slot: buffer.slot, start: floats[at + buffer.slot], step });
    else moving.push({ operand, isOut: buffer.isOut, start: floats[at + buffer.slot] - operand.address, step });
  }
  const whole = kernel.others.flatMap((slot) => holderOf(slot) ?? []);
  const taken = [...moving.map(({ operand }) => operand), ...whole];
  if (new Set(taken).size < taken.length) return false;
  const rows = floats[at + kernel.length];
  const bytes = moving.reduce((sum, { step }) => sum + step, 0);
  if (rows * bytes < LEAST) return false;
  for (const operand of whole) operand.enter();
  const most = Math.max(1, Math.floor(TILE / bytes));
  const size = most < GROUP ? most : most - (most % GROUP);
  kernel.rows.forEach(({ slot }) => {
    const operand = holderOf(slot);
    if (operand !== undefined) floats[at + slot] = operand.address;
  });
  for (let row = 0; row < rows; row += size) {
    const count = Math.min(size, rows - row);
    for (const { operand, isOut, start, step } of moving)
      if (!isOut) operand.enterTile(start + row * step, start + (row + count) * step);
    setSlot(kernel.length, count);
    run();
    for (const { operand, isOut, start, step } of moving)
      if (isOut) operand.exitTile(start + row * step, start + (row + count) * step);
    for (const { slot, start, step } of inside) setSlot(slot, start + (row + count) * step);
  }
  return true;
}

/** The bytes from one row to the next where rows lie one after the other; between those of outputs there is nothing. */
function rowStep({ slot, bytes, isOut, lengths }: RowBuffer, frame: Float64Array): number | null {
  const step = frame[slot + 1];
  let span = 1;
  for (const [dim, length] of lengths.entries()) {
    const stride = frame[slot + 2 + dim];
    const count = length === null ? 1 : frame[length];
    if (count > 1 && stride < 0) return null;
    span += (count - 1) * stride;
  }
  return (isOut ? step === span : step >= span) ? step * bytes : null;
}
