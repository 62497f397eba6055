/** WebAssembly modules as bytes. Source of the format: WebAssembly core specification 2.0, chapter 5. */

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
  readonly code: readonly number[];
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

/** An unsigned number in LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

/** A signed number in LEB128. */
export function signed(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  while (rest < -0x40n || rest > 0x3fn) {
    bytes.push(Number(rest & 0x7fn) + 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest & 0x7fn)];
}

/** The code of a value type, as in declarations of locals and blocks. */
export function typeCode(type: ValueType): number {
  return TYPE_CODES[type];
}

/** The module in binary format. */
export function encodeModule(spec: ModuleSpec): Uint8Array {
  const types = new TypeTable();
  types.indexOf(spec.table.type);
  const imports = spec.imports.map(({ name, type }) => [
    ...text("env"),
    ...text(name),
    FUNCTION_KIND,
    ...unsigned(types.indexOf(type)),
  ]);
  const memory = [...text("env"), ...text("memory"), MEMORY_KIND, 1, 0, ...unsigned(spec.maxPages)];
  const functions = spec.functions.map(({ type }) => unsigned(types.indexOf(type)));
  const size = unsigned(spec.table.functions.length);
  const table = [FUNCREF, 0, ...size];
  const elements = [0, 0x41, 0, 0x0b, ...vector(spec.table.functions.map(unsigned))];
  const exported = spec.exports.map(({ name, func }) => [...text(name), FUNCTION_KIND, ...unsigned(func)]);
  const sections: readonly (readonly [number, readonly (readonly number[])[]])[] = [
    [1, types.encoded],
    [2, [...imports, memory]],
    [3, functions],
    [4, [table]],
    [7, exported],
    [9, [elements]],
    [10, spec.functions.map(encodeBody)],
  ];
  const bytes = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  for (const [id, entries] of sections) {
    const content = vector(entries);
    append(bytes, [id, ...unsigned(content.length)]);
    append(bytes, content);
  }
  return Uint8Array.from(bytes);
}

/** Function types, each with a number. */
class TypeTable {
  readonly #numbers = new Map<string, number>();
  readonly encoded: number[][] = [];

  indexOf({ parameters, results }: FunctionType): number {
    const key = `${parameters.join()}>${results.join()}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(key, number);
    const list = (types: readonly ValueType[]) => vector(types.map((type) => [typeCode(type)]));
    this.encoded.push([0x60, ...list(parameters), ...list(results)]);
    return number;
  }
}

function encodeBody({ locals, code }: FunctionBody): number[] {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  const declared = vector(runs.map(({ type, count }) => [...unsigned(count), typeCode(type)]));
  const bytes = unsigned(declared.length + code.length + 1);
  append(bytes, declared);
  append(bytes, code);
  bytes.push(0x0b);
  return bytes;
}

/** The number of entries, then the entries. */
function vector(entries: readonly (readonly number[])[]): number[] {
  const bytes = unsigned(entries.length);
  for (const entry of entries) append(bytes, entry);
  return bytes;
}

function text(name: string): number[] {
  return vector(Array.from(new TextEncoder().encode(name), (byte) => [byte]));
}

/** Spreading long lists into a call overflows the stack. */
function append(bytes: number[], more: readonly number[]): void {
  for (const byte of more) bytes.push(byte);
}
