import type { ConfigFlagJson, ConfigJson } from "@theanotes/runtime/json";
import { element } from "../dom.ts";
import { filterFlags, type Translate } from "../text.ts";

/** The configuration, or a part of it, as a table; one of several flags can be searched. */
export function configView({ flags }: ConfigJson, trans: Translate): HTMLElement {
  const search = element("input", {
    type: "search",
    placeholder: trans.__("Filter flags"),
    "aria-label": trans.__("Filter flags"),
    // Typing here must not run the notebook's keyboard shortcuts.
    "data-lm-suppress-shortcuts": "true",
  });
  const onlyChanged = element("input", { type: "checkbox" });
  const count = element("span", { role: "status" });
  const body = element("tbody", {});
  const show = () => {
    const shown = filterFlags(flags, search.value, onlyChanged.checked);
    count.textContent = trans.__("%1 of %2", shown.length, trans._n("%1 flag", "%1 flags", flags.length));
    body.replaceChildren(...shown.map((flag) => flagRow(flag, trans)));
  };
  search.addEventListener("input", show);
  onlyChanged.addEventListener("change", show);
  show();
  const bar = element(
    "div",
    { class: "theanotes-bar" },
    search,
    element("label", {}, onlyChanged, trans.__("only those set")),
    count,
  );
  const titles = [trans.__("flag"), trans.__("value"), trans.__("set by"), trans.__("what it does")];
  const head = element("tr", {}, ...titles.map((title) => element("th", { scope: "col" }, title)));
  return element(
    "section",
    { class: "theanotes-Config", "aria-label": trans.__("Configuration") },
    ...(flags.length > 1 ? [bar] : []),
    element("div", { class: "theanotes-scroll" }, element("table", {}, element("thead", {}, head), body)),
  );
}

function flagRow(flag: ConfigFlagJson, trans: Translate): HTMLElement {
  const notes = [
    [flag.choices?.join(" · ") ?? flag.kind],
    flag.mutable ? [] : [trans.__("only before the kernel starts")],
    flag.effective ? [] : [trans.__("accepted without effect")],
  ].flat();
  const value = element("td", { class: "theanotes-code", title: trans.__("default: %1", flag.default) }, flag.value);
  return element(
    "tr",
    { class: flag.origin === "default" ? undefined : "theanotes-mod-set" },
    element("th", { scope: "row", class: "theanotes-code" }, ...breakable(flag.name)),
    value,
    element("td", {}, flag.originDetail ?? flag.origin),
    element("td", {}, flag.doc, element("div", { class: "theanotes-note" }, notes.join("; "))),
  );
}

/** A name that may go on in the next line after each dot and underscore. */
function breakable(name: string): (Node | string)[] {
  return name.split(/(?<=[._])/).flatMap((part) => [part, element("wbr", {})]);
}
