/** `%mode` and `%%mode`: the compilation mode, for what follows or for one cell. */
import { config, type Mode, PREDEFINED_MODES } from "@theanotes/runtime";
import { displayOf } from "../engine/display/bundle.ts";
import { html } from "../engine/display/markup.ts";
import { type Cell, code, table } from "../engine/display/parts.ts";
import { setFlag } from "./flags.ts";
import type { Magic, MagicContext } from "./magic.ts";

export const mode: Magic = {
  name: "mode",
  where: "both",
  argument: "text",
  doc: `Show or switch the compilation mode.

- \`%mode\` lists the modes with their linkers and optimizers.
- \`%mode FAST_RUN\` sets \`config.mode\`: functions compiled from now on use it, those already compiled keep theirs.
- \`%%mode DebugMode\` on a cell's first line sets it for this cell only; it is set back however the cell ends.`,
  words: PREDEFINED_MODES.map(({ name }) => name),
  run(context, argument) {
    const name = argument.trim();
    if (name === "") showModes(context);
    else setFlag(context, "mode", name);
  },
  wrap(context, argument, body) {
    const name = argument.trim();
    if (name === "") throw new SyntaxError("%%mode needs the name of a mode: %%mode DebugMode. %mode lists them.");
    // An interrupt may leave the body without running what comes after it, so the end of the cell is what we wait for.
    config.changeFlags({ mode: config.mode }, () => {
      config.setText("mode", name, { origin: "code", place: `cell ${context.cell}` });
      return context.ended;
    });
    return body();
  },
};

function showModes(context: MagicContext): void {
  const rows = PREDEFINED_MODES.map(({ name, doc, make }) => {
    const { linker, optimizer, behaviour } = make();
    const ownLinker = behaviour.kind === "debug";
    return { name, linker: ownLinker ? "its own" : linker.name, optimizer: tagsOf(optimizer), doc };
  });
  context.show(
    displayOf({
      "text/html": table(
        [{ title: "mode" }, { title: "linker" }, { title: "optimizer" }, { title: "what for", text: "paragraph" }],
        rows.map(({ name, linker, optimizer, doc }): readonly Cell[] => [
          name === config.mode ? html`<b>${code(name)} ← config.mode</b>` : code(name),
          linker,
          optimizer,
          doc,
        ]),
      ).text,
      "text/plain": rows
        .map(
          ({ name, linker, doc }) =>
            `${name === config.mode ? "→" : " "} ${name.padEnd(14)} ${linker.padEnd(8)} ${doc}`,
        )
        .join("\n"),
    }),
  );
}

/** The tags of the rewrites that an optimizer runs: `fast_run`, `fast_run without inplace`. */
function tagsOf({ include, exclude }: Mode["optimizer"]): string {
  const without = exclude.size === 0 ? "" : ` without ${[...exclude].join(", ")}`;
  return `${[...include].join(", ")}${without}`;
}
