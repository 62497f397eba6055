/** The body of a WebAssembly function under construction. Values live in locals; V8 puts those into registers. */
import { Bytes } from "./bytes.ts";
import { type FunctionBody, type FunctionType, typeCode, type ValueType } from "./encode.ts";
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

/** The type of a block that leaves nothing on the stack. */
const NO_RESULT = 0x40;

const GET = codeOf("local.get");
const SET = codeOf("local.set");

export class Code {
  readonly #type: FunctionType;
  readonly #locals: ValueType[] = [];
  /** What is computed before anything else. */
  readonly #prologue = new Bytes();
  readonly #prologueLocals = new Map<string, Local>();
  readonly #body = new Bytes();
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
    const own = new Bytes();
    this.#target = own;
    write();
    const local = this.set(type);
    this.#target = outer;
    this.#prologue.append(own.written);
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
    this.#target.byte(0);
    this.#target.unsigned(offset);
  }

  /** A load or store of one lane. */
  laneMemory(name: LaneMemoryInstruction, offset: number, lane: number): void {
    this.#code(codeOf(name));
    this.#target.byte(0);
    this.#target.unsigned(offset);
    this.#target.byte(lane);
  }

  /** An instruction on one lane. */
  lane(name: LaneInstruction, lane: number): void {
    this.#code(codeOf(name));
    this.#target.byte(lane);
  }

  /** Picks 16 bytes of the 32 of two vectors on the stack. */
  shuffle(bytes: readonly number[]): void {
    this.#code(CODE.shuffle);
    this.#target.append(bytes);
  }

  select(): void {
    this.#code(CODE.select);
  }

  get(local: Local): void {
    this.#coded(GET, local);
  }

  /** Stores what is on the stack, into a new local when a type is given. */
  set(target: Local | ValueType): Local {
    const local = typeof target === "string" ? this.local(target) : target;
    this.#coded(SET, local);
    return local;
  }

  i32(value: number): void {
    this.#target.byte(CODE.i32_const);
    this.#target.signed32(value);
  }

  i64(value: bigint): void {
    this.#target.byte(CODE.i64_const);
    this.#target.signed64(value);
  }

  f32(value: number): void {
    this.#target.byte(CODE.f32_const);
    this.#target.float32(value);
  }

  f64(value: number): void {
    this.#target.byte(CODE.f64_const);
    this.#target.float64(value);
  }

  call(func: number): void {
    this.#coded(CODE.call, func);
  }

  /** Calls the function whose place in the table is on the stack. */
  callIndirect(): void {
    this.#target.append([CODE.call_indirect, 0, 0]);
  }

  return(): void {
    this.#target.append([CODE.return]);
  }

  /** Runs a body when what is on the stack is not zero. */
  if(then: () => void, otherwise?: () => void): void {
    this.#target.append([CODE.if, NO_RESULT]);
    then();
    if (otherwise !== undefined) {
      this.#target.append([CODE.else]);
      otherwise();
    }
    this.#target.append([CODE.end]);
  }

  /** As {@link if}, leaving a value on the stack. */
  choose(type: ValueType, then: () => void, otherwise: () => void): void {
    this.#target.append([CODE.if, typeCode(type)]);
    then();
    this.#target.append([CODE.else]);
    otherwise();
    this.#target.append([CODE.end]);
  }

  /** Repeats a body as long as `condition` leaves something else than zero on the stack. */
  while(condition: () => void, body: () => void): void {
    condition();
    this.if(() => {
      this.#target.append([CODE.loop, NO_RESULT]);
      body();
      condition();
      this.#target.append([CODE.br_if, 0, CODE.end]);
    });
  }

  finish(): FunctionBody {
    this.#prologue.append(this.#body.written);
    return { type: this.#type, locals: this.#locals, code: this.#prologue.written };
  }

  #code(code: number): void {
    if (code < 0x100) this.#target.byte(code);
    else if (code < 0x10000) this.#coded(code >> 8, code & 0xff);
    else this.#coded(code >> 16, code & 0xffff);
  }

  /** An instruction and a number. */
  #coded(code: number, operand: number): void {
    this.#target.byte(code);
    this.#target.unsigned(operand);
  }
}
