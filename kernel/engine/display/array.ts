/** Arrays as rich output: NumPy's text, and for vectors and matrices a small table. */
import { Complex, type NDArray, type Scalar } from "@theanotes/runtime";
import type { DisplayData } from "../../messages.ts";
import { displayOf, textDisplay } from "./bundle.ts";
import { html } from "./markup.ts";
import { type Column, faint, table } from "./parts.ts";

/** Longer axes are cut in the middle to this many entries. */
const MOST_ROWS = 20;
const MOST_COLUMNS = 12;
const SIGNIFICANT_DIGITS = 8;

/** How an array looks as a value of a cell. */
export function arrayDisplay(array: NDArray): DisplayData {
  const text = array.repr();
  if (array.size === 0 || (array.ndim !== 1 && array.ndim !== 2)) return textDisplay(text);
  const [rowCount, columnCount] = array.ndim === 1 ? [1, array.size] : [array.shape[0] ?? 0, array.shape[1] ?? 0];
  const rows = cut(rowCount, MOST_ROWS);
  const columns = cut(columnCount, MOST_COLUMNS);
  const at = (row: number, column: number) => (array.ndim === 1 ? array.get(column) : array.get(row, column));
  const head: readonly Column[] = [
    { title: "", align: "right" },
    ...columns.map((column): Column => ({ title: column === null ? "…" : String(column), align: "right" })),
  ];
  const body = rows.map((row) => [
    faint(row === null ? "⋮" : array.ndim === 1 ? "" : String(row)),
    ...columns.map((column) => (row === null || column === null ? "…" : showElement(at(row, column)))),
  ]);
  const caption = faint(`${array.dtype}, shape (${array.shape.join(", ")}${array.ndim === 1 ? "," : ""})`);
  return displayOf({ "text/html": html`<div>${table(head, body)}${caption}</div>`.text, "text/plain": text });
}

/** The positions along an axis that are shown; null stands for those left out. */
function cut(length: number, most: number): readonly (number | null)[] {
  if (length <= most) return Array.from({ length }, (_, i) => i);
  const half = most / 2;
  return [
    ...Array.from({ length: half }, (_, i) => i),
    null,
    ...Array.from({ length: half }, (_, i) => length - half + i),
  ];
}

function showElement(value: Scalar): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return String(value);
  if (value instanceof Complex) {
    const [re, im] = [showElement(value.re), showElement(value.im)];
    return `${re}${im.startsWith("-") ? "" : "+"}${im}j`;
  }
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  return String(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
}
