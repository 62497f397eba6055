/** Libraries that pretend to be a BLAS, in folders as distributions and packages of Python have them. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installedCompilers, Workshop } from "../../../test/support/compilers.ts";
import { namedBlas, searchBlas, surveyBlas } from "./blas.ts";
import { blasCandidates, libraryNamed, type Surroundings, surroundings } from "./blasfiles.ts";
import { openLibrary } from "./library.ts";
import { hasFeature } from "./processor.ts";

const [compiler] = installedCompilers();
const workshop = new Workshop(compiler ?? "cc");
afterAll(() => workshop.close());

/** A place to look in: the folders are below one that is fresh. */
function place(changes: Partial<Surroundings> = {}): Surroundings {
  return { platform: "linux", env: {}, cwd: workshop.path("nowhere"), system: [], ...changes };
}

function touch(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, path);
  return path;
}

describe("where libraries are looked for", () => {
  const root = workshop.fresh();
  const site = `${root}/lib/python3.12/site-packages`;
  const numpy = touch(`${site}/numpy.libs/libscipy_openblas64_-99a.so`);
  const scipy = touch(`${site}/scipy.libs/libscipy_openblas-6cd.so`);
  const wheel = touch(`${site}/scipy_openblas64/lib/libscipy_openblas64_.so`);
  touch(`${site}/numpy.libs/libgfortran-040.so.5`);
  const ofPython = [numpy, scipy, wheel];

  test.each<[string, Partial<Surroundings>]>([
    ["the environment that is active", { env: { VIRTUAL_ENV: root } }],
    ["that of conda", { env: { CONDA_PREFIX: root } }],
    ["that of python3", { env: { PATH: `/nowhere:${dirname(touch(`${root}/bin/python3`))}` } }],
  ])("%s", (_name, changes) => {
    expect(blasCandidates(place(changes))).toEqual(ofPython);
  });

  test("the environment beside the notebook", () => {
    const library = touch(
      workshop.path("work/.venv/lib/python3.13/site-packages/numpy.libs/libscipy_openblas64_-1.so"),
    );
    expect(blasCandidates(place({ cwd: workshop.path("work") }))).toEqual([library]);
  });

  test("the system's OpenBLAS comes first, what it calls BLAS last, each file once", () => {
    const system = workshop.fresh();
    const openblas = touch(`${system}/libopenblas.so.0`);
    const chosen = touch(`${system}/libblas.so.3`);
    const where = place({ system: [system, `${system}/../${system.split("/").at(-1)}`], env: { VIRTUAL_ENV: root } });
    expect(blasCandidates(where)).toEqual([openblas, ...ofPython, chosen]);
  });

  test("Apple's own", () => {
    expect(blasCandidates(place({ platform: "darwin" }))[0]).toMatch(/Accelerate/);
  });

  test("the linker's -l finds libraries with and without a version", () => {
    const folder = workshop.fresh();
    const library = touch(`${folder}/libmkl_rt.so.2`);
    touch(`${folder}/libmkl_rt_other.so`);
    expect(libraryNamed("mkl_rt", ["/nowhere", folder])).toBe(library);
    expect(libraryNamed("mkl", [folder])).toBeNull();
  });

  test("this machine's loader looks into folders that exist", () => {
    expect(surroundings().system.length).toBeGreaterThan(0);
  });
});

describe.skipIf(compiler === undefined)("which one is used (skipped where there is no compiler)", () => {
  const GOOD = "OpenBLAS 0.3.30 DYNAMIC_ARCH SkylakeX MAX_THREADS=64";
  let folder = "";
  beforeAll(() => {
    folder = workshop.fresh();
  });

  /** Makes a library with a `dgemm` spelled so, and a report of its own where it is an OpenBLAS. */
  function library(path: string, dgemm: string, report?: { readonly name: string; readonly text: string }): string {
    mkdirSync(dirname(path), { recursive: true });
    const setter = report?.name.replace("get_config", "set_num_threads");
    const source = `
      static char told[] = "untold";
      void ${dgemm}(void) {}
      const char *threads_told(void) { return told; }
      ${report === undefined ? "" : `const char *${report.name}(void) { return "${report.text}"; }`}
      ${setter === undefined ? "" : `void ${setter}(int n) { told[0] = (char)('0' + n); told[1] = 0; }`}`;
    const { status, stderr } = spawnSync(compiler ?? "cc", ["-x", "c", "-", "-shared", "-fPIC", "-o", path], {
      input: source,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    return path;
  }

  test.each([
    ["Debian's", "dgemm_", "openblas_get_config", GOOD, 32],
    ["NumPy's", "scipy_dgemm_64_", "scipy_openblas_get_config64_", `${GOOD} USE64BITINT`, 64],
    ["SciPy's", "scipy_dgemm_", "scipy_openblas_get_config", GOOD, 32],
    ["older NumPy's", "dgemm_64_", "openblas_get_config64_", `${GOOD} USE64BITINT`, 64],
    ["one of long integers", "dgemm_", "openblas_get_config", `${GOOD} USE64BITINT`, 64],
  ] as const)("%s spelling", (name, dgemm, report, text, ints) => {
    const system = `${folder}/${name.replaceAll(/\W/g, "-")}`;
    const path = library(`${system}/libopenblas.so.0`, dgemm, { name: report, text });
    const blas = searchBlas(place({ system: [system] }));
    expect(blas).toMatchObject({ path, kind: "openblas", ints, description: text });
    expect(blas?.symbol("dgemm")).toBe(dgemm);
    expect(blas?.symbol("sgemm")).toBeNull();
    // One thread, unless the flag openmp is set.
    expect(openLibrary(path).text("threads_told")).toBe("1");
  });

  test("the reference implementation is used only where it is named", () => {
    const system = `${folder}/reference`;
    const path = library(`${system}/libblas.so.3`, "dgemm_");
    expect(searchBlas(place({ system: [system] }))).toBeNull();
    expect(surveyBlas(place({ system: [system] }))).toMatchObject([{ usable: false, path, reason: /reference/ }]);
    expect(namedBlas("-lblas", place({ system: [system] }))).toMatchObject({ path, kind: "reference" });
  });

  test.runIf(hasFeature("avx2"))("an OpenBLAS that is older than the processor, too (only where that has AVX2)", () => {
    const [old, young] = [`${folder}/old`, `${folder}/young`];
    const text = GOOD.replace("SkylakeX", "Prescott");
    library(`${old}/libopenblas.so.0`, "dgemm_", { name: "openblas_get_config", text });
    const path = library(`${young}/libopenblas.so.0`, "dgemm_", { name: "openblas_get_config", text: GOOD });
    expect(searchBlas(place({ system: [old, young] }))).toMatchObject({ path });
    expect(searchBlas(place({ system: [old] }))).toBeNull();
    expect(namedBlas(`-L${old} -lopenblas`, place())).toMatchObject({ description: text });
  });

  test("what is named but cannot be used is told, with the reasons", () => {
    const broken = touch(`${folder}/broken/libopenblas.so`);
    const other = library(`${folder}/other/libother.so`, "something_else");
    const program = `
      import { namedBlas } from ${JSON.stringify(fileURLToPath(new URL("./blas.ts", import.meta.url)))};
      for (const flags of ["-L${dirname(broken)} -lopenblas ${other}", "-lnothing", "", "-lnothing"])
        console.log(namedBlas(flags, ${JSON.stringify(place())}));`;
    const { output, warnings } = workshop.run(program, {});
    expect(output).toBe("null\nnull\nnull\nnull");
    expect(warnings).toMatch(/broken.*; .*it has no dgemm.*: matrix products use generated code/s);
    expect(warnings.split("TheanoWarning")).toHaveLength(3);
  });

  test("it can be linked with", () => {
    const path = library(`${folder}/a folder/libopenblas.so.0`, "dgemm_", { name: "openblas_get_config", text: GOOD });
    const program = `
      import { findBlas } from ${JSON.stringify(fileURLToPath(new URL("./blas.ts", import.meta.url)))};
      import { compileC } from ${JSON.stringify(fileURLToPath(new URL("./compiler.ts", import.meta.url)))};
      const { linkFlags, symbol } = findBlas();
      const source = "void " + symbol("dgemm") + "(void); __attribute__((visibility(\\"default\\"))) double f(unsigned long long a) { dgemm_(); return a + 1; }";
      console.log(compileC(source, { linkFlags }).wait().library.entry("f")(41));`;
    expect(workshop.run(program, { "blas.ldflags": `"'${path}'"` })).toEqual({ status: 0, output: "42", warnings: "" });
  });
});
