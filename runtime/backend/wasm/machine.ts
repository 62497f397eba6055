/** Native code by way of WebAssembly: compiled at once, on copies of arrays in linear memory. */
import { dtypeInfo } from "../../array/dtype.ts";
import type { NDArray } from "../../array/ndarray.ts";
import type { Kernel } from "../../loop/ir.ts";
import type { Created, Fetched, Machine, ProgramMemory, Reserved, UnitJob } from "../machine.ts";
import { linearMemory } from "./memory.ts";
import { refusal } from "./plan.ts";
import { compileUnit } from "./unit.ts";

/** Blocks whose users went away are given back. */
const abandoned = new FinalizationRegistry<number>((address) => linearMemory.free(address));

function reserve(bytes: number): Reserved {
  const reserved = { address: linearMemory.allocate(bytes) };
  abandoned.register(reserved, reserved.address);
  return reserved;
}

/** Blocks of the run that is under way. */
const entered: number[] = [];

function allocate(bytes: number): number {
  const address = linearMemory.allocate(bytes);
  entered.push(address);
  return address;
}

class Result implements Created {
  readonly address: number;
  readonly #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
    this.address = allocate(bytes);
  }

  fetch(): Fetched {
    const buffer = new ArrayBuffer(this.#bytes);
    new Uint8Array(buffer).set(linearMemory.bytes.subarray(this.address, this.address + this.#bytes));
    return { buffer, start: 0 };
  }
}

/** Copies the part of its storage that an array spans; the address of its first element. */
function enter({ data, dtype, shape, strides, offset, size }: NDArray): number {
  if (size === 0) return allocate(0);
  const { bytes } = dtypeInfo(dtype);
  const reach = strides.map((stride, axis) => stride * (shape[axis] - 1));
  const start = reach.reduce((sum, step) => sum + Math.min(step, 0), offset);
  const end = reach.reduce((sum, step) => sum + Math.max(step, 0), offset) + 1;
  const address = allocate((end - start) * bytes);
  copyIn(new Uint8Array(data.buffer, data.byteOffset + start * bytes, (end - start) * bytes), address);
  return address + (offset - start) * bytes;
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

/** Copies what a run left at an address to a dense array. */
function exit({ data, dtype, offset, size }: NDArray, address: number): void {
  const { bytes } = dtypeInfo(dtype);
  const target = new Uint8Array(data.buffer, data.byteOffset + offset * bytes, size * bytes);
  target.set(linearMemory.bytes.subarray(address, address + size * bytes));
}

function program(count: number): ProgramMemory {
  const block = reserve(8 * count);
  const words = new Float64Array(count);
  return {
    words,
    address: block.address,
    load: () => linearMemory.floats.set(words, block.address / 8),
  };
}

function compile(kernels: readonly Kernel[]): UnitJob {
  const unit = compileUnit(kernels, true);
  const run = (address: number): number => {
    unit.run(address + 8, linearMemory.floats[address / 8]);
    return 0;
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
  create: (bytes) => new Result(bytes),
  recycle() {},
  leave() {
    for (const address of entered) linearMemory.free(address);
    entered.length = 0;
  },
};
