/** `%profile` and `%%profile`: where the time of compiled functions goes. */
import { ProfileSession, profilesToJson } from "@theanotes/runtime";
import { opTimeChart, profileTable } from "../engine/display/profile.ts";
import { finallyAfter } from "./finally-after.ts";
import type { Magic, MagicContext } from "./magic.ts";

export const profile: Magic = {
  name: "profile",
  where: "both",
  argument: "expression",
  doc: `Profile the compiled functions that an expression or a cell calls.

- \`%profile f([1, 2, 3])\` evaluates the expression and shows a chart of the time spent in each op of each function
  that was called, and a table of all apply nodes.
- \`%%profile\` on a cell's first line does the same for the cell.

Functions that were compiled earlier are included. DebugMode cannot be profiled: every node runs several times in it.`,
  words: [],
  run(context, _argument, value) {
    if (value === undefined) throw new SyntaxError("%profile needs an expression: %profile f([1, 2, 3])");
    return profiled(context, value);
  },
  wrap: (context, _argument, body) => profiled(context, body),
};

function profiled(context: MagicContext, body: () => unknown): unknown {
  const session = new ProfileSession();
  return finallyAfter(
    () => session.run(body),
    () => showSession(context, session),
  );
}

function showSession(context: MagicContext, session: ProfileSession): void {
  const called = session.profiles.filter((profile) => profile.calls > 0);
  if (called.length === 0) {
    context.print("No compiled function was called that can be profiled; those in DebugMode cannot.\n");
    return;
  }
  for (const profile of called) {
    const { functions, text } = profile.toJSON();
    context.display(opTimeChart(functions[0], text));
  }
  context.show(profileTable(profilesToJson(called)));
}
