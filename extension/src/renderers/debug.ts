import type { DebugJson, GraphNodeJson, SourceLocation, ValueSummaryJson } from "@theanotes/runtime/json";
import { element } from "../dom.ts";
import { placeText, shapeText, type Translate } from "../text.ts";
import { graphView } from "./graph.ts";

/** Brings the user to a place in their code, seen from an element of the notebook. Says whether it was found. */
export type GoTo = (from: HTMLElement, place: SourceLocation) => Promise<boolean>;

/** A report of DebugMode: what happened, where, with which values, in which graph, and what to try. */
export function debugView(report: DebugJson, trans: Translate, goTo: GoTo): HTMLElement {
  const { graph } = report;
  return element(
    "article",
    { class: "theanotes-Report", "aria-label": trans.__("%1 report", report.kind) },
    element("div", { class: "theanotes-heading" }, report.kind),
    element("p", {}, report.title),
    whereabouts(report, trans, goTo),
    ...hints(report, trans),
    fieldTable(report, trans),
    ...valueTable(trans.__("Inputs of the node"), report.inputs, trans),
    ...valueTable(trans.__("Outputs of the node"), report.outputs, trans),
    ...(graph === undefined ? [] : [graphView(graph, trans, (node) => isCulprit(node, report))]),
    element("details", {}, element("summary", {}, trans.__("The report as text")), element("pre", {}, report.text)),
  );
}

function whereabouts({ location, op }: DebugJson, trans: Translate, goTo: GoTo): HTMLElement {
  const parts: HTMLElement[] = [];
  if (location !== undefined) parts.push(...link(location, trans, goTo));
  if (op !== undefined) parts.push(element("code", {}, op));
  return element("p", { class: "theanotes-where" }, ...parts);
}

/** A place as a button that goes there, when it is in a cell, and a line for saying that the cell is gone. */
function link(place: SourceLocation, trans: Translate, goTo: GoTo): HTMLElement[] {
  const text = placeText(place, trans);
  if (place.cell === undefined) return [element("span", {}, text)];
  const button = element(
    "button",
    { type: "button", class: "theanotes-link", title: trans.__("Go to this line") },
    text,
  );
  const notice = element("span", { role: "status" });
  button.addEventListener("click", async () => {
    const isFound = await goTo(button, place);
    notice.textContent = isFound ? "" : trans.__("(no cell of this notebook has run as number %1)", place.cell ?? "");
  });
  return [button, notice];
}

function hints({ hints }: DebugJson, trans: Translate): HTMLElement[] {
  if (hints.length === 0) return [];
  const items = hints.map((hint) => element("li", {}, hint));
  return [element("p", {}, trans.__("What to try")), element("ul", {}, ...items)];
}

function fieldTable({ fields }: DebugJson, trans: Translate): HTMLElement {
  const rows = fields.map(({ label, value }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", class: "theanotes-code" }, label),
      element("td", { class: "theanotes-code" }, value.trim()),
    ),
  );
  return element("table", { "aria-label": trans.__("The value that was found") }, element("tbody", {}, ...rows));
}

function valueTable(caption: string, values: readonly ValueSummaryJson[], trans: Translate): HTMLElement[] {
  if (values.length === 0) return [];
  const titles = ["variable", "dtype", "shape", "min", "max", "NaN", "Inf"].map((title) => trans.__(title));
  const head = titles.map((title) => element("th", { scope: "col" }, title));
  const rows = values.flatMap(({ name, dtype, shape, min, max, nanCount, infCount, text }) => {
    const cells = [dtype, shapeText(shape), min ?? "", max ?? "", String(nanCount), String(infCount)];
    const data = cells.map((cell) => element("td", { class: "theanotes-code" }, cell));
    return [
      element("tr", {}, element("th", { scope: "row", class: "theanotes-code" }, name), ...data),
      // In a row of its own the lines of a matrix have room to stay lines.
      element(
        "tr",
        { class: "theanotes-value" },
        element("td", { class: "theanotes-code", colspan: titles.length }, text),
      ),
    ];
  });
  const table = element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows),
  );
  return [element("div", { class: "theanotes-scroll" }, table)];
}

function isCulprit({ kind, op, label, location }: GraphNodeJson, report: DebugJson): boolean {
  if (kind !== "apply" || (report.op !== op && report.op !== label)) return false;
  return location === undefined || report.location === undefined || location.line === report.location.line;
}
