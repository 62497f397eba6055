/** `%theano_flags`: the configuration, in the grammar of the environment variable THEANO_FLAGS. */
import { parseFlags } from "@theanotes/runtime";
import { explainFlags, flagWords, setFlag, showAllFlags, showFlags } from "./flags.ts";
import type { Magic } from "./magic.ts";

export const theanoFlags: Magic = {
  name: "theano_flags",
  where: "line",
  argument: "text",
  doc: `List, explain or set configuration flags.

- \`%theano_flags\` lists all flags with their values.
- \`%theano_flags floatX\` shows one flag, \`%theano_flags DebugMode\` those of a section.
- \`%theano_flags floatX?\` explains a flag.
- \`%theano_flags floatX=float32,DebugMode.patience=3\` sets flags, left to right. The grammar is that of the
  environment variable \`THEANO_FLAGS\`: quotes protect commas, a backslash protects one character. At an error the
  flags before it stay set.`,
  words: flagWords(),
  run(context, argument) {
    const text = argument.trim();
    if (text === "") showAllFlags(context);
    else if (text.endsWith("?")) explainFlags(context, text.slice(0, -1).trim());
    else if (!text.includes("=") && !text.includes(",")) showFlags(context, text);
    else setAll();

    function setAll(): void {
      for (const { name, value } of parseFlags(text, "%theano_flags")) {
        if (value === undefined)
          throw new SyntaxError(`${name} has no value: write ${name}=VALUE, or %theano_flags ${name} alone.`);
        setFlag(context, name, value);
      }
    }
  },
};
