/** What a kernel function reads of its frame (`loop/frame.ts`), once and before anything else. */
import { addressSlots, frameSize } from "../../loop/frame.ts";
import type { Access, Kernel } from "../../loop/ir.ts";
import { accessesOf, scaleAlong } from "../../loop/walk.ts";
import type { Code, Local } from "./code.ts";
import { bytesOf } from "./lanes.ts";

/** The parameter of a kernel function: the byte address of its frame. */
const FRAME: Local = 0;

/** A place in memory that moves along axes by bytes that are known: what a kernel keeps for itself. */
export interface Scratch {
  readonly address: Local;
  /** Of an element. */
  readonly bytes: number;
  readonly steps: ReadonlyMap<string, number>;
}

export class Frame {
  readonly #kernel: Kernel;
  readonly #code: Code;
  readonly #slots: readonly number[];
  /** Buffers beyond the kernel's own. */
  readonly #scratch = new Map<number, Scratch>();
  #own = 0;
  #mark: Local | null = null;

  constructor(kernel: Kernel, code: Code) {
    this.#kernel = kernel;
    this.#code = code;
    this.#slots = addressSlots(kernel);
  }

  /** The number of a new buffer of the kernel's own. */
  newBuffer(): number {
    return this.#kernel.buffers.length + this.#own++;
  }

  /** Says where a buffer of the kernel's own lies in the code that is written next. */
  setScratch(buffer: number, scratch: Scratch): void {
    this.#scratch.set(buffer, scratch);
  }

  /** The length of an axis. */
  length(axis: string): Local {
    const place = this.#kernel.axes.findIndex(({ name }) => name === axis);
    if (place < 0) throw new ReferenceError(`the axis ${axis} is not declared`);
    return this.#number(frameSize(this.#kernel) - this.#kernel.axes.length + place, "u");
  }

  /** The address of an access where all axes are 0. */
  origin({ buffer, index }: Access): Local {
    const scratch = this.#scratch.get(buffer);
    if (scratch !== undefined) return scratch.address;
    const base = this.#number(this.#slots[buffer], "u");
    if (index.every(({ offset }) => offset === 0)) return base;
    const offsets = index.map(({ offset }) => offset);
    return this.#code.argument(`origin ${buffer} ${offsets}`, "i32", () => {
      this.#code.get(base);
      this.#addSteps(buffer, offsets);
    });
  }

  /** How many bytes an access moves with an axis, or null when it does not. */
  step(access: Access, axis: string): Local | null {
    const { buffer, index } = access;
    const known = this.#scratch.get(buffer)?.steps;
    if (known !== undefined) {
      const bytes = known.get(axis);
      return bytes === undefined ? null : this.#code.argument(`bytes ${bytes}`, "i32", () => this.#code.i32(bytes));
    }
    const scales = index.map((subscript) => scaleAlong(subscript, axis));
    if (scales.every((scale) => scale === 0)) return null;
    return this.#code.argument(`step ${buffer} ${scales}`, "i32", () => {
      this.#code.i32(0);
      this.#addSteps(buffer, scales);
    });
  }

  /** Whether accesses move along an axis to the next element in memory, or not at all. */
  areUnit(accesses: readonly Access[], axis: string): Local {
    const moving = accesses.flatMap((access) => {
      const step = this.step(access, axis);
      return step === null || this.#scratch.has(access.buffer) ? [] : [{ step, bytes: this.bytes(access.buffer) }];
    });
    const distinct = new Map(moving.map((one) => [`${one.step}=${one.bytes}`, one]));
    return this.#code.argument(`unit ${[...distinct.keys()].sort()}`, "i32", () => {
      this.#code.i32(1);
      for (const { step, bytes } of distinct.values()) {
        this.#code.get(step);
        this.#code.i32(bytes);
        this.#code.op("i32.eq");
        this.#code.op("i32.and");
      }
    });
  }

  /**
   * A mark that is set once a position is out of range; null in a kernel without positions.
   */
  get mark(): Local | null {
    return this.#mark;
  }

  /** Declares the mark, and returns at once where a dimension with positions is empty: nothing can be there. */
  checkPositions(): void {
    this.#mark = this.#code.local("i32");
    for (const { buffer, index } of accessesOf(this.#kernel.body))
      for (const [dim, { position }] of index.entries()) {
        if (position === undefined) continue;
        this.#code.op("i32.eqz", this.#lengthOf(buffer, dim));
        this.#code.if(() => {
          this.#code.i32(1);
          this.#code.return();
        });
      }
  }

  #lengthOf(buffer: number, dim: number): Local {
    const bound = this.#kernel.axes.find(({ extent }) =>
      extent.some((ref) => ref.buffer === buffer && ref.dim === dim),
    );
    return this.length(bound?.name ?? "");
  }

  /** Adds to the address on the stack the bytes to a position, which may count from the end; out of range, to the first. */
  addPosition(buffer: number, dim: number, position: Local): void {
    const code = this.#code;
    if (this.#mark === null) throw new ReferenceError("positions are not checked here");
    code.op("i64.extend_i32_u", this.#lengthOf(buffer, dim));
    const length = code.set("i64");
    code.get(position);
    code.get(length);
    code.i64(0n);
    code.get(position);
    code.i64(0n);
    code.op("i64.lt_s");
    code.select();
    code.op("i64.add");
    const place = code.set("i64");
    code.op("i64.lt_u", place, length);
    const isFine = code.set("i32");
    code.op("i32.eqz", isFine);
    code.op("i32.or", this.#mark);
    code.set(this.#mark);
    code.op("i32.wrap_i64", place);
    code.i32(0);
    code.get(isFine);
    code.select();
    code.get(
      code.argument(`step ${buffer} dimension ${dim}`, "i32", () => {
        code.i32(0);
        this.#addSteps(
          buffer,
          Array.from({ length: dim + 1 }, (_, i) => Number(i === dim)),
        );
      }),
    );
    code.op("i32.mul");
    code.op("i32.add");
  }

  /** The bytes of an element of a buffer. */
  bytes(buffer: number): number {
    return this.#scratch.get(buffer)?.bytes ?? bytesOf(this.#kernel.buffers[buffer].dtype);
  }

  /** Adds to what is on the stack the bytes of so many elements along each dimension. */
  #addSteps(buffer: number, counts: readonly number[]): void {
    counts.forEach((count, dim) => {
      if (count === 0) return;
      this.#code.get(this.#number(this.#slots[buffer] + 1 + dim, "s"));
      this.#code.i32(count * this.bytes(buffer));
      this.#code.op("i32.mul");
      this.#code.op("i32.add");
    });
  }

  /** A number of the frame as an integer. */
  #number(place: number, sign: "s" | "u"): Local {
    return this.#code.argument(`frame ${place}`, "i32", () => {
      this.#code.get(FRAME);
      this.#code.memory("f64.load", 8 * place);
      this.#code.op(`i32.trunc_sat_f64_${sign}`);
    });
  }
}
