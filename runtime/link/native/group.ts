/**
 * The native code of one function: its program and those of the graphs inside of its ops become one unit. Compiling
 * starts when the function has proved worth it, and what runs meanwhile is JavaScript.
 */
import type { BackendName } from "../../backend/backend.ts";
import type { Machine, RunProgram, UnitJob } from "../../backend/machine.ts";
import type { Apply } from "../../graph/apply.ts";
import type { Kernel } from "../../loop/ir.ts";
import { KernelNumbers } from "../kernels.ts";

/** A function is worth compiling once it has computed for so many milliseconds, or was called so often. */
const HOT_MILLISECONDS = 2;
const HOT_CALLS = 20;

/** What has kernels to be compiled. */
export interface Member {
  /** Numbers its kernels; called once, when compiling starts. */
  enlist(group: NativeGroup): void;
}

export class NativeGroup {
  readonly machine: Machine;
  readonly #members: Member[] = [];
  readonly #kernels: Kernel[] = [];
  readonly #numbers = new KernelNumbers();
  #job: UnitJob | null = null;
  #hasStarted = false;
  #calls = 0;
  #milliseconds = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  add(member: Member): void {
    this.#members.push(member);
  }

  /** The number of a node's kernel in the unit; that of an equal node serves. */
  numberOf(node: Apply, kernel: Kernel): number {
    return this.#numbers.numberOf(node, () => this.#kernels.push(kernel));
  }

  /** Adds a kernel that no other node shares; its number. */
  addKernel(kernel: Kernel): number {
    return this.#kernels.push(kernel);
  }

  /** Takes note of a run in JavaScript. */
  spent(milliseconds: number): void {
    if (this.#hasStarted) return;
    this.#milliseconds += milliseconds;
    if (++this.#calls >= HOT_CALLS || this.#milliseconds >= HOT_MILLISECONDS) this.start();
  }

  /** Starts compiling, unless that has been done. */
  start(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    for (const member of this.#members) member.enlist(this);
    if (this.#kernels.length > 0) this.#job = this.machine.compile(this.#kernels);
  }

  /** The driver of the unit once it is compiled; null before, and for good where there is none. */
  poll(): RunProgram | null {
    return this.#job === null ? null : this.#job.poll();
  }

  /** Compiles now, and waits for it. */
  wait(): void {
    this.start();
    this.#job?.wait();
  }

  /** What runs at present. */
  get tier(): BackendName {
    return this.poll() === null ? "js" : this.machine.name;
  }

  /** Whether native code is still on its way, or could be. */
  get isPending(): boolean {
    return !this.#hasStarted || (this.#job?.isPending() ?? false);
  }
}
