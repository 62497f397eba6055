/** Compilers that are missing, broken, killed or slow, caches that cannot be used: functions compute all the same. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { countOf, type Flags, filesBelow, nodeArguments, type Ran, Workshop } from "../../../test/support/compilers.ts";
import { cacheKey } from "./cache.ts";
import { findToolchain } from "./toolchain.ts";

const runtime = fileURLToPath(new URL("../../index.ts", import.meta.url));
const compiler = findToolchain()?.command ?? null;
const workshop = new Workshop(compiler ?? "cc");
afterAll(() => workshop.close());

/** Compiles a function, waits for native code, calls it, and tells what ran it. */
const PROGRAM = `
import { T, theano } from ${JSON.stringify(runtime)};
const x = T.dvector("x");
const f = theano.function([x], T.exp(T.mul(2, x)), { tier: "native" });
console.log(f.tier, String(f([0, 1])));
`;
const RESULT = "[1.        7.3890561]";

function runWith(flags: Flags): Ran {
  return workshop.run(PROGRAM, flags);
}

describe("without a compiler functions run in WebAssembly", () => {
  const cases: readonly (readonly [string, () => Record<string, string>, RegExp])[] = [
    [
      "a compiler that is missing",
      () => ({ cxx: workshop.path("nowhere") }),
      /The flag cxx names the compiler .*nowhere.*does not exist/,
    ],
    [
      "one that refuses",
      () => ({ cxx: workshop.fakeCompiler("refuses", "echo 'strange noises' >&2; exit 1") }),
      /made no native code \(strange noises/,
    ],
    ["one that is killed", () => ({ cxx: workshop.fakeCompiler("killed", "kill -9 $$") }), /ended by signal 9/],
    ["one that makes nothing", () => ({ cxx: workshop.fakeCompiler("idle", "exit 0") }), /code 0, and made no library/],
    [
      "one that makes half a file",
      () => ({ cxx: workshop.fakeCompiler("half", 'printf ELF > "$OUT"') }),
      /cannot be loaded/,
    ],
    [
      "one that takes too long",
      () => ({ cxx: workshop.fakeCompiler("slow", "sleep 8"), "compile.timeout": "1" }),
      /took more than compile\.timeout = 1 seconds/,
    ],
    ["a folder in place of one", () => ({ cxx: workshop.folder }), /is no program/],
  ];
  test.each(cases)("%s", (_name, flags, warning) => {
    const { status, output, warnings } = runWith({ base_compiledir: workshop.fresh(), ...flags() });
    expect(output).toBe(`wasm ${RESULT}`);
    expect(warnings).toMatch(warning);
    expect(countOf(warnings, "TheanoWarning")).toBe(1);
    expect(status).toBe(0);
  });

  test("no compiler on purpose needs no warning", () => {
    expect(runWith({ cxx: "" })).toEqual({ status: 0, output: `wasm ${RESULT}`, warnings: "" });
  });
});

describe.skipIf(compiler === null)("the cache (skipped where there is no compiler)", () => {
  test("a second process compiles nothing", () => {
    const log = workshop.path("calls");
    const cxx = workshop.fakeCompiler("counting", `echo called >> ${log}; exec "$CC" "$@"`);
    const flags = { cxx, base_compiledir: workshop.path("warm") };
    expect([runWith(flags).output, runWith(flags).output]).toEqual([`c ${RESULT}`, `c ${RESULT}`]);
    expect(readFileSync(log, "utf8")).toBe("called\n");
  });

  test("a damaged file is noticed and made again", () => {
    const flags = { base_compiledir: workshop.path("damaged") };
    runWith(flags);
    const [library] = filesBelow(flags.base_compiledir, ".so");
    truncateSync(library, 1000);
    expect(runWith(flags)).toEqual({ status: 0, output: `c ${RESULT}`, warnings: "" });
    writeFileSync(library, Buffer.alloc(readFileSync(library).length, 7));
    expect(runWith(flags)).toEqual({ status: 0, output: `c ${RESULT}`, warnings: "" });
  });

  test("where it cannot be written, a temporary one serves, with a warning", () => {
    const file = workshop.path("file");
    writeFileSync(file, "");
    const { output, warnings } = runWith({ base_compiledir: join(file, "below") });
    expect(output).toBe(`c ${RESULT}`);
    expect(warnings).toMatch(/Compiled code cannot be kept .*base_compiledir/);
  });

  test("processes that compile the same do not disturb each other", async () => {
    const flags = { base_compiledir: workshop.path("together") };
    const outputs = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const env = workshop.environment(flags);
        const child = spawn(process.execPath, nodeArguments(PROGRAM), { env, stdio: ["ignore", "pipe", "ignore"] });
        let output = "";
        for await (const chunk of child.stdout) output += chunk;
        return output.trim();
      }),
    );
    expect(outputs).toEqual(outputs.map(() => `c ${RESULT}`));
    expect(filesBelow(flags.base_compiledir, ".so")).toHaveLength(1);
  });

  test("nothing is left behind but the library and its entry", () => {
    const flags = { base_compiledir: workshop.path("tidy") };
    runWith(flags);
    const [library] = filesBelow(flags.base_compiledir, ".so");
    const names = readdirSync(dirname(library)).filter((name) => !name.startsWith("."));
    expect(names.map((name) => name.replace(/^[0-9a-f]+(-\d+)?/, "")).sort()).toEqual([".entry", ".so"]);
  });

  test("the source of what did not compile is kept on request", () => {
    const flags = {
      base_compiledir: workshop.path("kept"),
      nocleanup: "True",
      cxx: workshop.fakeCompiler("fails", "exit 1"),
    };
    runWith(flags);
    expect(filesBelow(flags.base_compiledir, ".c")).toHaveLength(1);
  });

  test("code for another processor has another name", () => {
    expect(cacheKey("source", "x64 avx2")).not.toBe(cacheKey("source", "x64 avx512"));
    expect(findToolchain()?.identity).toContain(process.arch);
  });

  test("options that break arithmetic are left out, with a warning", () => {
    const { output, warnings } = runWith({ "gcc.cxxflags": "-ffast-math", base_compiledir: workshop.path("fast") });
    expect(output).toBe(`c ${RESULT}`);
    expect(warnings).toMatch(/gcc\.cxxflags: -ffast-math is left out/);
  });
});
