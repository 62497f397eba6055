/** The body of a WebAssembly function under construction. Values live in locals; V8 puts those into registers. */
import { type FunctionBody, type FunctionType, signed, typeCode, unsigned, type ValueType } from "./encode.ts";
import {
  CODE,
  codeOf,
  type Instruction,
  type LaneInstruction,
  type LaneMemoryInstruction,
  type MemoryInstruction,
} from "./instructions.ts";

/** A local, by its number. */
export type Local = number;

/** What all locals of a type share are written once: constants, and what depends on the arguments only. */
const NO_RESULT = 0x40;

export class Code {
  readonly #type: FunctionType;
  readonly #locals: ValueType[] = [];
  /** What is computed before anything else. */
  readonly #prologue: number[] = [];
  readonly #prologueLocals = new Map<string, Local>();
  readonly #body: number[] = [];
  #target = this.#body;

  constructor(type: FunctionType) {
    this.#type = type;
  }

  /** A new local. */
  local(type: ValueType): Local {
    this.#locals.push(type);
    return this.#type.parameters.length + this.#locals.length - 1;
  }

  /** The local that `write` leaves on the stack before anything else runs; the same one for the same key. */
  argument(key: string, type: ValueType, write: () => void): Local {
    const known = this.#prologueLocals.get(key);
    if (known !== undefined) return known;
    const outer = this.#target;
    const own: number[] = [];
    this.#target = own;
    write();
    const local = this.set(type);
    this.#target = outer;
    for (const byte of own) this.#prologue.push(byte);
    this.#prologueLocals.set(key, local);
    return local;
  }

  /** An instruction on operands in locals, after those that are on the stack already. */
  op(name: Instruction, ...operands: readonly Local[]): void {
    for (const operand of operands) this.get(operand);
    this.#code(codeOf(name));
  }

  /** A load from, or a store to, an address on the stack plus `offset` bytes. */
  memory(name: MemoryInstruction, offset = 0): void {
    this.#code(codeOf(name));
    this.#bytes([0, ...unsigned(offset)]);
  }

  /** A load or store of one lane. */
  laneMemory(name: LaneMemoryInstruction, offset: number, lane: number): void {
    this.#code(codeOf(name));
    this.#bytes([0, ...unsigned(offset), lane]);
  }

  /** An instruction on one lane. */
  lane(name: LaneInstruction, lane: number): void {
    this.#code(codeOf(name));
    this.#bytes([lane]);
  }

  /** Picks 16 bytes of the 32 of two vectors on the stack. */
  shuffle(bytes: readonly number[]): void {
    this.#code(CODE.shuffle);
    this.#bytes(bytes);
  }

  select(): void {
    this.#code(CODE.select);
  }

  get(local: Local): void {
    this.#bytes([0x20, ...unsigned(local)]);
  }

  /** Stores what is on the stack, into a new local when a type is given. */
  set(target: Local | ValueType): Local {
    const local = typeof target === "string" ? this.local(target) : target;
    this.#bytes([0x21, ...unsigned(local)]);
    return local;
  }

  i32(value: number): void {
    this.#bytes([CODE.i32_const, ...signed(value | 0)]);
  }

  i64(value: bigint): void {
    this.#bytes([CODE.i64_const, ...signed(BigInt.asIntN(64, value))]);
  }

  f32(value: number): void {
    this.#bytes([CODE.f32_const, ...new Uint8Array(Float32Array.of(value).buffer)]);
  }

  f64(value: number): void {
    this.#bytes([CODE.f64_const, ...new Uint8Array(Float64Array.of(value).buffer)]);
  }

  call(func: number): void {
    this.#bytes([CODE.call, ...unsigned(func)]);
  }

  /** Calls the function whose place in the table is on the stack. */
  callIndirect(): void {
    this.#bytes([CODE.call_indirect, 0, 0]);
  }

  return(): void {
    this.#bytes([CODE.return]);
  }

  /** Runs a body when what is on the stack is not zero. */
  if(then: () => void, otherwise?: () => void): void {
    this.#bytes([CODE.if, NO_RESULT]);
    then();
    if (otherwise !== undefined) {
      this.#bytes([CODE.else]);
      otherwise();
    }
    this.#bytes([CODE.end]);
  }

  /** As {@link if}, leaving a value on the stack. */
  choose(type: ValueType, then: () => void, otherwise: () => void): void {
    this.#bytes([CODE.if, typeCode(type)]);
    then();
    this.#bytes([CODE.else]);
    otherwise();
    this.#bytes([CODE.end]);
  }

  /** Repeats a body as long as `condition` leaves something else than zero on the stack. */
  while(condition: () => void, body: () => void): void {
    condition();
    this.if(() => {
      this.#bytes([CODE.loop, NO_RESULT]);
      body();
      condition();
      this.#bytes([CODE.br_if, 0, CODE.end]);
    });
  }

  finish(): FunctionBody {
    const code = [...this.#prologue];
    for (const byte of this.#body) code.push(byte);
    return { type: this.#type, locals: this.#locals, code };
  }

  #code(code: number): void {
    if (code < 0x100) this.#bytes([code]);
    else this.#bytes([code >> 8, ...unsigned(code & 0xff)]);
  }

  #bytes(bytes: readonly number[]): void {
    for (const byte of bytes) this.#target.push(byte);
  }
}
