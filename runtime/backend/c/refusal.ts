/** Which kernels have no C code. What C lacks are types and ops; nothing is written to find out. */
import type { Expr, Kernel, Statement } from "../../loop/ir.ts";
import { expressionsOf } from "../../loop/walk.ts";
import { isLeaf } from "../../scalar/expr.ts";
import { scalarOp } from "../../scalar/table.ts";
import { cType, spellOp } from "./spell.ts";

/** Why a kernel has no C code, or null when it has. */
export function refusalOf({ buffers, body }: Kernel): string | null {
  for (const { dtype } of buffers) {
    const type = cType(dtype);
    if (typeof type !== "string") return type.reason;
  }
  return refusedIn(body, new Set());
}

function refusedIn(body: readonly Statement[], seen: Set<Expr>): string | null {
  for (const statement of body) {
    for (const expr of expressionsOf(statement)) {
      const reason = refusedBy(expr, seen);
      if (reason !== null) return reason;
    }
    const inner = statement.kind === "loop" || statement.kind === "reduce" ? refusedIn(statement.body, seen) : null;
    if (inner !== null) return inner;
  }
  return null;
}

/** What stands for arguments: only whether there is a text for the op counts. */
const ARGUMENTS = ["a", "b", "c"];

function refusedBy(root: Expr, seen: Set<Expr>): string | null {
  const todo = [root];
  for (let expr = todo.pop(); expr !== undefined; expr = todo.pop()) {
    if (seen.has(expr)) continue;
    seen.add(expr);
    const type = cType(expr.dtype);
    if (typeof type !== "string") return type.reason;
    if (isLeaf(expr) || expr.kind === "const") continue;
    todo.push(...expr.args);
    const dtypes = expr.args.map((arg) => arg.dtype);
    // Ops of many arguments are written as ops of two.
    const inputs = scalarOp(expr.op).arity === "variadic" ? dtypes.slice(0, 2) : dtypes;
    const code = spellOp(expr.op, inputs, expr.dtype, ARGUMENTS, () => {});
    if (typeof code !== "string") return code.reason;
  }
  return null;
}
