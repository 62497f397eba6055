/** The configuration as rich output: a searchable table with the extension, sections that open without it. */
import { CONFIG_MIME, type ConfigFlagJson, type ConfigJson } from "@theanotes/runtime/json";
import type { DisplayData } from "../../messages.ts";
import { displayOf } from "./bundle.ts";
import { html, type Markup } from "./markup.ts";
import { count } from "./numbers.ts";
import { type Cell, type Column, code, details, faint, table } from "./parts.ts";

/** What the section of a flag without a dot is called; its name in configuration files. */
const GLOBAL = "global";

/**
 * The whole configuration, or the flags of a part of it.
 * @param listing the same as text, in Theano's format
 */
export function configDisplay(configuration: ConfigJson, listing: string): DisplayData {
  return displayOf({
    [CONFIG_MIME]: configuration,
    "text/html": configMarkup(configuration.flags).text,
    "text/plain": listing,
  });
}

/** The name that groups a flag with its like: `DebugMode` of `DebugMode.patience`. */
export function sectionOf(flagName: string): string {
  const dot = flagName.lastIndexOf(".");
  return dot < 0 ? GLOBAL : flagName.slice(0, dot);
}

function configMarkup(flags: readonly ConfigFlagJson[]): Markup {
  const changed = flags.filter((flag) => flag.origin !== "default");
  const sections = partsOf(flags);
  if (sections.length === 1) return html`<div>${flagTable(flags)}</div>`;
  const state = changed.length === 0 ? "all at their defaults" : `${changed.length} set`;
  return html`<div><b>Configuration</b> · ${count(flags.length, "flag")}, ${state}${
    changed.length === 0 ? "" : flagTable(changed)
  }${sections.map(([title, members]) =>
    details(html`${title} ${faint(`(${members.length})`)}`, flagTable(members)),
  )}</div>`;
}

/** Smaller sections than this share a table: two dozen headings with a flag or two each would be hard to scan. */
const SMALLEST_SECTION = 3;

/** The flags in tables with titles, in the order of the listing. */
function partsOf(flags: readonly ConfigFlagJson[]): readonly (readonly [string, readonly ConfigFlagJson[]])[] {
  const sections = [...Map.groupBy(flags, (flag) => sectionOf(flag.name))];
  if (sections.length === 1) return sections;
  const large = sections.filter(([, members]) => members.length >= SMALLEST_SECTION);
  const small = sections.filter(([, members]) => members.length < SMALLEST_SECTION);
  if (small.length === 0) return large;
  return [...large, ["other sections", small.flatMap(([, members]) => members)]];
}

const COLUMNS: readonly Column[] = [
  { title: "flag" },
  { title: "value", text: "code" },
  { title: "set by" },
  { title: "what it does", text: "paragraph" },
];

function flagTable(flags: readonly ConfigFlagJson[]): Markup {
  return table(
    COLUMNS,
    flags.map((flag): readonly Cell[] => [
      code(flag.name),
      flag.value,
      flag.originDetail ?? faint(flag.origin),
      html`${flag.doc}<br>${faint(notes(flag).join("; "))}`,
    ]),
  );
}

function notes(flag: ConfigFlagJson): readonly string[] {
  return [
    flag.choices?.join(" · ") ?? flag.kind,
    ...(flag.mutable ? [] : ["can only be set before the kernel starts"]),
    ...(flag.effective ? [] : ["accepted without effect in this version"]),
  ];
}
