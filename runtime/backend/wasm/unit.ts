/** Kernels as one WebAssembly module, instantiated once, with a function that runs a whole program of them. */
import type { Kernel } from "../../loop/ir.ts";
import { Code, type Local } from "./code.ts";
import { emitKernel } from "./emit.ts";
import { encodeModule, type FunctionBody, type FunctionType } from "./encode.ts";
import { type LinearMemory, linearMemory, MAX_PAGES } from "./memory.ts";

/** Compiled kernels. */
export interface WasmUnit {
  /**
   * Runs a program: `count` pairs of 8-byte floats from the byte address `program` on, each the number of a kernel and
   * the byte address of its frame. Lengths must have been checked (`loop/lengths.ts`).
   */
  run(program: number, count: number): void;
  /** The memory that addresses are of. */
  readonly memory: LinearMemory;
}

/** The number of the imported function; it comes before all others. */
const SCRATCH = 0;
const SCRATCH_TYPE: FunctionType = { parameters: ["i32"], results: ["i32"] };
const RUN_TYPE: FunctionType = { parameters: ["i32", "i32"], results: [] };
/** The number of the type of kernels among a module's types: that of the imported function comes before. */
const KERNEL_TYPE_NUMBER = 1;

/** Compiles kernels that the backend supports into one module. */
export function compileUnit(kernels: readonly Kernel[]): WasmUnit {
  const bytes = encodeModule({
    imports: [{ name: "scratch", type: SCRATCH_TYPE }],
    functions: [...kernels.map((kernel) => emitKernel(kernel, SCRATCH)), driver()],
    table: kernels.map((_, i) => i + 1),
    exports: [{ name: "run", func: kernels.length + 1 }],
    maxPages: MAX_PAGES,
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory: linearMemory.memory, scratch: (size: number) => linearMemory.scratch(size >>> 0) },
  });
  const { run } = exports;
  if (typeof run !== "function") throw new TypeError("the module exports no function run");
  return { run: (program, count) => run(program, count), memory: linearMemory };
}

/** The function that runs a program, given its address and how many kernels it has. */
function driver(): FunctionBody {
  const code = new Code(RUN_TYPE);
  const [program, count] = [0, 1];
  const load = (offset: number): void => {
    code.get(program);
    code.memory("f64.load", offset);
    code.op("i32.trunc_sat_f64_u");
  };
  const step = (local: Local, amount: number): void => {
    code.get(local);
    code.i32(amount);
    code.op("i32.add");
    code.set(local);
  };
  code.while(
    () => code.get(count),
    () => {
      load(8);
      load(0);
      code.callIndirect(KERNEL_TYPE_NUMBER);
      step(program, 16);
      step(count, -1);
    },
  );
  return code.finish();
}
