/**
 * From C to libraries, in the background. Whether a compilation is done is seen in the file system, so that a loop of
 * calls which never lets events happen sees it too.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { config } from "../../config/index.ts";
import { cacheDirectory, cachedLibrary, cacheKey, keepLibrary } from "./cache.ts";
import { quote, runInBackground } from "./helper.ts";
import { loadLibrary, type NativeLibrary } from "./library.ts";
import { findToolchain, type Toolchain } from "./toolchain.ts";
import { warnOnce } from "./warn.ts";

export type Compilation =
  | { readonly state: "pending" }
  | { readonly state: "ready"; readonly library: NativeLibrary }
  | { readonly state: "failed"; readonly reason: string };

/** A compilation under way. */
export interface CompileJob {
  /** How it stands; cheap enough for every call of a function. */
  poll(): Compilation;
  /** How it ends, after waiting. */
  wait(): Compilation;
}

const PENDING: Compilation = { state: "pending" };
/** Milliseconds between two looks at the file system. */
const LOOK = 2;

/** Libraries of this process by their keys: a library is loaded once. */
const loaded = new Map<string, NativeLibrary>();
let jobs = 0;

/** Compiles a source with the configured compiler; a failure is warned of once for each cause. */
export function compileC(source: string, linkFlags: readonly string[] = []): CompileJob {
  const toolchain = findToolchain();
  const folder = toolchain === null ? null : cacheDirectory();
  if (toolchain === null || folder === null) return ended({ state: "failed", reason: "there is no C compiler" });
  const key = cacheKey(source, [toolchain.identity, ...linkFlags].join("\n"));
  const known = loaded.get(key);
  if (known !== undefined) return ended({ state: "ready", library: known });
  const cached = cachedLibrary(folder, key);
  if (cached !== null) return ended(load(cached, key));
  return new Job(source, toolchain, linkFlags, folder, key);
}

function ended(compilation: Compilation): CompileJob {
  return { poll: () => compilation, wait: () => compilation };
}

function load(path: string, key: string): Compilation {
  try {
    const library = loadLibrary(path);
    loaded.set(key, library);
    return { state: "ready", library };
  } catch (error) {
    return failed("load", `its library cannot be loaded: ${error instanceof Error ? error.message : error}`);
  }
}

function failed(cause: string, reason: string): Compilation {
  const first = reason.trim().split("\n").slice(0, 5).join("\n");
  warnOnce(
    `compile:${cause}`,
    `The C compiler ${config.cxx} made no native code (${first}): they run in WebAssembly. Check the flags cxx and gcc.cxxflags, or set cxx= to go without a compiler.`,
  );
  return { state: "failed", reason };
}

class Job implements CompileJob {
  readonly #folder: string;
  readonly #key: string;
  /** The job's files without their endings. */
  readonly #base: string;
  readonly #started = performance.now();
  #looked = 0;
  #end: Compilation | null = null;

  constructor(source: string, toolchain: Toolchain, linkFlags: readonly string[], folder: string, key: string) {
    this.#folder = folder;
    this.#key = key;
    this.#base = join(folder, `${key}-${process.pid}-${jobs++}`);
    try {
      writeFileSync(`${this.#base}.c`, source);
    } catch (error) {
      this.#end = failed("write", `its source cannot be written: ${error instanceof Error ? error.message : error}`);
      return;
    }
    runInBackground(this.#command(toolchain, linkFlags));
  }

  /** Compiles under another name first: a file that is there is whole. */
  #command({ command, flags }: Toolchain, linkFlags: readonly string[]): string {
    const file = (ending: string): string => quote(`${this.#base}${ending}`);
    const compile = [command, ...flags, `${this.#base}.c`, "-o", `${this.#base}.part`, "-lm", ...linkFlags];
    return (
      `if ${compile.map(quote).join(" ")} 2>${file(".log")} && test -s ${file(".part")}; ` +
      `then mv ${file(".part")} ${file(".so")}; else echo "(exit code $?)" >>${file(".log")}; mv ${file(".log")} ${file(".err")}; fi`
    );
  }

  poll(): Compilation {
    if (this.#end !== null) return this.#end;
    const now = performance.now();
    if (now - this.#looked < LOOK) return PENDING;
    this.#looked = now;
    this.#end = this.#look(now);
    if (this.#end !== null) this.#clean(this.#end.state === "failed");
    return this.#end ?? PENDING;
  }

  wait(): Compilation {
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    for (;;) {
      const compilation = this.poll();
      if (compilation.state !== "pending") return compilation;
      Atomics.wait(sleeper, 0, 0, LOOK + 0.1);
    }
  }

  #look(now: number): Compilation | null {
    if (existsSync(`${this.#base}.so`)) return this.#finish();
    if (existsSync(`${this.#base}.err`)) return failed("error", readFileSync(`${this.#base}.err`, "utf8"));
    const limit = config.compile.timeout;
    if (limit > 0 && now - this.#started > limit * 1000)
      return failed("timeout", `it took more than compile.timeout = ${limit} seconds`);
    return null;
  }

  #finish(): Compilation {
    if (config.cmodule.compilation_warning) this.#showWarnings();
    try {
      return load(keepLibrary(`${this.#base}.so`, this.#folder, this.#key), this.#key);
    } catch {
      // The cache went away meanwhile; the library did not.
      return load(`${this.#base}.so`, this.#key);
    }
  }

  #showWarnings(): void {
    const log = existsSync(`${this.#base}.log`) ? readFileSync(`${this.#base}.log`, "utf8").trim() : "";
    if (log !== "") process.emitWarning(log, "CompilerWarning");
  }

  #clean(hasFailed: boolean): void {
    const isKept = hasFailed && config.nocleanup;
    for (const ending of [".log", ".err", ".part", ...(isKept ? [] : [".c"])])
      rmSync(`${this.#base}${ending}`, { force: true });
  }
}
