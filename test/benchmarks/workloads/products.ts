/** Matrix products, alone and over sizes. */
import { T } from "../../../runtime/index.ts";
import { bytesOf, type Program, type SpeedWorkload } from "../workload.ts";
import { shortName } from "./elementwise.ts";
import { argument, uniform } from "./inputs.ts";

const dot: Program = {
  name: "dot",
  build: (x) => ({ outputs: [T.dot(x("a"), x("b"))], updates: [] }),
  plain: (x, shapes) => {
    const [[m, k], [, n]] = [shapes("a"), shapes("b")];
    return { outputs: [product(x("a"), x("b"), m, k, n)] };
  },
};

/** `a` of m × k by `b` of k × n. */
export function product(a: readonly number[], b: readonly number[], m: number, k: number, n: number): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let i = 0; i < k; i++) sum += a[row * k + i] * b[i * n + column];
    return sum;
  });
}

function square(name: string, group: string, n: number, dtype: "float64" | "float32"): SpeedWorkload {
  return {
    kind: "speed",
    name,
    group,
    program: dot,
    dtype,
    inputs: ["a", "b"].map((input) => argument(input, dtype, [n, n], uniform(-1, 1))),
    flops: 2 * n ** 3,
    bytes: 3 * n ** 2 * bytesOf(dtype),
    tolerance: dtype === "float64" ? 1e-12 : 1e-5,
  };
}

export const PRODUCTS: readonly SpeedWorkload[] = (["float64", "float32"] as const).map((dtype) =>
  square(`dot-512-${shortName(dtype)}`, "products", 512, dtype),
);

export const PRODUCT_SIZES: readonly SpeedWorkload[] = [64, 128, 256, 512, 1024].map((n) =>
  square(`gemm-f64-${n}`, "scaling", n, "float64"),
);
