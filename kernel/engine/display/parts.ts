/**
 * The parts that our static HTML is made of.
 *
 * It must read well where scripts, style sheets and most attributes are removed: styles are inline and literal, text colour
 * and background stay the reader's own, tints are translucent so that they work on white and on black, and what a
 * tint or bar says is also written as text.
 */
import type { SourceLocation } from "@theanotes/runtime/json";
import { html, type Markup } from "./markup.ts";

const LINE = "rgba(128,128,128,.35)";
const TABLE = "border-collapse:collapse;margin:.4em 0;font-size:inherit";
const ROW = `background:none;border-bottom:1px solid ${LINE}`;
const CELL = "padding:.2em .7em;vertical-align:top";
const TEXT = {
  line: ";white-space:nowrap",
  paragraph: "",
  code: ";font-family:monospace;white-space:pre-wrap",
} as const;

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** How its text is set: as one line (the default), as a paragraph, or in a fixed-width font with its line breaks. */
  readonly text?: "line" | "paragraph" | "code";
}

/** What stands in a cell; `share` (0 to 1) draws a bar behind it. */
export type Cell = string | Markup | { readonly content: string | Markup; readonly share: number };

/** A table; without titles in any column it has no head. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): Markup {
  const head = columns.some((column) => column.title !== "")
    ? html`<thead><tr style="${ROW}">${columns.map((column) => html`<th style="${headStyle(column)}">${column.title}</th>`)}</tr></thead>`
    : "";
  const body = rows.map(
    (row) => html`<tr style="${ROW}">${row.map((cell, i) => tableCell(cell, columns[i] ?? { title: "" }))}</tr>`,
  );
  return html`<table style="${TABLE}">${head}<tbody>${body}</tbody></table>`;
}

/** A part that opens on a click, and that is simply there where clicks do nothing. */
export function details(summary: string | Markup, content: Markup, open = false): Markup {
  const attribute = open ? " open" : "";
  return html`<details${attribute} style="margin:.3em 0"><summary style="cursor:pointer">${summary}</summary>${content}</details>`;
}

/** Text in a fixed-width font, line breaks kept. */
export function pre(text: string): Markup {
  return html`<pre style="margin:.4em 0;font-family:monospace;white-space:pre;overflow-x:auto;line-height:1.35">${text}</pre>`;
}

/** A short piece of code within a sentence. */
export function code(text: string): Markup {
  return html`<code style="font-family:monospace;background:rgba(128,128,128,.14);padding:0 .25em">${text}</code>`;
}

/** Text that steps back behind what stands around it, in any theme. */
export function faint(text: string | Markup): Markup {
  return html`<span style="opacity:.7">${text}</span>`;
}

/** `cell 4, line 3` in a notebook, `file.ts:3` elsewhere. */
export function place(location: SourceLocation): string {
  return location.cell === undefined
    ? `${location.file}:${location.line}`
    : `cell ${location.cell}, line ${location.line}`;
}

function tableCell(cell: Cell, column: Column): Markup {
  if (typeof cell === "object" && "share" in cell) {
    const end = `${(100 * cell.share).toFixed(1)}%`;
    const bar = `background:linear-gradient(to right, rgba(66,133,244,.35) ${end}, transparent ${end})`;
    return html`<td style="${cellStyle(column)};${bar}">${cell.content}</td>`;
  }
  return html`<td style="${cellStyle(column)}">${cell}</td>`;
}

function headStyle({ align = "left" }: Column): string {
  return `${CELL};text-align:${align};white-space:nowrap`;
}

function cellStyle(column: Column): string {
  return `${CELL};text-align:${column.align ?? "left"}${TEXT[column.text ?? "line"]}`;
}
