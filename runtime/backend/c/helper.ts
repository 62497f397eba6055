/**
 * The process that starts compilers: a shell that reads commands from a pipe. Starting a program from a process with
 * gigabytes of memory takes long, from a small one it does not. Its compilers go on when this process ends or is
 * interrupted, so that their work is not lost.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** As many compilers run at once. */
const LANES = 2;

/** A running shell. */
export interface Helper {
  /** Whether it may still do what it was told. */
  isAlive(): boolean;
  /** Ends it and what it started. */
  kill(): void;
}

class Shell implements Helper {
  readonly #child: ChildProcess;
  #commands = 0;
  #isKilled = false;

  constructor() {
    // A session of its own: what interrupts a cell must not interrupt the compiler.
    const child = spawn("/bin/sh", ["-s"], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    child.on("error", () => {});
    child.stdin.on("error", () => {});
    child.unref();
    const { stdin } = child;
    if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref();
    this.#child = child;
  }

  /** Runs a command in the background, after those that were sent before to the same lane. */
  run(command: string): void {
    const lane = `lane${this.#commands++ % LANES}`;
    this.#child.stdin?.write(`[ -z "$${lane}" ] || wait "$${lane}"\n{\n${command}\n} &\n${lane}=$!\n`);
  }

  isAlive(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    if (this.#isKilled || pid === undefined || exitCode !== null || signalCode !== null) return false;
    return process.platform !== "linux" || isRunning(pid);
  }

  kill(): void {
    this.#isKilled = true;
    const { pid } = this.#child;
    try {
      if (pid !== undefined) process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/** Whether a child runs. Node hears of its end only while no JavaScript runs. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

let shell: Shell | null = null;

function runningShell(): Shell {
  if (shell?.isAlive() !== true) shell = new Shell();
  return shell;
}

/** Starts the helper as soon as JavaScript pauses: while the process is still small, that takes a millisecond or two. */
export function startHelperSoon(): void {
  if (shell === null) setImmediate(runningShell).unref();
}

/** Runs a shell command in the background. */
export function runInBackground(command: string): Helper {
  const helper = runningShell();
  helper.run(command);
  return helper;
}

/** A text as one word of a shell command. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
