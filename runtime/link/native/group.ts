/**
 * The native code of one function: its program and those of the graphs inside of its ops become one unit. Compiling
 * starts when the function has proved worth it, and what runs meanwhile is JavaScript.
 */
import type { NDArray } from "../../array/ndarray.ts";
import type { BackendName } from "../../backend/backend.ts";
import { FIRST, type Machine, type RunProgram, type UnitJob } from "../../backend/machine.ts";
import type { Kernel } from "../../loop/ir.ts";
import { kernelText } from "../../loop/text.ts";

/** A function is worth compiling once it has computed for so many milliseconds, or was called so often. */
const HOT_MILLISECONDS = 2;
const HOT_CALLS = 20;
/** Compiling starts when JavaScript pauses, lest a result be late. Loops that never pause wait for so many milliseconds. */
const PATIENCE = 50;

/** What has kernels to be compiled. */
export interface Member {
  /** Numbers its kernels; called when compiling starts, and again for another machine where that fails. */
  enlist(unit: NativeUnit): void;
}

/** The kernels of a function on their way to one machine. */
export class NativeUnit {
  readonly machine: Machine;
  readonly #kernels: Kernel[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #job: UnitJob | null;

  constructor(machine: Machine, members: readonly Member[]) {
    this.machine = machine;
    for (const member of members) member.enlist(this);
    this.#job = this.#kernels.length > 0 ? machine.compile(this.#kernels) : null;
  }

  /** The number of a kernel; that of an equal one serves: layers of a network are the same again and again. */
  numberOf(kernel: Kernel): number {
    const key = kernelText({ ...kernel, name: "" });
    const number = this.#numbers.get(key) ?? FIRST - 1 + this.#kernels.push(kernel);
    this.#numbers.set(key, number);
    return number;
  }

  poll(): RunProgram | null {
    return this.#job?.poll() ?? null;
  }

  wait(): RunProgram | null {
    return this.#job?.wait() ?? null;
  }

  get isPending(): boolean {
    return this.#job?.isPending() ?? false;
  }

  /** Whether there were kernels, and no code came of them. */
  get hasFailed(): boolean {
    return this.#job !== null && !this.#job.isPending() && this.#job.poll() === null;
  }
}

export class NativeGroup {
  /** Those to be tried, the best first. */
  readonly #machines: Machine[];
  readonly #members: Member[] = [];
  #unit: NativeUnit | null = null;
  #run: RunProgram | null = null;
  #calls = 0;
  #milliseconds = 0;
  #isScheduled = false;

  constructor(machines: readonly Machine[]) {
    this.#machines = [...machines];
  }

  add(member: Member): void {
    this.#members.push(member);
  }

  /** Takes note of a run in JavaScript. */
  spent(milliseconds: number): void {
    if (this.#unit !== null) return;
    this.#milliseconds += milliseconds;
    const isHot = ++this.#calls >= HOT_CALLS || this.#milliseconds >= HOT_MILLISECONDS;
    if (!isHot || this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#startLater()).unref();
  }

  #startLater(): void {
    try {
      this.start();
    } catch {
      // The next call tries again, and tells.
      this.#milliseconds = Number.POSITIVE_INFINITY;
    }
  }

  /** Starts compiling, unless that has been done. */
  start(): void {
    if (this.#unit === null) this.#compileOnNext();
  }

  #compileOnNext(): void {
    const machine = this.#machines.shift();
    if (machine !== undefined) this.#unit = new NativeUnit(machine, this.#members);
  }

  /** The driver for a run that is about to begin; null: it runs in JavaScript. */
  poll(): RunProgram | null {
    if (this.#unit === null && this.#milliseconds >= PATIENCE) this.start();
    return this.#look();
  }

  /** The driver of the unit once it is compiled; null before, and for good where there is none. */
  #look(): RunProgram | null {
    if (this.#run !== null || this.#unit === null) return this.#run;
    this.#run = this.#unit.poll();
    if (this.#run === null && this.#unit.hasFailed) this.#compileOnNext();
    return this.#run;
  }

  /** Compiles now, and waits for it. */
  wait(): void {
    this.start();
    while (this.#look() === null && this.isPending) this.#unit?.wait();
  }

  /** Memory that a result had and that nobody holds any more may be used again. */
  recycle(array: NDArray): void {
    if (this.#run !== null) this.#unit?.machine.recycle(array);
  }

  /** What runs at present. */
  get tier(): BackendName {
    return this.#look() === null ? "js" : (this.#unit?.machine.name ?? "js");
  }

  /** Whether native code is still on its way. */
  get isPending(): boolean {
    if (this.#run !== null || this.#unit === null) return false;
    return this.#unit.isPending || (this.#unit.hasFailed && this.#machines.length > 0);
  }
}
