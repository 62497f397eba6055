/** DebugMode's reports as rich output: what is wrong, where in the notebook, with which values, in which graph. */
import { graphToSvg } from "@theanotes/runtime";
import { DEBUG_MIME, type DebugJson, type ReportField, type ValueSummaryJson } from "@theanotes/runtime/json";
import type { DisplayData } from "../../messages.ts";
import { displayOf } from "./bundle.ts";
import { html, imageOf, type Markup } from "./markup.ts";
import { type Cell, type Column, code, details, place, pre, table } from "./parts.ts";

/** The report with its graph drawn; readable in every front end and as text. */
export function reportDisplay(report: DebugJson): DisplayData {
  return displayOf({
    [DEBUG_MIME]: report,
    "text/html": reportMarkup(report).text,
    "text/plain": report.text,
  });
}

const EDGE = "border-left:4px solid rgba(211,47,47,.75);padding:.2em 0 .2em 1em";

function reportMarkup(report: DebugJson): Markup {
  return html`<div style="${EDGE}">
<div style="font-size:1.15em"><b>${report.kind}</b>${where(report)}</div>
<div style="margin:.3em 0">${report.title}</div>
${fieldTable(report.fields)}
${drawnGraph(report)}
${valueTable("Inputs of the node", report.inputs)}
${valueTable("Outputs of the node", report.outputs)}
${hintList(report.hints)}
${details("The report as text", pre(report.text))}
</div>`;
}

function where({ location, op }: DebugJson): Markup {
  return html`${location === undefined ? "" : html` at <b>${place(location)}</b>`}${op === undefined ? "" : html` in ${code(op)}`}`;
}

function fieldTable(fields: readonly ReportField[]): Markup {
  const columns: readonly Column[] = [{ title: "" }, { title: "", text: "code" }];
  return table(
    columns,
    fields.map(({ label, value }): readonly Cell[] => [label, value.trim()]),
  );
}

function drawnGraph({ graph, kind }: DebugJson): Markup {
  if (graph === undefined) return html``;
  const image = imageOf(graphToSvg(graph), `The graph around the ${kind}`);
  return html`<div style="margin:.6em 0">${image}${details("context", pre(graph.text), true)}</div>`;
}

const VALUE_COLUMNS: readonly Column[] = [
  { title: "variable" },
  { title: "dtype" },
  { title: "shape" },
  { title: "min", align: "right" },
  { title: "max", align: "right" },
  { title: "NaN", align: "right" },
  { title: "Inf", align: "right" },
  { title: "value", text: "code" },
];

function valueTable(title: string, values: readonly ValueSummaryJson[]): Markup {
  if (values.length === 0) return html``;
  const rows = values.map((value): readonly Cell[] => [
    code(value.name),
    value.dtype,
    `(${value.shape.join(", ")}${value.shape.length === 1 ? "," : ""})`,
    value.min ?? "",
    value.max ?? "",
    String(value.nanCount),
    String(value.infCount),
    value.text,
  ]);
  return html`<div style="margin-top:.6em">${title}${table(VALUE_COLUMNS, rows)}</div>`;
}

function hintList(hints: readonly string[]): Markup {
  if (hints.length === 0) return html``;
  return html`<div style="margin-top:.6em">What to try<ul style="margin:.2em 0">${hints.map((hint) => html`<li>${hint}</li>`)}</ul></div>`;
}
