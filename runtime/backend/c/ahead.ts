/**
 * Functions computed ahead of the loop that uses them. Rows may be short, and what is left of one behind its last whole
 * vector would be computed element by element, which for a function takes longer than the vectors before it. A row's
 * arguments go to a buffer instead, whose vectors are all whole.
 */
import { type DType, dtypeInfo, isFloat } from "../../array/dtype.ts";
import type { Expr, Statement } from "../../loop/ir.ts";
import { expressionsOf, leavesOf } from "../../loop/walk.ts";
import { isLeaf } from "../../scalar/expr.ts";
import { isPoly } from "../../scalar/poly.ts";
import { isNear } from "../../scalar/trigonometric.ts";

/** A function of one argument that a loop computes in each step. */
export interface Ahead {
  readonly call: Extract<Expr, { kind: "apply" }>;
  readonly argument: Expr;
}

/** The only function that the statements compute; null where there are several, or where its argument is a `let` of theirs. */
export function functionAhead(statements: readonly Statement[], more: readonly Expr[] = []): Ahead | null {
  const calls = new Map<string, Ahead["call"]>();
  for (const expr of [...statements.flatMap(expressionsOf), ...more]) collect(expr, calls);
  const [call, another] = calls.values();
  if (call === undefined || another !== undefined) return null;
  const [argument] = call.args;
  const named = new Set(statements.flatMap((statement) => (statement.kind === "let" ? statement.name : [])));
  const isOutside = leavesOf(argument).every((leaf) => leaf.kind !== "local" || !named.has(leaf.name));
  return argument.dtype === call.dtype && isOutside && !isLeaf(argument) ? { call, argument } : null;
}

function collect(expr: Expr, calls: Map<string, Ahead["call"]>): void {
  if (isLeaf(expr) || expr.kind === "const") return;
  if (isPoly(expr.op)) calls.set(keyOf(expr), expr);
  for (const arg of expr.args) collect(arg, calls);
}

/** The arguments of sines and cosines in the statements. */
export function anglesIn(statements: readonly Statement[]): readonly Expr[] {
  const angles = new Map<string, Expr>();
  const visit = (expr: Expr): void => {
    if (isLeaf(expr) || expr.kind === "const") return;
    if (isNear(expr.op) && isFloat(expr.dtype)) angles.set(keyOf(expr.args[0]), expr.args[0]);
    expr.args.forEach(visit);
  };
  statements.flatMap(expressionsOf).forEach(visit);
  return [...angles.values()];
}

/** What tells expressions apart. */
export function keyOf(expr: Expr): string {
  if (isLeaf(expr)) return JSON.stringify(expr);
  if (expr.kind === "const") return `${expr.value}:${expr.dtype}`;
  return `${expr.op}:${expr.dtype}(${expr.args.map(keyOf).join()})`;
}

/** The expression with another in the place of one of its parts. */
export function replaced(expr: Expr, part: Expr, by: Expr): Expr {
  if (keyOf(expr) === keyOf(part)) return by;
  if (isLeaf(expr) || expr.kind === "const") return expr;
  return { ...expr, args: expr.args.map((arg) => replaced(arg, part, by)) };
}

/** The statements with another expression in the place of a part. */
export function replacedIn(statements: readonly Statement[], part: Expr, by: Expr): readonly Statement[] {
  return statements.map((statement) =>
    statement.kind === "let" || statement.kind === "store"
      ? { ...statement, value: replaced(statement.value, part, by) }
      : statement,
  );
}

/** Elements of the widest vectors. */
export function laneCount(dtype: DType): number {
  return 64 / dtypeInfo(dtype).bytes;
}
