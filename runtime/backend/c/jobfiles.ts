/** The files of a compilation, and the shell command that brings them forward: each step shows by a new name. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { entryPath } from "./cache.ts";
import { quote } from "./helper.ts";
import type { Toolchain } from "./toolchain.ts";

/** What to compile into which entry. */
export interface Task {
  readonly source: string;
  readonly toolchain: Toolchain;
  readonly linkFlags: readonly string[];
  readonly folder: string;
  readonly key: string;
  /** Seconds of computing after which the compiler is ended even if nobody looks; 0 for none. */
  readonly limit: number;
  /** When the source is kept. */
  readonly keepsSource: "never" | "failed" | "always";
  /** Whether somebody wants to read what the compiler said although it made a library. */
  readonly keepsRemarks: boolean;
}

/** How a compiler failed. */
export interface Complaint {
  readonly text: string;
  /** As shells tell it: above 128, the signal that ended it; 0 where it thinks that all is well. */
  readonly code: number;
}

export class JobFiles {
  readonly #task: Task;
  readonly #base: string;

  /** @throws Error where the folder cannot be written. */
  constructor(task: Task, name: string) {
    this.#task = task;
    this.#base = join(task.folder, `${task.key}-${name}`);
    // On a full disk no more files can be made, but names can be changed: this one tells of failure.
    writeFileSync(this.#path(".wait"), "");
    writeFileSync(this.#path(".c"), task.source);
  }

  #path(ending: string): string {
    return `${this.#base}${ending}`;
  }

  /** Whether a compiler has begun. */
  get hasStarted(): boolean {
    return existsSync(this.#path(".run"));
  }

  /** There is the library. */
  get isDone(): boolean {
    return existsSync(entryPath(this.#task.folder, this.#task.key));
  }

  /** How the compiler failed; null while it has not. */
  get complaint(): Complaint | null {
    const log = readIfThere(this.#path(".err"));
    if (log === null) return null;
    const lines = log.trimEnd().split("\n");
    const code = /^exit (\d+)$/.exec(lines.at(-1) ?? "")?.[1];
    return { text: (code === undefined ? lines : lines.slice(0, -1)).join("\n").trim(), code: Number(code ?? 1) };
  }

  /** What it said all the same; empty for nothing. */
  get remarks(): string {
    return readIfThere(this.#path(".log"))?.trim() ?? "";
  }

  /** Compiles under another name first, so that what has its name is whole. */
  get command(): string {
    const { toolchain, limit, keepsSource, keepsRemarks, folder, key } = this.#task;
    const [wait, run, part, c, err, log] = [".wait", ".run", ".part", ".c", ".err", ".log"].map((ending) =>
      quote(this.#path(ending)),
    );
    const attempts = toolchain.attempts.map(
      (flags, i) => `{ ${this.#compile(flags)} <${c} >${run} 2>&1 && attempt=${i}; }`,
    );
    const rename = `mv ${part} ${quote(entryPath(folder, key))}`;
    return `${limit > 0 ? `ulimit -t ${limit}` : ":"}
${attempts.join(" ||\n")}
code=$?
if [ $code = 0 ] && [ -s ${part} ] && sum=$(cksum <${part}) && library=${key}-\${sum%% *}.so &&
  mv ${part} ${quote(folder)}/$library && echo "$sum $library $attempt" >${part} &&
  ${keepsRemarks ? `mv ${run} ${log} && ${rename}` : rename}
then rm -f ${run} ${wait} ${keepsSource === "always" ? "" : c}
else echo "
exit $code" >>${run}; mv ${run} ${err} || mv ${wait} ${err}
fi`;
  }

  #compile(flags: readonly string[]): string {
    const { toolchain, linkFlags, keepsSource } = this.#task;
    // Read from its standard input, equal sources make equal libraries, whatever their files are called.
    const source = keepsSource === "always" ? this.#path(".c") : "-";
    const words = [toolchain.command, ...flags, "-x", "c", source, "-o", this.#path(".part"), "-x", "none", "-lm"];
    return [...words, ...linkFlags].map(quote).join(" ");
  }

  /** Removes what is left of a compilation that has ended. */
  clean(hasFailed: boolean): void {
    const { keepsSource } = this.#task;
    const isKept = keepsSource === "always" || (hasFailed && keepsSource === "failed");
    for (const ending of [".wait", ".run", ".err", ".log", ".part", ...(isKept ? [] : [".c"])])
      rmSync(this.#path(ending), { force: true });
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
