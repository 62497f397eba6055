/** `%lsmagic`: the list of magics. */
import { displayOf } from "../engine/display/bundle.ts";
import { html } from "../engine/display/markup.ts";
import { code, table } from "../engine/display/parts.ts";
import type { MagicSpec } from "../messages.ts";
import type { Magic } from "./magic.ts";

/** @param others the magics to list beside itself */
export function lsmagic(others: readonly MagicSpec[]): Magic {
  const self: Magic = {
    name: "lsmagic",
    where: "line",
    argument: "text",
    doc: "List all magics.",
    words: [],
    run(context) {
      const rows = [...others, self].map((magic) => [spellings(magic), summary(magic)] as const);
      const width = Math.max(...rows.map(([spelling]) => spelling.length));
      context.show(
        displayOf({
          "text/html": table(
            [{ title: "magic" }, { title: "what it does", text: "paragraph" }],
            rows.map(([spelling, what]) => [html`${code(spelling)}`, what]),
          ).text,
          "text/plain": rows.map(([spelling, what]) => `${spelling.padEnd(width)}  ${what}`).join("\n"),
        }),
      );
    },
  };
  return self;
}

function spellings({ name, where }: MagicSpec): string {
  const line = where === "cell" ? [] : [`%${name}`];
  const cell = where === "line" ? [] : [`%%${name}`];
  return [...line, ...cell].join(" ");
}

function summary({ doc }: MagicSpec): string {
  return doc.split("\n", 1)[0] ?? "";
}
