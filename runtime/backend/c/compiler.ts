/**
 * From C to libraries, in the background. Whether a compilation is done is seen in the file system, so that a loop of
 * calls which never lets events happen sees it too.
 */
import { config } from "../../config/index.ts";
import {
  type CachedLibrary,
  cacheDirectory,
  cachedLibrary,
  cacheKey,
  discard,
  leaveDirectory,
  removeOld,
} from "./cache.ts";
import { type Helper, runInBackground } from "./helper.ts";
import { type Complaint, JobFiles, type Task } from "./jobfiles.ts";
import { ForeignCallError, loadLibrary, type NativeLibrary, prepareCalls } from "./library.ts";
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
  /** How it ends, after waiting; "pending" after so many seconds. */
  wait(seconds?: number): Compilation;
}

export interface CompileOptions {
  /** Libraries, and what else the linker has to know. */
  readonly linkFlags?: readonly string[];
}

const PENDING: Compilation = { state: "pending" };
/** Milliseconds between two looks at the file system. */
const LOOK = 2;
/** The clock is read at most every so many polls: it costs more than the rest of a poll. */
const STRIDE = 16;
/** Milliseconds between two looks at the helper. */
const CHECK = 100;
/** So often a compilation is begun again when its helper is ended by others, or when the cache's disk is full. */
const TRIALS = 3;

/** Libraries of this process by their keys: a library is loaded once. */
const loaded = new Map<string, NativeLibrary>();
/** Compilations under way by their keys: functions of the same code share one. */
const running = new Map<string, Job>();

/** Compiles a source with the configured compiler; a failure is warned of once for each cause. */
export function compileC(source: string, { linkFlags = [] }: CompileOptions = {}): CompileJob {
  const toolchain = findToolchain();
  if (toolchain === null || cacheDirectory() === null)
    return ended({ state: "failed", reason: "there is no C compiler" });
  const key = cacheKey(source, [toolchain.identity, ...linkFlags].join("\n"));
  const library = loaded.get(key);
  if (library !== undefined) return ended({ state: "ready", library });
  const cached = loadCached(key, toolchain);
  if (cached !== null) return ended(cached);
  const job = running.get(key) ?? new Job(source, toolchain, linkFlags, key);
  // The compiler is at work, and this process has nothing better to do.
  prepareCalls();
  return job;
}

function ended(compilation: Compilation): CompileJob {
  return { poll: () => compilation, wait: () => compilation };
}

/** What the cache has; null where that cannot be used: it was made elsewhere, for another system. */
function loadCached(key: string, toolchain: Toolchain): Compilation | null {
  const cached = cachedLibrary(key);
  if (cached === null) return null;
  const compilation = load(cached, key, toolchain);
  if (compilation.state === "ready" || compilation.isFinal) return compilation;
  discard(cached.folder, key);
  return null;
}

type Loading =
  | Extract<Compilation, { state: "ready" }>
  /** Final: compiling again would not help. */
  | (Extract<Compilation, { state: "failed" }> & { readonly isFinal: boolean });

function load({ path, attempt }: CachedLibrary, key: string, toolchain: Toolchain): Loading {
  let library: NativeLibrary;
  try {
    library = loadLibrary(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!(error instanceof ForeignCallError)) return { state: "failed", reason, isFinal: false };
    warnOnce(
      "koffi",
      `Native code cannot be called (${reason}): functions run in WebAssembly. Install the packages again.`,
    );
    return { state: "failed", reason, isFinal: true };
  }
  if (config.openmp && toolchain.attempts[attempt]?.includes("-fopenmp") === false)
    warnOnce(
      "openmp",
      `The C compiler ${toolchain.command} knows no OpenMP, or its library is not installed: the flag openmp has no effect. Install it (libgomp for gcc, libomp for clang) and empty compiledir.`,
    );
  loaded.set(key, library);
  return { state: "ready", library };
}

function failed(cause: string, reason: string): Compilation {
  const first = reason.trim().split("\n").slice(0, 5).join("\n");
  warnOnce(
    `compile:${cause}`,
    `The C compiler ${config.cxx} made no native code (${first}): functions run in WebAssembly. Check the flags cxx and gcc.cxxflags, or set cxx= to go without a compiler.`,
  );
  return { state: "failed", reason };
}

/** A compilation as it was begun. */
interface Trial {
  readonly files: JobFiles;
  readonly helper: Helper;
  readonly folder: string;
}

class Job implements CompileJob {
  readonly #source: string;
  readonly #toolchain: Toolchain;
  readonly #linkFlags: readonly string[];
  readonly #key: string;
  #trial: Trial | null = null;
  #trials = 0;
  /** When the compiler was first seen at work. */
  #started: number | null = null;
  #looked = 0;
  #checked = performance.now();
  /** Polls to be answered without a look at the clock. */
  #skips = 0;
  #stride = 1;
  #end: Compilation | null = null;

  constructor(source: string, toolchain: Toolchain, linkFlags: readonly string[], key: string) {
    this.#source = source;
    this.#toolchain = toolchain;
    this.#linkFlags = linkFlags;
    this.#key = key;
    running.set(key, this);
    this.#begin();
  }

  /** Begins, in another folder where the first cannot be written. */
  #begin(): void {
    const name = `${process.pid}-${jobNumber++}`;
    const folder = cacheDirectory();
    this.#started = null;
    this.#trial = null;
    if (folder === null || this.#trials++ >= TRIALS) {
      this.#finish(
        failed("helper", "the process that runs the compiler, or the folder for its code, goes away again and again"),
      );
      return;
    }
    try {
      const files = new JobFiles(this.#task(folder), name);
      this.#trial = { files, folder, helper: runInBackground(files.command) };
    } catch {
      leaveDirectory(folder);
      this.#begin();
    }
  }

  #task(folder: string): Task {
    const { cmodule, compile } = config;
    const keepsSource = config.nocleanup ? "failed" : "never";
    return {
      source: this.#source,
      toolchain: this.#toolchain,
      linkFlags: this.#linkFlags,
      folder,
      key: this.#key,
      limit: compile.timeout,
      keepsSource: cmodule.debug ? "always" : keepsSource,
      keepsRemarks: cmodule.compilation_warning,
    };
  }

  poll(): Compilation {
    if (this.#end !== null) return this.#end;
    if (--this.#skips > 0) return PENDING;
    const now = performance.now();
    const elapsed = now - this.#looked;
    // Polls that follow each other closely look at the clock more seldom.
    this.#stride = elapsed < LOOK / 4 ? Math.min(2 * this.#stride, STRIDE) : 1;
    this.#skips = this.#stride;
    return elapsed < LOOK ? PENDING : this.#look(now);
  }

  wait(seconds = Number.POSITIVE_INFINITY): Compilation {
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    const until = performance.now() + 1000 * seconds;
    for (;;) {
      const compilation = this.#end ?? this.#look(performance.now());
      if (compilation.state !== "pending" || performance.now() >= until) return compilation;
      Atomics.wait(sleeper, 0, 0, LOOK);
    }
  }

  #look(now: number): Compilation {
    this.#looked = now;
    const trial = this.#trial;
    if (trial === null) return PENDING;
    if (trial.files.isDone) this.#take(trial);
    else {
      const complaint = trial.files.complaint;
      if (complaint !== null) this.#refuse(trial, complaint);
      else if (now - this.#checked >= CHECK) this.#check(trial, now);
    }
    return this.#end ?? PENDING;
  }

  /** Loads what was made. */
  #take({ files, folder }: Trial): void {
    const { remarks } = files;
    if (config.cmodule.compilation_warning && remarks !== "") process.emitWarning(remarks, "CompilerWarning");
    const made = cachedLibrary(this.#key);
    if (made === null) {
      // Damaged, or removed, between two looks.
      files.clean(false);
      this.#begin();
      return;
    }
    const loading = load(made, this.#key, this.#toolchain);
    if (loading.state === "failed") discard(folder, this.#key);
    files.clean(loading.state === "failed");
    removeOld(folder);
    this.#finish(
      loading.state === "ready" || loading.isFinal
        ? loading
        : failed("load", `its library cannot be loaded: ${loading.reason}`),
    );
  }

  #refuse({ files, folder }: Trial, complaint: Complaint): void {
    files.clean(true);
    leaveDirectory(folder);
    if (cacheDirectory() === folder) this.#finish(failed("error", reasonOf(complaint)));
    else this.#begin();
  }

  /** Whether there is still something to wait for. */
  #check({ files, helper }: Trial, now: number): void {
    this.#checked = now;
    if (this.#started === null && files.hasStarted) this.#started = now;
    const limit = config.compile.timeout;
    if (limit > 0 && this.#started !== null && now - this.#started > limit * 1000) {
      helper.kill();
      files.clean(true);
      this.#finish(failed("timeout", `it took more than compile.timeout = ${limit} seconds`));
    } else if (!helper.isAlive() && !files.isDone && files.complaint === null) {
      files.clean(false);
      this.#begin();
    }
  }

  #finish(end: Compilation): void {
    this.#end = end;
    running.delete(this.#key);
  }
}

let jobNumber = 0;

function reasonOf({ text, code }: Complaint): string {
  const end = code > 128 ? `it was ended by signal ${code - 128}` : `it ended with exit code ${code}`;
  return text === "" ? `${end}, and made no library without a word` : `${text}\n${end}`;
}
