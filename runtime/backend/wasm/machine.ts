/** Native code by way of WebAssembly: compiled at once, on copies of arrays in linear memory. */
import { dtypeInfo, outOfMemory } from "../../array/dtype.ts";
import type { NDArray } from "../../array/ndarray.ts";
import { tookMemory } from "../../array/reuse.ts";
import type { Kernel } from "../../loop/ir.ts";
import { keepFreedMemory } from "../c/pages.ts";
import { type Created, FIRST, type Machine, type ProgramMemory, type Reserved, type UnitJob } from "../machine.ts";
import { linearMemory } from "./memory.ts";
import { Operand } from "./operands.ts";
import { refusal } from "./plan.ts";
import { rowKernelOf, runByTiles } from "./tiles.ts";
import { compileUnit } from "./unit.ts";

/** Blocks whose users went away are given back. */
const abandoned = new FinalizationRegistry<number>((address) => linearMemory.free(address));

function reserve(bytes: number): Reserved {
  const reserved = { address: linearMemory.allocate(bytes) };
  abandoned.register(reserved, reserved.address);
  return reserved;
}

/** Results of so many bytes have pages of their own, unless the allocator is told to keep them. */
const LARGE = 2 ** 17;

/** The arrays of the run that is under way. */
const operands: Operand[] = [];

function operandOf(outside: Uint8Array, isMade: boolean): Operand {
  const operand = new Operand(outside, isMade);
  operands.push(operand);
  return operand;
}

/** The part of its storage that an array spans; the address of its first element. */
function enter({ data, dtype, shape, strides, offset, size }: NDArray): number {
  if (size === 0) return operandOf(new Uint8Array(0), true).address;
  const { bytes } = dtypeInfo(dtype);
  const reach = strides.map((stride, axis) => stride * (shape[axis] - 1));
  const start = reach.reduce((sum, step) => sum + Math.min(step, 0), offset);
  const end = reach.reduce((sum, step) => sum + Math.max(step, 0), offset) + 1;
  const spanned = new Uint8Array(data.buffer, data.byteOffset + start * bytes, (end - start) * bytes);
  return operandOf(spanned, false).address + (offset - start) * bytes;
}

function create(bytes: number): Created {
  const buffer = newBuffer(bytes);
  const operand = operandOf(new Uint8Array(buffer), true);
  return {
    address: operand.address,
    fetch: () => {
      operand.exit();
      return { buffer, start: 0 };
    },
  };
}

/** Memory that holds anything: zeros would be overwritten. @throws MemoryError when there is not enough. */
function newBuffer(bytes: number): ArrayBuffer {
  if (bytes >= LARGE) keepFreedMemory();
  tookMemory(bytes);
  let buffer: ArrayBuffer;
  try {
    ({ buffer } = Buffer.allocUnsafeSlow(bytes));
  } catch {
    throw outOfMemory(bytes);
  }
  return buffer;
}

function copyIn(bytes: Uint8Array, address: number): void {
  linearMemory.bytes.set(bytes, address);
}

/** A constant, once for as long as somebody uses it. */
function keep(array: NDArray): Reserved {
  const { data, dtype, offset } = array;
  const reserved = reserve(data.byteLength);
  copyIn(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), reserved.address);
  const first = { address: reserved.address + offset * dtypeInfo(dtype).bytes, reserved };
  return first;
}

/** Copies what a run left at an address to the dense array that was entered there. */
function exit({ dtype, size }: NDArray, address: number): void {
  operands.find((operand) => operand.holds(address))?.exit(address, size * dtypeInfo(dtype).bytes);
}

function program(count: number): ProgramMemory {
  const block = reserve(8 * count);
  const words = new Float64Array(count);
  return {
    words,
    address: block.address,
    load: () => linearMemory.floats.set(words, block.address / 8),
    read: (word) => linearMemory.floats[block.address / 8 + word],
  };
}

function compile(kernels: readonly Kernel[]): UnitJob {
  const unit = compileUnit(kernels, true);
  const rowKernels = kernels.map(rowKernelOf);
  const run = (address: number): number => {
    const [count, number, frame] = linearMemory.floats.subarray(address / 8, address / 8 + 3);
    const runAll = (): number => unit.run(address + 8, count);
    const byRows = count === 1 ? rowKernels[number - FIRST] : null;
    if (byRows !== null && byRows !== undefined && runByTiles(byRows, frame, operands, runAll)) return 0;
    for (const operand of operands) operand.enter();
    return runAll();
  };
  return { poll: () => run, isPending: () => false, wait: () => run };
}

export const wasmMachine: Machine = {
  name: "wasm",
  refuses: refusal,
  freeBuffers: ({ buffers }) => new Set(buffers.flatMap(({ access }, i) => (access === "in" ? [i] : []))),
  compile,
  program,
  reserve,
  keep,
  enter,
  exit,
  resultsStay: false,
  stopsLoops: true,
  create,
  recycle() {},
  leave() {
    for (const { address } of operands) linearMemory.free(address);
    operands.length = 0;
  },
};
