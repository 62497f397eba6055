import { describe, expect, test } from "vitest";
import { DTYPES, type DType, isFloat } from "../../array/dtype.ts";
import { elementwiseKernel } from "../../loop/build.ts";
import type { Kernel } from "../../loop/ir.ts";
import { applyToInputs } from "../../scalar/expr.ts";
import { isScalarOp, SCALAR_OPS, type ScalarOpName, signatureOf } from "../../scalar/table.ts";
import { refusalOf } from "./refusal.ts";
import { unitOf } from "./unit.ts";

/** An op on vectors of a dtype; null where it takes none of them. */
function kernelOf(op: ScalarOpName, arity: number, dtype: DType): Kernel | null {
  const dtypes = Array<DType>(arity).fill(dtype);
  try {
    const { output } = signatureOf(op, dtypes, "float64");
    const expr = applyToInputs(op, dtypes, isFloat(output) ? output : "float64");
    const inputs = dtypes.map((one) => ({ dtype: one, broadcastable: [false] }));
    return elementwiseKernel({ name: op, exprs: [expr], inputs, ndim: 1 });
  } catch {
    return null;
  }
}

function isWritten(kernel: Kernel): boolean {
  try {
    unitOf([kernel]);
    return true;
  } catch {
    return false;
  }
}

describe("what has no C code is what cannot be written", () => {
  test.each(DTYPES.map(({ name }) => name))("ops of %s", (dtype) => {
    const kernels = SCALAR_OPS.flatMap(({ name, arity }) =>
      isScalarOp(name) ? (kernelOf(name, arity === "variadic" ? 3 : arity, dtype) ?? []) : [],
    );
    expect(kernels.length).toBeGreaterThan(0);
    const named = (some: readonly Kernel[]): string[] => some.map(({ name }) => name);
    expect(named(kernels.filter((kernel) => refusalOf(kernel) === null))).toEqual(named(kernels.filter(isWritten)));
  });
});
