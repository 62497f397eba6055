/** Reductions over the same axes, none of which needs the result of another, run in one pass. */
import type { Kernel, Statement } from "./ir.ts";
import { expressionsOf, leavesOf } from "./walk.ts";

type Reduce = Extract<Statement, { kind: "reduce" }>;

/** The kernel with such reductions joined, in every list of statements. */
export function reduceTogether(kernel: Kernel): Kernel {
  return { ...kernel, body: joinIn(kernel.body) };
}

function joinIn(body: readonly Statement[]): readonly Statement[] {
  const done: Statement[] = [];
  for (const statement of body) {
    if (statement.kind === "loop") done.push({ ...statement, body: joinIn(statement.body) });
    else if (statement.kind !== "reduce" || !joinsEarlier(statement, done)) done.push(statement);
  }
  return done;
}

/** Joins the reduction to an earlier one if that is possible. */
function joinsEarlier(reduce: Reduce, done: Statement[]): boolean {
  const used = namesUsed(reduce);
  for (let at = done.length - 1; at >= 0; at--) {
    const earlier = done[at];
    if (earlier.kind === "reduce" && isSame(earlier.axes, reduce.axes) && !definesAny(earlier, used)) {
      done[at] = {
        ...earlier,
        body: [...earlier.body, ...reduce.body],
        accumulators: [...earlier.accumulators, ...reduce.accumulators],
      };
      return true;
    }
    // What it needs has to be there before.
    if (definesAny(earlier, used)) return false;
  }
  return false;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

function namesUsed(statement: Statement): Set<string> {
  const names = new Set<string>();
  for (const leaf of expressionsOf(statement).flatMap(leavesOf)) {
    if (leaf.kind === "local") names.add(leaf.name);
    if (leaf.kind === "load")
      for (const { position } of leaf.access.index) if (position !== undefined) names.add(position);
  }
  if (statement.kind === "loop" || statement.kind === "reduce")
    for (const inner of statement.body) for (const name of namesUsed(inner)) names.add(name);
  return names;
}

function definesAny(statement: Statement, names: ReadonlySet<string>): boolean {
  if (statement.kind === "let") return names.has(statement.name);
  return statement.kind === "reduce" && statement.accumulators.some(({ name }) => names.has(name));
}
