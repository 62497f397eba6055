/**
 * Quotients by what is the same for a whole loop, as products with its reciprocal: a division takes ten times as long as a
 * product, and both give the same to one unit in the last place, as long as the reciprocal is no extreme number.
 */
import { type DType, isFloat } from "../../array/dtype.ts";
import type { Expr, Local, Statement } from "../../loop/ir.ts";
import { isLeaf } from "../../scalar/expr.ts";

/** The binary exponents between which both a number and its reciprocal have all their digits. */
const EXPONENTS: Partial<Record<DType, number>> = { float64: 1000, float32: 120 };

/** The locals that the statements divide by, and do not define. */
export function divisorsOf(statements: readonly Statement[]): readonly Local[] {
  const inside = new Set(statements.flatMap((statement) => (statement.kind === "let" ? [statement.name] : [])));
  const found = new Map<string, Local>();
  const visit = (expr: Expr): void => {
    if (isLeaf(expr) || expr.kind === "const") return;
    const divisor = divisorOf(expr);
    if (divisor !== null && !inside.has(divisor.name)) found.set(divisor.name, divisor);
    expr.args.forEach(visit);
  };
  for (const statement of statements)
    if (statement.kind === "let" || statement.kind === "store") visit(statement.value);
  return [...found.values()];
}

function divisorOf(expr: Extract<Expr, { kind: "apply" }>): Local | null {
  if (expr.op !== "true_div" || !isFloat(expr.dtype) || EXPONENTS[expr.dtype] === undefined) return null;
  const [, divisor] = expr.args;
  return isLeaf(divisor) && divisor.kind === "local" && divisor.dtype === expr.dtype ? divisor : null;
}

/** The condition, in C, under which a value may be replaced by its reciprocal. */
export function isModerate(value: string, dtype: DType): string {
  const limit = EXPONENTS[dtype] ?? 0;
  const size = `__builtin_fabs(${value})`;
  return `${size} >= 0x1p-${limit} && ${size} <= 0x1p${limit}`;
}

/** The statements with products in the place of quotients, given the reciprocals of divisors. */
export function withReciprocals(
  statements: readonly Statement[],
  reciprocals: ReadonlyMap<string, Local>,
): readonly Statement[] {
  const map = (expr: Expr): Expr => {
    if (isLeaf(expr) || expr.kind === "const") return expr;
    const args = expr.args.map(map);
    const reciprocal = reciprocals.get(divisorOf(expr)?.name ?? "");
    return reciprocal === undefined ? { ...expr, args } : { ...expr, op: "mul", args: [args[0], reciprocal] };
  };
  return statements.map((statement) =>
    statement.kind === "let" || statement.kind === "store" ? { ...statement, value: map(statement.value) } : statement,
  );
}
