/**
 * The processes that start compilers: shells that read commands from a pipe. Starting a program from a process with
 * gigabytes of memory takes long, from a small one it does not, and a compiler must not stop who waits for nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";

/** As many compilers run at once. */
const SHELLS = 2;

class Shell {
  #child: ChildProcess | null = null;

  /** Runs a command after those that were sent before. */
  run(command: string): void {
    const child = this.#alive();
    child.stdin?.write(`${command}\n`);
  }

  #alive(): ChildProcess {
    const running = this.#child;
    if (running !== null && running.exitCode === null && running.signalCode === null) return running;
    // A session of its own: what interrupts a cell must not interrupt the compiler.
    const child = spawn("/bin/sh", ["-s"], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    child.on("error", () => {});
    child.stdin.on("error", () => {});
    child.unref();
    const { stdin } = child;
    if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref();
    this.#child = child;
    return child;
  }
}

const shells = Array.from({ length: SHELLS }, () => new Shell());
let next = 0;

/** Runs a shell command in the background. */
export function runInBackground(command: string): void {
  shells[next++ % SHELLS].run(command);
}

/** A text as one word of a shell command. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
