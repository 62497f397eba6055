/** `%config`: the configuration, in IPython's manner of configuring. */
import { explainFlags, flagWords, setFlag, showAllFlags, showFlags } from "./flags.ts";
import type { Magic } from "./magic.ts";

const ASSIGNMENT = /^([^=]*?)\s*=\s*(.*)$/s;
const QUOTED = /^(["'])(.*)\1$/s;

export const config: Magic = {
  name: "config",
  where: "line",
  argument: "text",
  doc: `Show or set configuration flags.

- \`%config\` lists all flags.
- \`%config DebugMode\` shows the flags of a section, \`%config DebugMode.patience\` one flag.
- \`%config DebugMode.patience?\` explains a flag.
- \`%config DebugMode.patience = 3\` sets a flag. Quotes around the value are optional.`,
  words: flagWords(),
  run(context, argument) {
    const text = argument.trim();
    const [, name, value = ""] = ASSIGNMENT.exec(text) ?? [];
    if (name !== undefined) setFlag(context, name, QUOTED.exec(value)?.[2] ?? value);
    else if (text === "") showAllFlags(context);
    else if (text.endsWith("?")) explainFlags(context, text.slice(0, -1).trim());
    else showFlags(context, text);
  },
};
