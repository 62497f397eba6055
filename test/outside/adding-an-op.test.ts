/** `docs/adding-an-op.md`, done: its code is put where it says, in a copy of the runtime, and used. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const copy = join(root, ".cache", `adding-an-op-${process.pid}`);
const runtime = join(copy, "runtime");
const [tableEntry, reduction, ownOp, rewrite] = codeBlocks(readFileSync(join(root, "docs/adding-an-op.md"), "utf8"));

/** The TypeScript of the page, block by block. */
function codeBlocks(page: string): string[] {
  return [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
}

function replaceInFile(file: string, before: string, after: string): void {
  const text = readFileSync(file, "utf8");
  expect(text.split(before), `${before} stands once in ${file}`).toHaveLength(2);
  writeFileSync(
    file,
    text.replace(before, () => after),
  );
}

function run(program: string): string[] {
  const file = join(copy, `program-${program.length}.ts`);
  writeFileSync(file, program);
  const options = { cwd: copy, encoding: "utf8" } as const;
  return execFileSync(process.execPath, ["--conditions=@theanotes/source", file], options).trimEnd().split("\n");
}

beforeAll(() => {
  const isSource = (path: string): boolean => !/(\/dist|\/node_modules|\.test\.ts)$/.test(path);
  mkdirSync(copy, { recursive: true });
  cpSync(join(root, "runtime"), runtime, { recursive: true, filter: isSource });
  const packages = join(root, "runtime/node_modules");
  if (existsSync(packages)) symlinkSync(packages, join(runtime, "node_modules"));
  const table = "export const ELEMENTARY = declareOps({\n";
  replaceInFile(join(runtime, "scalar/elementary.ts"), table, `${table}${tableEntry}`);
  writeFileSync(join(runtime, "ops/sumsquares.ts"), reduction);
  const functions = "export const tensorFunctions = {\n";
  const imported = 'import { sumSquares } from "./sumsquares.ts";\n';
  replaceInFile(join(runtime, "ops/tensor.ts"), functions, `${imported}${functions}  sumSquares,\n`);
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

test("an elementwise op is one table entry, and a reduction one file", { timeout: 60_000 }, () => {
  const output = run(`
    import { NDArray, T, theano, verifyGrad } from "./runtime/index.ts";
    const x = T.dmatrix("x");
    const outputs = [T.cbrt(x), T.sumSquares(x, { axis: 1 }), T.sumSquares(x, { keepdims: true })];
    const value = NDArray.from([[1, 8], [27, -64]], "float64");
    for (const mode of ["FAST_COMPILE", "FAST_RUN", "DebugMode"])
      console.log(theano.function([x], outputs, { mode })(value).map((v) => [...v.elements()].join()).join(" "));
    verifyGrad((v) => T.cbrt(v), [value]);
    verifyGrad((v) => T.sumSquares(v, { axis: 0 }), [value], { eps: 1e-5, absTol: 1e-2 });
    console.log(String(outputs[0].owner?.op), String(outputs[1].owner?.op));
    console.log(theano.function([x], T.shape(outputs[1])).fgraph.toposort().some(({ op }) => op.family === "SumSquares"));
    const known = T.matrix("k", { shape: [2, 3] });
    console.log(JSON.stringify(T.sumSquares(known, { axis: 0 }).type.shape));
  `);
  const values = "1,2,3,-4 65,4825 4890";
  expect(output).toEqual([values, values, values, "Elemwise{cbrt,no_inplace} SumSquares{axis=[1]}", "false", "[3]"]);
});

test("what stands on the page type-checks", { timeout: 120_000 }, () => {
  const config = {
    extends: "../../tsconfig.base.json",
    compilerOptions: { noEmit: true, rewriteRelativeImportExtensions: false, customConditions: ["@theanotes/source"] },
    files: ["runtime/index.ts", "own.ts"],
  };
  writeFileSync(join(copy, "own.ts"), `${ownOp}${rewrite}`);
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify(config));
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", copy], { encoding: "utf8" });
});

test("an op and a rewrite of one's own need nothing but the package", { timeout: 60_000 }, () => {
  const output = run(`${ownOp}${rewrite}
    console.log(f([4, 5, 6]).join(" and "));
    console.log(theano.function([x], [reversed, T.grad(T.dot(reversed, [1, 2, 3]), x)], { mode: "DebugMode" })([4, 5, 6]).join(" and "));
    const twice = theano.function([x], T.exp(new Reverse().apply(reversed).out));
    console.log(twice.fgraph.toposort().map(({ op }) => op.family).join());
  `);
  expect(output).toEqual(["[6. 5. 4.] and [3. 2. 1.]", "[6. 5. 4.] and [3. 2. 1.]", "Elemwise"]);
});
