/** Naming what an expression uses more than once, so that it is written and computed once. */
import { isLeaf } from "../scalar/expr.ts";
import type { Expr, Kernel, Statement } from "./ir.ts";

/**
 * The kernel with a `let` for every application that stands in several places of one stored value. Expressions are graphs
 * whose shared parts are shared objects; written out as trees they may double with every step.
 */
export function nameSharedParts(kernel: Kernel): Kernel {
  return { ...kernel, body: named(kernel.body) };
}

function named(body: readonly Statement[]): readonly Statement[] {
  return body.flatMap((statement): readonly Statement[] => {
    if (statement.kind === "loop") return [{ ...statement, body: named(statement.body) }];
    if (statement.kind !== "store") return [statement];
    const { lets, value } = split(statement.value, `s${statement.access.buffer}_`);
    return [...lets, { ...statement, value }];
  });
}

/** The shared parts of an expression as statements, each after those it uses, and what is left. */
function split(root: Expr, prefix: string): { readonly lets: readonly Statement[]; readonly value: Expr } {
  const uses = countUses(root);
  const lets: Statement[] = [];
  const done = new Map<Expr, Expr>();
  const write = (expr: Expr): Expr => {
    const known = done.get(expr);
    if (known !== undefined) return known;
    if (isLeaf(expr) || expr.kind === "const") return expr;
    const value: Expr = { ...expr, args: expr.args.map(write) };
    const isShared = (uses.get(expr) ?? 0) > 1;
    const name = `${prefix}${lets.length}`;
    if (isShared) lets.push({ kind: "let", name, value });
    const written: Expr = isShared ? { kind: "local", name, dtype: expr.dtype } : value;
    done.set(expr, written);
    return written;
  };
  return { value: write(root), lets };
}

/** In how many places each part stands. */
function countUses(root: Expr): ReadonlyMap<Expr, number> {
  const uses = new Map<Expr, number>();
  const todo: Expr[] = [root];
  for (let expr = todo.pop(); expr !== undefined; expr = todo.pop()) {
    const before = uses.get(expr) ?? 0;
    uses.set(expr, before + 1);
    if (before === 0 && !isLeaf(expr) && expr.kind === "apply") todo.push(...expr.args);
  }
  return uses;
}
