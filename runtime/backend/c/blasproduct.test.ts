/** Products by a BLAS library: one of plain loops, in both sizes of integers, that counts its calls. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { installedCompilers, Workshop } from "../../../test/support/compilers.ts";

const [compiler] = installedCompilers();
const workshop = new Workshop(compiler ?? "cc");
afterAll(() => workshop.close());

const modulePath = (name: string): string => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));

/** C = alpha op(A) op(B) + beta C, matrices by columns, as the reference BLAS defines it. */
const gemm = (name: string, type: string, int: string): string => `
void ${name}(const char *ta, const char *tb, const ${int} *m, const ${int} *n, const ${int} *k, const ${type} *alpha, const ${type} *a,
    const ${int} *lda, const ${type} *b, const ${int} *ldb, const ${type} *beta, ${type} *c, const ${int} *ldc) {
  told[0]++;
  for (${int} j = 0; j < *n; j++)
    for (${int} i = 0; i < *m; i++) {
      ${type} sum = 0;
      for (${int} p = 0; p < *k; p++) sum += (*ta == 'N' ? a[i + p * *lda] : a[p + i * *lda]) * (*tb == 'N' ? b[p + j * *ldb] : b[j + p * *ldb]);
      c[i + j * *ldc] = *alpha * sum + (*beta == 0 ? 0 : *beta * c[i + j * *ldc]);
    }
}`;

function library(name: string, int: string, spelled: (routine: string) => string): string {
  const path = workshop.path(`${name}.so`);
  const input = `static char told[] = "0"; const char *calls_told(void) { return told; }
    ${gemm(spelled("dgemm"), "double", int)} ${gemm(spelled("sgemm"), "float", int)}`;
  const { status, stderr } = spawnSync(compiler ?? "cc", ["-x", "c", "-", "-O2", "-shared", "-fPIC", "-o", path], {
    input,
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return path;
}

/** Whole numbers, whose sums are exact in any order: native code and JavaScript have to agree. Then the library's calls. */
const program = (path: string): string => `
import { T, theano } from ${modulePath("../../index.ts")};
import { openLibrary } from ${modulePath("./library.ts")};
const numbers = (rows, columns) => Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => ((i * 7 + j * 3) % 11) - 5));
const same = [];
for (const matrix of [T.dmatrix, T.fmatrix]) {
  const [x, y, z] = ["x", "y", "z"].map((name) => matrix(name));
  const cases = [
    [T.dot(x, y), numbers(160, 130), numbers(130, 150)],
    [T.dot(x.T, y), numbers(130, 160), numbers(130, 150)],
    [T.dot(x, y.T), numbers(160, 130), numbers(150, 130)],
    [T.dot(x.T, y.T), numbers(130, 160), numbers(150, 130)],
    [T.sub(z, T.mul(2, T.dot(x, y))), numbers(160, 130), numbers(130, 150)],
    [T.dot(x, y), numbers(16, 13), numbers(13, 15)],
  ];
  for (const [product, a, b] of cases) {
    const [native, js] = ["native", "js"].map((tier) => theano.function([x, y, z], product, { tier, onUnusedInput: "ignore" })(a, b, numbers(160, 150)));
    same.push(JSON.stringify(native.toNested()) === JSON.stringify(js.toNested()));
  }
}
console.log(same.join(), openLibrary(${JSON.stringify(path)}).text("calls_told"));`;

describe.skipIf(compiler === undefined)("(skipped where there is no compiler)", () => {
  test.each([
    ["Fortran's names, integers of 32 bits", "int", (routine: string) => `${routine}_`],
    ["SciPy's names, integers of 64 bits", "long long", (routine: string) => `scipy_${routine}_64_`],
  ] as const)("%s", (name, int, spelled) => {
    const path = library(name.replaceAll(/\W/g, "-"), int, spelled);
    // Ten large products; the two small ones are done by code of our own.
    const expected = `${Array.from({ length: 12 }, () => "true").join()} :`;
    const { output, warnings } = workshop.run(program(path), { "blas.ldflags": path });
    expect({ output, warnings }).toEqual({ output: expected, warnings: "" });
  });
});
