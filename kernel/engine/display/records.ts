/** Arrays of records as a table: what queries, parsers and measurements give. */
import { inspect } from "node:util";
import type { DisplayData } from "../../messages.ts";
import { displayOf } from "./bundle.ts";
import { html } from "./markup.ts";
import { type Cell, type Column, faint, table } from "./parts.ts";

const MOST_ROWS = 50;
const MOST_COLUMNS = 20;

type PlainRecord = Readonly<Record<string, unknown>>;

/** Whether `value` is an array, not empty, of plain objects with something in them. */
export function isRecords(value: unknown): value is readonly PlainRecord[] {
  return Array.isArray(value) && value.length > 0 && value.every(isPlainRecord);
}

/** A table with a column for every key that occurs. */
export function recordsDisplay(records: readonly PlainRecord[]): DisplayData {
  const keys = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const shownKeys = keys.slice(0, MOST_COLUMNS);
  const shown = records.slice(0, MOST_ROWS);
  const columns = shownKeys.map((title): Column => {
    const numeric = shown.every((record) => ["number", "bigint", "undefined"].includes(typeof record[title]));
    return { title, ...(numeric ? { align: "right" } : {}) };
  });
  const rows = shown.map((record) => shownKeys.map((key): Cell => cellText(record[key])));
  const left = [
    ...(records.length > MOST_ROWS ? [`${records.length - MOST_ROWS} more rows`] : []),
    ...(keys.length > MOST_COLUMNS ? [`${keys.length - MOST_COLUMNS} more columns`] : []),
  ];
  return displayOf({
    "text/html": html`<div>${table(columns, rows)}${left.length === 0 ? "" : faint(left.join(", "))}</div>`.text,
    "text/plain": inspect(records),
  });
}

function isPlainRecord(value: unknown): value is PlainRecord {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function cellText(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
}
