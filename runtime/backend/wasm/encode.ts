/** WebAssembly modules as bytes. Source of the format: WebAssembly core specification 2.0, chapter 5. */

import { Bytes } from "./bytes.ts";
import { CODE } from "./instructions.ts";

/** The type of a local, an operand or a result. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A function: the types of its locals after the parameters, and the code of its body without the last `end`. */
export interface FunctionBody {
  readonly type: FunctionType;
  readonly locals: readonly ValueType[];
  readonly code: Uint8Array;
}

/** What a module is made of. Its memory and its imported functions come from one imported object, `env`. */
export interface ModuleSpec {
  /** Imported functions by name; they are the first in the numbering of functions. */
  readonly imports: readonly { readonly name: string; readonly type: FunctionType }[];
  readonly functions: readonly FunctionBody[];
  /** The functions in the table for indirect calls, by number. Their type is the one with the number 0. */
  readonly table: { readonly type: FunctionType; readonly functions: readonly number[] };
  /** Exported functions, by name and number. */
  readonly exports: readonly { readonly name: string; readonly func: number }[];
  /** The upper limit of the memory, in pages of 64 KiB. */
  readonly maxPages: number;
}

const TYPE_CODES: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const FUNCTION_KIND = 0;
const MEMORY_KIND = 2;
const FUNCREF = 0x70;

/** The code of a value type, as in declarations of locals and blocks. */
export function typeCode(type: ValueType): number {
  return TYPE_CODES[type];
}

/** The module in binary format. */
export function encodeModule(spec: ModuleSpec): Uint8Array {
  const types = new TypeTable();
  types.indexOf(spec.table.type);
  const imports = spec.imports.map(({ name, type }) => ({ name, type: types.indexOf(type) }));
  const functions = spec.functions.map(({ type }) => types.indexOf(type));
  const module = new Bytes();
  module.append([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const section = (id: number, write: (bytes: Bytes) => void): void => {
    const content = new Bytes();
    write(content);
    module.byte(id);
    module.sized(content.written);
  };
  section(1, (bytes) => bytes.vector(types.all, (type) => writeType(bytes, type)));
  section(2, (bytes) => writeImports(bytes, imports, spec.maxPages));
  section(3, (bytes) => bytes.vector(functions, (type) => bytes.unsigned(type)));
  section(4, (bytes) => {
    bytes.append([1, FUNCREF, 0]);
    bytes.unsigned(spec.table.functions.length);
  });
  section(7, (bytes) =>
    bytes.vector(spec.exports, ({ name, func }) => {
      bytes.text(name);
      bytes.byte(FUNCTION_KIND);
      bytes.unsigned(func);
    }),
  );
  section(9, (bytes) => {
    // One run of elements, from place 0 on.
    bytes.append([1, 0, CODE.i32_const, 0, CODE.end]);
    bytes.vector(spec.table.functions, (func) => bytes.unsigned(func));
  });
  section(10, (bytes) => bytes.vector(spec.functions, (body) => writeBody(bytes, body)));
  return module.written;
}

/** Function types, each with a number. */
class TypeTable {
  readonly #numbers = new Map<string, number>();
  readonly all: FunctionType[] = [];

  indexOf(type: FunctionType): number {
    const key = `${type.parameters.join()}>${type.results.join()}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.all.length);
    return this.all.push(type) - 1;
  }
}

function writeType(bytes: Bytes, { parameters, results }: FunctionType): void {
  bytes.byte(0x60);
  for (const types of [parameters, results]) bytes.vector(types, (type) => bytes.byte(typeCode(type)));
}

function writeImports(
  bytes: Bytes,
  imports: readonly { readonly name: string; readonly type: number }[],
  maxPages: number,
): void {
  bytes.unsigned(imports.length + 1);
  for (const { name, type } of imports) {
    bytes.text("env");
    bytes.text(name);
    bytes.byte(FUNCTION_KIND);
    bytes.unsigned(type);
  }
  bytes.text("env");
  bytes.text("memory");
  bytes.append([MEMORY_KIND, 1, 0]);
  bytes.unsigned(maxPages);
}

function writeBody(bytes: Bytes, { locals, code }: FunctionBody): void {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  const body = new Bytes();
  body.vector(runs, ({ type, count }) => {
    body.unsigned(count);
    body.byte(typeCode(type));
  });
  body.append(code);
  body.byte(CODE.end);
  bytes.sized(body.written);
}
