/** Compilers that are missing, broken, killed or slow, caches that cannot be used: functions compute all the same. */
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cacheKey } from "./cache.ts";
import { findToolchain } from "./toolchain.ts";

const runtime = fileURLToPath(new URL("../../index.ts", import.meta.url));
const compiler = findToolchain()?.command ?? null;

/** Compiles a function, waits for native code, calls it, and tells what ran it. */
const PROGRAM = `
import { T, theano } from ${JSON.stringify(runtime)};
const x = T.dvector("x");
const f = theano.function([x], T.exp(T.mul(2, x)), { tier: "native" });
console.log(f.tier, String(f([0, 1])));
`;
const RESULT = "[1.        7.3890561]";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "theanotes-compiler-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program in place of the compiler. `$OUT` is the file it should make, `$CC` the real compiler. */
function fakeCompiler(name: string, body: string): string {
  const path = join(folder, name);
  const findOutput = 'OUT=""; last=""; for word in "$@"; do [ "$last" = "-o" ] && OUT="$word"; last="$word"; done';
  writeFileSync(path, `#!/bin/sh\nCC=${compiler ?? "cc"}\n${findOutput}\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

interface Ran {
  readonly status: number | null;
  readonly output: string;
  readonly warnings: string;
}

function environment(flags: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const all = { base_compiledir: join(folder, "cache"), ...flags };
  const text = Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
  return { ...process.env, THEANORC: "/nonexistent", THEANO_FLAGS: text };
}

const NODE = ["--conditions=@theanotes/source", "--input-type=module", "--eval", PROGRAM];

/** Runs the program in a fresh process under these flags. */
function runWith(flags: Readonly<Record<string, string>>): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, NODE, { env: environment(flags), encoding: "utf8" });
  return { status, output: stdout.trim(), warnings: stderr };
}

function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe("without a compiler functions run in WebAssembly", () => {
  const cases: readonly (readonly [string, () => Record<string, string>, RegExp])[] = [
    [
      "a compiler that is missing",
      () => ({ cxx: join(folder, "nowhere") }),
      /The flag cxx names the compiler .*nowhere.*does not exist/,
    ],
    [
      "one that refuses",
      () => ({ cxx: fakeCompiler("refuses", "echo 'strange noises' >&2; exit 1") }),
      /made no native code \(strange noises/,
    ],
    ["one that is killed", () => ({ cxx: fakeCompiler("killed", "kill -9 $$") }), /made no native code/],
    ["one that makes nothing", () => ({ cxx: fakeCompiler("idle", "exit 0") }), /made no native code/],
    ["one that makes half a file", () => ({ cxx: fakeCompiler("half", 'printf ELF > "$OUT"') }), /cannot be loaded/],
    [
      "one that takes too long",
      () => ({ cxx: fakeCompiler("slow", "sleep 8"), "compile.timeout": "1" }),
      /took more than compile\.timeout = 1 seconds/,
    ],
    ["bad options", () => ({ "gcc.cxxflags": "--no-such-option" }), /made no native code/],
  ];
  test.each(cases)("%s", (_name, flags, warning) => {
    const { status, output, warnings } = runWith({ base_compiledir: mkdtempSync(join(folder, "fresh-")), ...flags() });
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
    const log = join(folder, "calls");
    const cxx = fakeCompiler("counting", `echo called >> ${log}; exec "$CC" "$@"`);
    const flags = { cxx, base_compiledir: join(folder, "warm") };
    expect([runWith(flags).output, runWith(flags).output]).toEqual([`c ${RESULT}`, `c ${RESULT}`]);
    expect(readFileSync(log, "utf8")).toBe("called\n");
  });

  test("a damaged file is noticed and made again", () => {
    const flags = { base_compiledir: join(folder, "damaged") };
    runWith(flags);
    const [library] = librariesIn(flags.base_compiledir);
    truncateSync(library, 1000);
    expect(runWith(flags)).toEqual({ status: 0, output: `c ${RESULT}`, warnings: "" });
    writeFileSync(library, Buffer.alloc(readFileSync(library).length, 7));
    expect(runWith(flags)).toEqual({ status: 0, output: `c ${RESULT}`, warnings: "" });
  });

  test("where it cannot be written, a temporary one serves, with a warning", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const { output, warnings } = runWith({ base_compiledir: join(file, "below") });
    expect(output).toBe(`c ${RESULT}`);
    expect(warnings).toMatch(/Compiled code cannot be kept .*base_compiledir/);
  });

  test("processes that compile the same do not disturb each other", async () => {
    const flags = { base_compiledir: join(folder, "together") };
    const outputs = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, NODE, { env: environment(flags), stdio: ["ignore", "pipe", "ignore"] });
        let output = "";
        for await (const chunk of child.stdout) output += chunk;
        return output.trim();
      }),
    );
    expect(outputs).toEqual(outputs.map(() => `c ${RESULT}`));
    expect(librariesIn(flags.base_compiledir)).toHaveLength(1);
  });

  test("nothing is left behind but the library and its entry", () => {
    const flags = { base_compiledir: join(folder, "tidy") };
    runWith(flags);
    const [library] = librariesIn(flags.base_compiledir);
    const names = readdirSync(join(library, "..")).filter((name) => !name.startsWith("."));
    expect(names.map((name) => name.replace(/^[0-9a-f]+(-\d+)?/, "")).sort()).toEqual([".entry", ".so"]);
  });

  test("the source of what did not compile is kept on request", () => {
    const flags = { base_compiledir: join(folder, "kept"), nocleanup: "True", cxx: fakeCompiler("fails", "exit 1") };
    runWith(flags);
    const files = readdirSync(join(folder, "kept"), { recursive: true }).map(String);
    expect(files.filter((name) => name.endsWith(".c"))).toHaveLength(1);
  });

  test("code for another processor has another name", () => {
    expect(cacheKey("source", "x64 avx2")).not.toBe(cacheKey("source", "x64 avx512"));
    expect(findToolchain()?.identity).toContain(process.arch);
  });

  test("options that break arithmetic are left out, with a warning", () => {
    const { output, warnings } = runWith({ "gcc.cxxflags": "-ffast-math", base_compiledir: join(folder, "fast") });
    expect(output).toBe(`c ${RESULT}`);
    expect(warnings).toMatch(/gcc\.cxxflags: -ffast-math is left out/);
  });
});

function librariesIn(base: string): string[] {
  mkdirSync(base, { recursive: true });
  return readdirSync(base, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".so"))
    .map((name) => join(base, name));
}
