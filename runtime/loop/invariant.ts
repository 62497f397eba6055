/**
 * What is the same in every step of a loop is computed before it. Compilers of C do not see it where results might lie
 * where inputs do.
 */

import { mapLeaves } from "../scalar/expr.ts";
import { hasProducts } from "./factors.ts";
import type { Access, AxisValue, Expr, Kernel, Load, Local, Statement } from "./ir.ts";
import { isPlainlyIndexed } from "./walk.ts";

type Leaf = Load | Local | AxisValue;

/** The kernel with invariant parts of expressions named before the loops and reductions that compute with them. */
export function hoistInvariants(kernel: Kernel): Kernel {
  // Sums of products have forms of their own, which backends recognize.
  if (hasProducts(kernel.body) || !isPlainlyIndexed(kernel.body)) return kernel;
  return { ...kernel, body: new Hoister().body(kernel.body) };
}

class Hoister {
  #count = 0;

  body(body: readonly Statement[]): readonly Statement[] {
    return body.flatMap((statement): readonly Statement[] => {
      if (statement.kind === "let" || statement.kind === "store") return [statement];
      const axes = new Set(statement.kind === "loop" ? [statement.axis] : statement.axes);
      const inner = this.body(statement.body);
      // What one loop names before another may go further out.
      const hoist = new Hoist(axes, namesOf(inner), () => `before_${this.#count++}`);
      const kept = inner.flatMap((one): readonly Statement[] =>
        one.kind === "let" || one.kind === "store" ? [hoist.statement(one)] : [one],
      );
      if (statement.kind === "loop") return [...hoist.lets, { ...statement, body: kept }];
      const accumulators = statement.accumulators.map((one) => ({ ...one, value: hoist.expr(one.value) }));
      return [...hoist.lets, { ...statement, body: kept, accumulators }];
    });
  }
}

function namesOf(body: readonly Statement[]): Set<string> {
  return new Set(
    body.flatMap((statement): string[] =>
      statement.kind === "let"
        ? [statement.name]
        : statement.kind === "reduce"
          ? statement.accumulators.map(({ name }) => name)
          : [],
    ),
  );
}

/** Takes invariant parts out of the expressions of one loop. */
class Hoist {
  readonly lets: Extract<Statement, { kind: "let" }>[] = [];
  readonly #axes: ReadonlySet<string>;
  readonly #inside: ReadonlySet<string>;
  readonly #freshName: () => string;
  readonly #done = new Map<Expr, Expr>();

  constructor(axes: ReadonlySet<string>, inside: ReadonlySet<string>, freshName: () => string) {
    this.#axes = axes;
    this.#inside = inside;
    this.#freshName = freshName;
  }

  statement(statement: Extract<Statement, { kind: "let" | "store" }>): Statement {
    return { ...statement, value: this.expr(statement.value) };
  }

  expr(expr: Expr): Expr {
    // What was shared stays shared.
    const known = this.#done.get(expr);
    if (known !== undefined) return known;
    const made = this.#changed(expr);
    this.#done.set(expr, made);
    return made;
  }

  #changed(expr: Expr): Expr {
    if (expr.kind === "const" || expr.kind === "local" || expr.kind === "axis") return expr;
    if (this.#isInvariant(expr)) return this.#named(expr);
    return expr.kind === "load" ? expr : { ...expr, args: expr.args.map((arg) => this.expr(arg)) };
  }

  #named(expr: Exclude<Expr, Local>): Local {
    const local: Local = { kind: "local", name: this.#freshName(), dtype: expr.dtype };
    this.lets.push({ kind: "let", name: local.name, value: expr });
    return local;
  }

  #isInvariant(expr: Expr): boolean {
    let isInvariant = true;
    mapLeaves<Leaf, Leaf>([expr], (leaf) => {
      if (leaf.kind === "axis") isInvariant &&= !this.#axes.has(leaf.axis);
      else if (leaf.kind === "local") isInvariant &&= !this.#inside.has(leaf.name);
      else isInvariant &&= this.#isFixed(leaf.access);
      return leaf;
    });
    return isInvariant;
  }

  #isFixed({ index }: Access): boolean {
    return index.every(
      ({ terms, position }) => position === undefined && terms.every(({ axis }) => !this.#axes.has(axis)),
    );
  }
}
