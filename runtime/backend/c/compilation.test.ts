/** What happens on the way from C to a library: with every compiler of this machine, and when something is in the way. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import {
  countOf,
  type Flags,
  filesBelow,
  installedCompilers,
  type Ran,
  Workshop,
} from "../../../test/support/compilers.ts";

const [compiler] = installedCompilers();
const workshop = new Workshop(compiler ?? "cc");
afterAll(() => workshop.close());

const module = (name: string): string => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));

/** What programs begin with. `answer` tells what became of a compilation: 42, or why there is none. */
const BEGIN = `
import { compileC } from ${module("./compiler.ts")};
import { addressOf } from ${module("./library.ts")};
const source = (n) => \`__attribute__((visibility("default"))) double f(unsigned long long a) { return *(const double *)a + \${n}; }\`;
const answer = (end) => (end.state === "ready" ? end.library.entry("f")(addressOf(new Float64Array([41]))) : end.state);
`;
const COMPILE = `${BEGIN} console.log(answer(compileC(source(1)).wait()));`;
const READY: Ran = { status: 0, output: "42", warnings: "" };

function run(program: string, flags: Flags, within?: readonly string[]): Ran {
  return workshop.run(program, { base_compiledir: workshop.fresh(), ...flags }, within);
}

describe.each(installedCompilers())("%s", (cxx) => {
  test("makes a library", () => {
    expect(run(COMPILE, { cxx })).toEqual(READY);
  });

  test("compiles as C what its sibling for C++ is named for", () => {
    const sibling = cxx.replace(/gcc$/, "g++").replace(/clang$/, "clang++");
    if (existsSync(sibling)) expect(run(COMPILE, { cxx: sibling })).toEqual(READY);
  });

  test("takes a folder whose name has spaces and quotes", () => {
    expect(run(COMPILE, { cxx, base_compiledir: `"${workshop.path("it's a $(folder)")}"` })).toEqual(READY);
  });

  test("its library leaves subnormal numbers to JavaScript, whatever options say", () => {
    const program = `${COMPILE} console.log(1e-310 / 10 > 0);`;
    expect(run(program, { cxx, "gcc.cxxflags": "-Ofast" }).output).toBe("42\ntrue");
  });

  test("its warnings are shown on request", () => {
    const flags = { cxx, "gcc.cxxflags": "-Wunused-variable", "cmodule.compilation_warning": "True" };
    const program = `${BEGIN} console.log(answer(compileC(source(1) + " static int idle;").wait()));`;
    const { output, warnings } = run(program, flags);
    expect(output).toBe("42");
    expect(warnings).toMatch(/CompilerWarning: .*idle/s);
  });

  test("a source with an error fails, with the compiler's words", () => {
    const { output, warnings } = run(`${BEGIN} console.log(compileC("double f(").wait().reason);`, { cxx });
    expect(output).toMatch(/error:/);
    expect(countOf(warnings, "TheanoWarning")).toBe(1);
  });
});

describe.skipIf(compiler === undefined)("on the way (skipped where there is no compiler)", () => {
  test("a loop that never yields sees the library come", () => {
    const program = `${BEGIN} const job = compileC(source(1)); while (job.poll().state === "pending"); console.log(answer(job.poll()));`;
    expect(run(program, {})).toEqual(READY);
  });

  test("many at once, in queues", () => {
    const program = `${BEGIN} const jobs = [1, 2, 3, 4, 5, 6].map((n) => compileC(source(n))); console.log(jobs.map((job) => answer(job.wait())).join());`;
    expect(run(program, {}).output).toBe("42,43,44,45,46,47");
  });

  test("equal sources are compiled once", () => {
    const log = workshop.path("shared");
    const cxx = workshop.fakeCompiler("shared-cc", `echo called >> ${log}; exec "$CC" "$@"`);
    const program = `${BEGIN} const jobs = [1, 1].map((n) => compileC(source(n))); console.log(jobs.map((job) => answer(job.wait())).join());`;
    expect(run(program, { cxx }).output).toBe("42,42");
    expect(readFileSync(log, "utf8")).toBe("called\n");
  });

  test("waiting ends when it was told to", () => {
    const hold = holdingFile("patience");
    const program = `${BEGIN} console.log(compileC(source(1)).wait(0.1).state);`;
    expect(run(program, { cxx: holdingCompiler("patient", hold) })).toEqual({ ...READY, output: "pending" });
  });

  test("what a process began, another finds", () => {
    const base_compiledir = workshop.fresh();
    const log = workshop.path("begun");
    const cxx = workshop.fakeCompiler("begun-cc", `echo called >> ${log}; exec "$CC" "$@"`);
    expect(run(`${BEGIN} compileC(source(1));`, { cxx, base_compiledir })).toEqual({ ...READY, output: "" });
    // It goes on without the process.
    waitFor(() => filesBelow(base_compiledir, ".entry").length > 0);
    expect(run(COMPILE, { cxx, base_compiledir })).toEqual(READY);
    expect(readFileSync(log, "utf8")).toBe("called\n");
  });

  test("when the helper is killed, another one goes on", () => {
    const hold = holdingFile("helper");
    const program = `${BEGIN}
      import { readFileSync, rmSync } from "node:fs";
      const job = compileC(source(1));
      job.wait(0.3);
      const children = readFileSync("/proc/self/task/" + process.pid + "/children", "utf8").trim().split(" ").filter(Boolean).map(Number);
      for (const child of children) process.kill(-child, "SIGKILL");
      rmSync(${JSON.stringify(hold)});
      console.log(children.length, answer(job.wait()));`;
    if (process.platform === "linux")
      expect(run(program, { cxx: holdingCompiler("killed-cc", hold) })).toEqual({ ...READY, output: "1 42" });
  });

  test("an interrupt of the process does not reach the compiler", () => {
    const hold = holdingFile("interrupt");
    const program = `${BEGIN}
      import { rmSync } from "node:fs";
      process.on("SIGINT", () => {});
      const job = compileC(source(1));
      job.wait(0.3);
      process.kill(0, "SIGINT");
      rmSync(${JSON.stringify(hold)});
      console.log(answer(job.wait()));`;
    expect(run(program, { cxx: holdingCompiler("interrupted-cc", hold) }, OWN_SESSION)).toEqual(READY);
  });

  test("a compiler that takes too long is ended, and those that wait behind it are not", () => {
    const pids = workshop.path("pids");
    const cxx = workshop.fakeCompiler(
      "mixed",
      `source=$(cat); case "$source" in *"+ 1;"*|*"+ 2;"*) echo $$ >> ${pids}; exec sleep 1000;; esac; echo "$source" | "$CC" "$@"`,
    );
    const program = `${BEGIN} const jobs = [1, 2, 3].map((n) => compileC(source(n))); console.log(jobs.map((job) => answer(job.wait())).join());`;
    const { output, warnings } = run(program, { cxx, "compile.timeout": "1" });
    expect(output).toBe("failed,failed,44");
    expect(warnings).toMatch(/took more than compile\.timeout = 1 seconds/);
    expect(countOf(warnings, "TheanoWarning")).toBe(1);
    const started = readFileSync(pids, "utf8").trim().split("\n").map(Number);
    expect(started.filter(isRunning)).toEqual([]);
  });

  test.each([
    ["an option that an old compiler does not know", "*prefer-vector*", {}, 0],
    ["a processor that it does not know", "*=native*", {}, 0],
    ["threads that it does not have", "*-fopenmp\\ *", { openmp: "True" }, 1],
  ] as const)("goes without %s", (name, pattern, flags, warned) => {
    const refuse = `case "$*" in ${pattern}) echo unknown >&2; exit 1;; esac; exec "$CC" "$@"`;
    const { output, warnings } = run(COMPILE, {
      cxx: workshop.fakeCompiler(name.replaceAll(" ", "-"), refuse),
      ...flags,
    });
    expect(output).toBe("42");
    expect(countOf(warnings, "TheanoWarning")).toBe(warned);
    if (warned > 0) expect(warnings).toMatch(/the flag openmp has no effect/);
  });

  test("with cmodule.debug, sources and symbols stay", () => {
    const base_compiledir = workshop.fresh();
    const program = `${BEGIN} console.log(answer(compileC("#ifdef DEBUG\\n" + source(1) + "\\n#endif").wait()));`;
    expect(run(program, { base_compiledir, "cmodule.debug": "True" })).toEqual(READY);
    expect(filesBelow(base_compiledir, ".c")).toHaveLength(1);
  });

  test("without a way to call it, functions go without", () => {
    const program = `
      import { registerHooks } from "node:module";
      registerHooks({ resolve(name, context, next) { if (name === "koffi") throw new Error("not for this system"); return next(name, context); } });
      const { compileC } = await import(${module("./compiler.ts")});
      console.log([1, 2].map((n) => compileC("int x = " + n + ";").wait().state).join());`;
    const { output, warnings } = run(program, {});
    expect(output).toBe("failed,failed");
    expect(warnings).toMatch(/koffi cannot be loaded: not for this system\): functions run in WebAssembly/);
    expect(countOf(warnings, "TheanoWarning")).toBe(1);
  });
});

describe.skipIf(compiler === undefined)("the folder of the cache (skipped where there is no compiler)", () => {
  test("code that nobody used for long goes when new code comes", () => {
    const base_compiledir = workshop.fresh();
    run(COMPILE, { base_compiledir });
    const [entry] = filesBelow(base_compiledir, ".entry");
    const folder = dirname(entry);
    for (const name of readdirSync(folder)) utimesSync(`${folder}/${name}`, 0, 0);
    run(COMPILE.replace("source(1)", "source(2)"), { base_compiledir, "cmodule.age_thresh_use": "1000" });
    expect(existsSync(entry)).toBe(false);
    expect([filesBelow(folder, ".entry"), filesBelow(folder, ".so")].map((files) => files.length)).toEqual([1, 1]);
  });

  test("an entry whose library is of no use here is made anew", () => {
    const base_compiledir = workshop.fresh();
    run(COMPILE, { base_compiledir });
    const [entry] = filesBelow(base_compiledir, ".entry");
    const [library] = filesBelow(base_compiledir, ".so");
    writeFileSync(library, "made for another system");
    writeFileSync(
      entry,
      `${spawnSync("cksum", { input: "made for another system", encoding: "utf8" }).stdout.trim()} ${library} 0\n`,
    );
    expect(run(COMPILE, { base_compiledir })).toEqual(READY);
  });

  test("two places that cannot be written are one warning, and no code", () => {
    writeFileSync(workshop.path("file"), "");
    const below = `${workshop.path("file")}/below`;
    const { output, warnings } = run(`process.env.TMPDIR = ${JSON.stringify(below)};\n${COMPILE}`, {
      base_compiledir: below,
    });
    expect(output).toBe("failed");
    expect(warnings).toMatch(/Neither .* nor .* can be written: functions run in WebAssembly/);
    expect(countOf(warnings, "TheanoWarning")).toBe(1);
  });
});

/** Runs a command where it may mount file systems that nobody else sees. */
const unshare = (mount: string): readonly string[] => [
  "unshare",
  "--mount",
  "--map-root-user",
  "sh",
  "-c",
  `${mount} && exec "$@"`,
  "sh",
];
const canMount =
  spawnSync("unshare", ["--mount", "--map-root-user", "mount", "-t", "tmpfs", "none", workshop.folder]).status === 0;

describe.skipIf(compiler === undefined || !canMount)("disks (skipped where nothing can be mounted)", () => {
  const small = (folder: string, size: string): readonly string[] =>
    unshare(`mount -t tmpfs -o size=${size} none ${folder}`);

  test("a full one", () => {
    const base_compiledir = workshop.fresh();
    const { output, warnings } = run(COMPILE, { base_compiledir }, small(base_compiledir, "16k"));
    expect(output).toBe("42");
    expect(warnings).toMatch(/Compiled code cannot be kept in .*\(read-only, full/);
    expect(countOf(warnings, "TheanoWarning")).toBe(1);
  });

  test("one that becomes full meanwhile", () => {
    const base_compiledir = workshop.fresh();
    const fill = `cat /dev/zero > ${base_compiledir}/filled 2>/dev/null; exec "$CC" "$@"`;
    const flags = { base_compiledir, cxx: workshop.fakeCompiler("filling", fill) };
    const { output, warnings } = run(COMPILE, flags, small(base_compiledir, "1m"));
    expect(output).toBe("42");
    expect(warnings).toMatch(/Compiled code cannot be kept in/);
    expect(countOf(warnings, "TheanoWarning")).toBe(1);
  });

  test("a read-only one gives what it has", () => {
    const base_compiledir = workshop.fresh();
    const log = workshop.path("read-only");
    const flags = {
      base_compiledir,
      cxx: workshop.fakeCompiler("read-only-cc", `echo called >> ${log}; exec "$CC" "$@"`),
    };
    run(COMPILE, flags);
    const readOnly = unshare(
      `mount --bind ${base_compiledir} ${base_compiledir} && mount -o remount,bind,ro ${base_compiledir}`,
    );
    expect(run(COMPILE, flags, readOnly).output).toBe("42");
    expect(readFileSync(log, "utf8")).toBe("called\n");
  });
});

/** Starts a process that signals only those it has started itself, when it signals its group. */
const OWN_SESSION: readonly string[] = [
  process.execPath,
  "--eval",
  "const [command, ...args] = process.argv.slice(1); " +
    "require('node:child_process').spawn(command, args, { stdio: 'inherit', detached: true }).on('exit', (code) => { process.exitCode = code; });",
  "--",
];

/** A file that holds a compiler up as long as it is there. */
function holdingFile(name: string): string {
  mkdirSync(workshop.path("hold"), { recursive: true });
  const path = workshop.path(`hold/${name}`);
  writeFileSync(path, "");
  return path;
}

function holdingCompiler(name: string, hold: string): string {
  return workshop.fakeCompiler(name, `while [ -e ${hold} ]; do sleep 0.1; done; exec "$CC" "$@"`);
}

/** Whether a process runs; those that have ended but that nobody asked about do not. */
function isRunning(pid: number): boolean {
  const state = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
  return state !== "" && !state.startsWith("Z");
}

/** Waits for what another process does. */
function waitFor(condition: () => boolean): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  while (!condition()) Atomics.wait(sleeper, 0, 0, 20);
}
