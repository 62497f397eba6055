/** Native code by way of C. */
import type { Kernel } from "../../loop/ir.ts";
import type { Machine, RunProgram, UnitJob } from "../machine.ts";
import { type Compilation, type CompileJob, compileC } from "./compiler.ts";
import { createResult, elementAddress, programMemory, recycleResult, reserve } from "./memory.ts";
import { freeBuffers } from "./product.ts";
import { refusalOf } from "./refusal.ts";
import { ENTRY, unitOf } from "./unit.ts";

/** A unit on its way. */
class CUnit implements UnitJob {
  readonly #job: CompileJob;
  #run: RunProgram | null = null;
  #hasEnded = false;

  constructor(job: CompileJob) {
    this.#job = job;
  }

  poll(): RunProgram | null {
    if (!this.#hasEnded) this.#take(this.#job.poll());
    return this.#run;
  }

  isPending(): boolean {
    this.poll();
    return !this.#hasEnded;
  }

  wait(): RunProgram | null {
    if (!this.#hasEnded) this.#take(this.#job.wait());
    return this.#run;
  }

  #take(compilation: Compilation): void {
    if (compilation.state === "pending") return;
    this.#hasEnded = true;
    if (compilation.state === "ready") this.#run = compilation.library.entry(ENTRY);
  }
}

export const cMachine: Machine = {
  name: "c",
  refuses: refusalOf,
  freeBuffers,
  compile(kernels: readonly Kernel[]) {
    const { source, linkFlags } = unitOf(kernels);
    return new CUnit(compileC(source, { linkFlags }));
  },
  program: programMemory,
  reserve,
  keep: (array) => ({ address: elementAddress(array), array }),
  enter: elementAddress,
  exit() {},
  resultsStay: true,
  stopsLoops: false,
  create: createResult,
  recycle: recycleResult,
  leave() {},
};
