/** How far two arrays are apart, as DebugMode's reports print it. */
import { NDArray } from "../array/ndarray.ts";
import { sameShape } from "../array/shape.ts";
import { pyTuple } from "../base/python.ts";

/** The `Expected`/`Value` table, the values, and statistics of absolute and relative differences. */
export function compareValues(expected: NDArray, value: NDArray): string {
  const head = [
    "           : shape, dtype, strides, min, max, n_inf, n_nan:",
    `  Expected : ${tableRow(expected)}`,
    `  Value    : ${tableRow(value)}`,
    `  expected    : ${expected}`,
    `  value    : ${value}`,
  ];
  return `${[...head, ...(sameShape(expected.shape, value.shape) ? differenceLines(expected, value) : [])].join("\n")}\n`;
}

function tableRow(x: NDArray): string {
  const { min, max, infCount, nanCount } = x.summary();
  const strides = pyTuple(x.byteStrides);
  return `${pyTuple(x.shape)} ${x.dtype} ${strides} ${decimal(min)} ${decimal(max)} ${infCount} ${nanCount} `;
}

function decimal(value: number | bigint | boolean | undefined): string {
  return String(NDArray.scalar(Number(value ?? Number.NaN), "float64"));
}

function differenceLines(expected: NDArray, value: NDArray): string[] {
  const a = [...expected.elements()].map(Number);
  const b = [...value.elements()].map(Number);
  const absolute = a.map((x, i) => Math.abs(x - b[i]));
  // Theano's denominator: both sizes, and never so small that it explodes.
  const relative = absolute.map((d, i) => d / Math.max(Math.abs(a[i]) + Math.abs(b[i]), 1e-8));
  return [...statistics("Abs Diff", absolute), ...statistics("Rel Diff", relative)];
}

function statistics(label: string, values: readonly number[]): string[] {
  const sorted = [...values].sort((x, y) => x - y);
  const n = values.length;
  const mean = values.reduce((s, x) => s + x, 0) / n;
  const median = n % 2 === 1 ? sorted[(n - 1) / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  const deviation = Math.sqrt(values.reduce((s, x) => s + (x - mean) ** 2, 0) / n);
  const rows: [string, number][] = [
    ["Max", sorted[n - 1]],
    ["Mean", mean],
    ["Median", median],
    ["Std", deviation],
  ];
  return rows.map(([name, x]) => `  ${name} ${label}:  ${Number.isInteger(x) ? `${x}.0` : x}`);
}
