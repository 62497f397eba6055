/** Modules made by hand are valid and compute. */
import { expect, test } from "vitest";
import { Bytes } from "./bytes.ts";
import { Code } from "./code.ts";
import { encodeModule, type FunctionBody, type ValueType } from "./encode.ts";
import { LinearMemory, MAX_PAGES } from "./memory.ts";

// The examples of the specification of DWARF, 7.6.
test.each([
  [2, [2]],
  [127, [127]],
  [128, [0x80, 1]],
  [129, [0x81, 1]],
  [12857, [57 + 0x80, 100]],
  [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
])("the unsigned number %d", (value, wanted) => {
  const bytes = new Bytes();
  bytes.unsigned(value);
  expect([...bytes.written]).toEqual(wanted);
});

test.each([
  [2, [2]],
  [-2, [0x7e]],
  [127, [0xff, 0]],
  [-127, [0x81, 0x7f]],
  [128, [0x80, 1]],
  [-129, [0xff, 0x7e]],
  [-(2n ** 63n), [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f]],
])("the signed number %d", (value, wanted) => {
  const bytes = new Bytes();
  if (typeof value === "bigint") bytes.signed64(value);
  else bytes.signed32(value);
  expect([...bytes.written]).toEqual(wanted);
});

/** A function of some parameters, from the code that leaves its result on the stack. */
function bodyOf(parameters: readonly ValueType[], result: ValueType, write: (code: Code) => void): FunctionBody {
  const code = new Code({ parameters, results: [result] });
  write(code);
  return code.finish();
}

/** The functions of a module, which must be valid. */
function instantiate(
  functions: readonly FunctionBody[],
  memory = new LinearMemory(),
): ((...args: unknown[]) => unknown)[] {
  const bytes = encodeModule({
    imports: [{ name: "double", type: { parameters: ["i32"], results: ["i32"] } }],
    functions,
    table: { type: { parameters: ["i32"], results: ["i32"] }, functions: functions.map((_, i) => i + 1) },
    exports: functions.map((_, i) => ({ name: `f${i}`, func: i + 1 })),
    maxPages: MAX_PAGES,
  });
  expect(WebAssembly.validate(bytes)).toBe(true);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory: memory.memory, double: (x: number) => 2 * x },
  });
  return functions.map((_, i) => {
    const func = exports[`f${i}`];
    if (typeof func !== "function") throw new TypeError(`there is no f${i}`);
    return (...args) => func(...args);
  });
}

test("a loop adds numbers", () => {
  const sum = bodyOf(["i32"], "i32", (code) => {
    const total = code.local("i32");
    code.while(
      () => code.get(0),
      () => {
        code.op("i32.add", total, 0);
        code.set(total);
        code.get(0);
        code.i32(-1);
        code.op("i32.add");
        code.set(0);
      },
    );
    code.get(total);
  });
  const [run] = instantiate([sum]);
  expect([run(0), run(1), run(100)]).toEqual([0, 1, 5050]);
});

test("functions call imported ones, and each other through the table", () => {
  const triple = bodyOf(["i32"], "i32", (code) => {
    code.get(0);
    code.call(0);
    code.op("i32.add", 0);
  });
  const sixfold = bodyOf(["i32"], "i32", (code) => {
    code.get(0);
    code.call(0);
    code.i32(0);
    code.callIndirect();
  });
  const [, run] = instantiate([triple, sixfold]);
  expect(run(7)).toBe(42);
});

test("what depends on the arguments only is computed once, before the rest", () => {
  const twice = bodyOf(["f64"], "f64", (code) => {
    const root = (): number => code.argument("root", "f64", () => code.op("f64.sqrt", 0));
    code.op("f64.mul", root(), root());
  });
  expect(instantiate([twice])[0](9)).toBe(9);
});

test("vectors are loaded, computed with, picked apart and stored", () => {
  const memory = new LinearMemory();
  const address = memory.allocate(32);
  const swapAndAdd = bodyOf(["i32"], "f64", (code) => {
    code.get(0);
    code.memory("v128.load");
    const vector = code.set("v128");
    code.get(0);
    code.get(vector);
    code.get(vector);
    code.shuffle([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]);
    code.memory("v128.store", 16);
    code.get(vector);
    code.lane("f64x2.extract_lane", 0);
    code.get(vector);
    code.lane("f64x2.extract_lane", 1);
    code.op("f64.add");
  });
  const [run] = instantiate([swapAndAdd], memory);
  memory.floats.set([1.5, 2.25], address / 8);
  expect(run(address)).toBe(3.75);
  expect([...memory.floats.subarray(address / 8, address / 8 + 4)]).toEqual([1.5, 2.25, 2.25, 1.5]);
});
