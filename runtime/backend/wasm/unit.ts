/** Kernels as one WebAssembly module, instantiated once, with a function that runs a whole program of them. */
import "./webassembly.ts";
import type { Kernel } from "../../loop/ir.ts";
import { Code, type Local } from "./code.ts";
import { copy } from "./copy.ts";
import { emitKernel, KERNEL_TYPE } from "./emit.ts";
import { encodeModule, type FunctionBody, type FunctionType } from "./encode.ts";
import { Library } from "./library.ts";
import { runLoop } from "./loop.ts";
import { type LinearMemory, linearMemory, MAX_PAGES } from "./memory.ts";

/** Compiled kernels. */
export interface WasmUnit {
  /**
   * Runs a program: `count` pairs of 8-byte floats from the byte address `program` on, each the number of a kernel and
   * the byte address of its frame. Lengths must have been checked (`loop/lengths.ts`). Gives 0, or which of them refused
   * a position, counted from 1; those after it do not run.
   */
  run(program: number, count: number): number;
  /** The memory that addresses are of. */
  readonly memory: LinearMemory;
}

const RUN_TYPE: FunctionType = { parameters: ["i32", "i32"], results: ["i32"] };

/**
 * Compiles kernels that the backend supports into one module; they are numbered from 0 on.
 * @param isMachine whether they come after the kernels that every unit of a machine has: those that copy and loop.
 */
export function compileUnit(kernels: readonly Kernel[], isMachine = false): WasmUnit {
  const library = new Library((size) => linearMemory.scratch(size >>> 0));
  const bodies = kernels.map((kernel) => emitKernel(kernel, library));
  const common = isMachine ? [COPY_FUNCTION, loopFunction((program) => runProgram(program))] : [];
  const imports = [...library.functions, ...common];
  const first = imports.length;
  const bytes = encodeModule({
    imports,
    functions: [...bodies, driver()],
    table: {
      type: KERNEL_TYPE,
      functions: [...common.map((_, i) => library.functions.length + i), ...kernels.map((_, i) => first + i)],
    },
    exports: [{ name: "run", func: first + kernels.length }],
    maxPages: MAX_PAGES,
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    env: { memory: linearMemory.memory, ...Object.fromEntries(imports.map(({ name, func }) => [name, func])) },
  });
  const { run } = exports;
  if (typeof run !== "function") throw new TypeError("the module exports no function run");
  const runProgram = (program: number): number => Number(run(program + 8, linearMemory.floats[program / 8]));
  return { run: (program, count) => Number(run(program, count)), memory: linearMemory };
}

/** The kernel that copies, in JavaScript: what needs it is rare, and not worth a module's size. */
const COPY_FUNCTION = { name: "copy", type: KERNEL_TYPE, func: copyKernel };

function copyKernel(frame: number): number {
  copy(linearMemory, frame);
  return 0;
}

/** The kernel that runs a program step by step, in JavaScript, so that it can be stopped. */
function loopFunction(run: (program: number) => number): typeof COPY_FUNCTION {
  return { name: "loop", type: KERNEL_TYPE, func: (frame) => runLoop(linearMemory, frame, run) };
}

/** The function that runs a program, given its address and how many kernels it has. */
function driver(): FunctionBody {
  const code = new Code(RUN_TYPE);
  const [program, count] = [0, 1];
  const done = code.local("i32");
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
      code.callIndirect();
      step(done, 1);
      code.if(() => {
        code.get(done);
        code.return();
      });
      step(program, 16);
      step(count, -1);
    },
  );
  code.i32(0);
  return code.finish();
}
