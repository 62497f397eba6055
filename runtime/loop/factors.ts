/** Sums of products, recognized by their form: backends have schedules of their own for them. */
import { isLeaf } from "../scalar/expr.ts";
import type { Expr, Load, Statement } from "./ir.ts";

/** The two loads that an expression multiplies, perhaps converted first; null for other expressions. */
export function factorsOf(expr: Expr): readonly [Load, Load] | null {
  if (isLeaf(expr) || expr.kind === "const" || expr.op !== "mul" || expr.args.length !== 2) return null;
  const [a, b] = expr.args.map(loadIn);
  return a === null || b === null ? null : [a, b];
}

/** The load that an expression is, perhaps converted; null for other expressions. */
export function loadIn(expr: Expr): Load | null {
  if (isLeaf(expr)) return expr.kind === "load" ? expr : null;
  if (expr.kind === "const" || !expr.op.startsWith("cast_")) return null;
  return loadIn(expr.args[0]);
}

/** Whether some reduction sums products of two elements. */
export function hasProducts(body: readonly Statement[]): boolean {
  return body.some((statement) => {
    if (statement.kind === "loop") return hasProducts(statement.body);
    if (statement.kind !== "reduce") return false;
    return statement.accumulators.some(({ op, value }) => op === "add" && factorsOf(value) !== null);
  });
}
