/** Processes that compile native code under given flags, and programs that pretend to be compilers. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** The full paths of the C compilers of this machine. */
export function installedCompilers(): readonly string[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return ["gcc", "clang"].flatMap((name) => {
    const path = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
    return path === undefined ? [] : [path];
  });
}

/** How a process ended. */
export interface Ran {
  readonly status: number | null;
  readonly output: string;
  readonly warnings: string;
}

export type Flags = Readonly<Record<string, string>>;

/** A folder for caches and compilers. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), "theanotes-native-"));
  readonly #compiler: string;

  constructor(compiler: string) {
    this.#compiler = compiler;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A folder that nobody used before. */
  fresh(): string {
    return mkdtempSync(this.path("fresh-"));
  }

  /** A program in place of the compiler. `$OUT` is the file it should make, `$CC` the real compiler. */
  fakeCompiler(name: string, body: string): string {
    const path = this.path(name);
    const findOutput = 'OUT=""; last=""; for word in "$@"; do [ "$last" = "-o" ] && OUT="$word"; last="$word"; done';
    writeFileSync(path, `#!/bin/sh\nCC='${this.#compiler}'\n${findOutput}\n${body}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  environment(flags: Flags): NodeJS.ProcessEnv {
    const all = { base_compiledir: this.path("cache"), ...flags };
    const text = Object.entries(all)
      .map(([name, value]) => `${name}=${value}`)
      .join(",");
    return { ...process.env, THEANORC: "/nonexistent", THEANO_FLAGS: text };
  }

  /** Runs a program in a fresh process under these flags; `within` is a command that starts it. */
  run(program: string, flags: Flags, within: readonly string[] = []): Ran {
    const [command, ...args] = [...within, process.execPath, ...nodeArguments(program)];
    const { status, stdout, stderr } = spawnSync(command, args, {
      env: this.environment(flags),
      encoding: "utf8",
      timeout: 60_000,
    });
    return { status, output: stdout.trim(), warnings: stderr };
  }

  /** Removes all; compilers that wait for a file of it to go away go on. */
  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** How node runs a program of modules in TypeScript sources. */
export function nodeArguments(program: string): string[] {
  return ["--conditions=@theanotes/source", "--input-type=module", "--eval", program];
}

/** The files below a folder whose names end so. */
export function filesBelow(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

export function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}
