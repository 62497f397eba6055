/** Products and sums in one instruction, which relaxed SIMD has (in Node.js from version 21 on); it may round once or twice. */
import { Code, type Local } from "./code.ts";
import { encodeModule } from "./encode.ts";
import { MAX_PAGES } from "./memory.ts";

let isKnown: boolean | null = null;

/** Whether this engine has the instructions. */
export function hasFused(): boolean {
  isKnown ??= WebAssembly.validate(sample());
  return isKnown;
}

/** A module that uses one of them. */
function sample(): Uint8Array {
  const type = { parameters: ["v128"], results: ["v128"] } as const;
  const code = new Code(type);
  code.op("f64x2.relaxed_madd", 0, 0, 0);
  return encodeModule({
    imports: [],
    functions: [code.finish()],
    table: { type, functions: [] },
    exports: [],
    maxPages: MAX_PAGES,
  });
}

/** `a·b + c` on the stack, or `c - a·b`. */
export function multiplyAdd(
  code: Code,
  shape: "f32x4" | "f64x2",
  [a, b]: readonly [Local, Local],
  c: Local,
  sign: 1 | -1 = 1,
): void {
  if (hasFused()) {
    code.op(sign === 1 ? `${shape}.relaxed_madd` : `${shape}.relaxed_nmadd`, a, b, c);
    return;
  }
  code.get(c);
  code.op(`${shape}.mul`, a, b);
  code.op(sign === 1 ? `${shape}.add` : `${shape}.sub`);
}
