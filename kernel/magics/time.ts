/** `%time` and `%%time`: how long something takes. */
import { performance } from "node:perf_hooks";
import { showSeconds } from "../engine/display/numbers.ts";
import { finallyAfter } from "./finally-after.ts";
import type { Magic, MagicContext } from "./magic.ts";

export const time: Magic = {
  name: "time",
  where: "both",
  argument: "expression",
  doc: `Say how long an expression or a cell takes.

- \`%time f([1, 2, 3])\` evaluates the expression, shows its value and says how long it took.
- \`%%time\` on a cell's first line does the same for the cell. What the cell awaits counts.`,
  words: [],
  run(context, _argument, value) {
    if (value === undefined) throw new SyntaxError("%time needs an expression: %time f([1, 2, 3])");
    return timed(context, value);
  },
  wrap: (context, _argument, body) => timed(context, body),
};

function timed(context: MagicContext, body: () => unknown): unknown {
  const start = performance.now();
  return finallyAfter(body, () => context.print(`Time: ${showSeconds((performance.now() - start) / 1000)}\n`));
}
