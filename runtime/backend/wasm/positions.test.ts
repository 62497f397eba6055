/** Elements at positions: rows and elements that are picked, set and added to, compared with the interpreter. */
import { describe, expect, test } from "vitest";
import type { DType } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { IndexError } from "../../base/errors.ts";
import { as, define, KernelBuilder, loop, on, reduce } from "../../loop/builder.ts";
import { checkKernel } from "../../loop/check.ts";
import { interpret } from "../../loop/interp.ts";
import type { Kernel } from "../../loop/ir.ts";
import { wasmBackend } from "./index.ts";

const ROW = { position: "at", length: "row" };

/** The rows at some positions. */
function pickRows(dtype: DType): Kernel {
  const kernel = new KernelBuilder("rows");
  const element = kernel.input(dtype, [ROW, "j"]);
  const at = define("at", as(kernel.input("int32", ["i"]), "int64"));
  const store = kernel.output(dtype, ["i", "j"]);
  return kernel.build(...loop(["i"], at.statement, ...loop(["j"], store(element))));
}

/** The squares of the elements of the first column at some positions. */
function pickElements(dtype: DType): Kernel {
  const kernel = new KernelBuilder("elements");
  const element = kernel.input(dtype, [ROW, "first"]);
  const at = define("at", as(kernel.input("int32", ["i"]), "int64"));
  const store = kernel.output(dtype, ["i"]);
  return kernel.build(...loop(["i"], at.statement, store(on("mul", element, element))));
}

/** The sums of the rows at some positions. */
function sumRows(dtype: DType): Kernel {
  const kernel = new KernelBuilder("sums");
  const element = kernel.input(dtype, [ROW, "j"]);
  const at = define("at", as(kernel.input("int32", ["i"]), "int64"));
  const store = kernel.output(dtype, ["i"]);
  const sums = reduce(["j"], { total: ["add", element] });
  return kernel.build(...loop(["i"], at.statement, sums.statement, store(sums.value("total"))));
}

/** A matrix with rows set, or added to, at some positions: the row of their numbers times the matrix's own. */
function putRows(dtype: DType, adds?: true): Kernel {
  const kernel = new KernelBuilder("put");
  const element = kernel.input(dtype, ["row", "j"]);
  const at = define("at", as(kernel.input("int32", ["i"]), "int64"));
  const picked = kernel.input(dtype, ["i", "j"]);
  const store = kernel.output(dtype, ["row", "j"]);
  return kernel.build(
    ...loop(["row"], ...loop(["j"], store(element))),
    ...loop(["i"], at.statement, ...loop(["j"], store(on("mul", picked, picked), [ROW, "j"], adds))),
  );
}

const WIDTH = 21;

function numbers(dtype: DType, ...shape: readonly number[]): NDArray {
  const size = shape.reduce((product, length) => product * length, 1);
  return NDArray.from(Array.from({ length: size }, (_, i) => ((i * 37) % 19) - 9))
    .reshape(shape)
    .astype(dtype);
}

const CASES = {
  "picked rows": { make: pickRows, shape: (n: number) => [n, WIDTH], takesRows: false },
  "picked elements": { make: pickElements, shape: (n: number) => [n], takesRows: false },
  "sums of picked rows": { make: sumRows, shape: (n: number) => [n], takesRows: false },
  "rows that are set": { make: (dtype: DType) => putRows(dtype), shape: () => [5, WIDTH], takesRows: true },
  "rows that are added to": { make: (dtype: DType) => putRows(dtype, true), shape: () => [5, WIDTH], takesRows: true },
} as const;

describe.each(Object.entries(CASES))("%s", (_name, { make, shape, takesRows }) => {
  const inputs = (dtype: DType, positions: readonly number[], rows = 5): NDArray[] => {
    const matrix = numbers(dtype, rows, WIDTH);
    const others = takesRows ? [numbers(dtype, positions.length, WIDTH)] : [];
    return [matrix, NDArray.from(positions).astype("int32"), ...others];
  };

  test.each(["float64", "float32", "int64", "int8"] as const)("of %s", (dtype) => {
    const kernel = make(dtype);
    checkKernel(kernel);
    expect(wasmBackend.supports(kernel)).toBe(true);
    const [run] = wasmBackend.compile([kernel]);
    for (const positions of [[0, 3, 3, -1, 4, -5, 1], []]) {
      const given = inputs(dtype, positions);
      for (const matrix of [given[0], given[0].transpose().copy().transpose()]) {
        const [actual, wanted] = [0, 1].map(() => NDArray.zeros(shape(positions.length), dtype));
        run([matrix, ...given.slice(1)], [actual]);
        interpret(kernel, [matrix, ...given.slice(1), wanted]);
        expect(actual.toNested()).toEqual(wanted.toNested());
      }
    }
  });

  test.each([
    [5, 5],
    [-6, 5],
    [0, 0],
  ])("the position %i of %i rows is refused", (position, rows) => {
    const kernel = make("float64");
    const [run] = wasmBackend.compile([kernel]);
    const out = NDArray.zeros(takesRows ? [rows, WIDTH] : shape(1), "float64");
    expect(() => run(inputs("float64", [position], rows), [out])).toThrow(IndexError);
  });
});
