/**
 * Functions of a row's elements that several statements of the row need: the first one keeps their values, the others
 * read them.
 */

import type { Access, Expr, Load, Statement } from "../../loop/ir.ts";
import { accessKey, hasFunction } from "../../loop/walk.ts";
import { isLeaf, mapLeaves } from "../../scalar/expr.ts";
import { bytesOf } from "./lanes.ts";
import { movesAlong } from "./values.ts";

/** Memory of a row's own, one value to a column. */
export interface Kept {
  readonly access: Access;
  readonly bytes: number;
}

/** A statement whose elements run along the columns; what it names inside stands where it is used. */
export type Pass = Extract<Statement, { kind: "loop" | "reduce" }>;

export function isPass(statement: Statement): statement is Pass {
  return statement.kind === "loop" || statement.kind === "reduce";
}

/**
 * The statements of a row with values kept, each in a new buffer.
 * @param body passes along `column` and, between them, what is the same for the whole row.
 */
export function remember(
  body: readonly Statement[],
  row: string,
  column: string,
  newBuffer: () => number,
): { readonly body: readonly Statement[]; readonly kept: readonly Kept[] } {
  const table = new Table();
  const plain = body.map((statement) => (isPass(statement) ? table.pass(statement) : statement));
  const chosen = keptIn(plain.filter(isPass), column);
  const loads = new Map<Expr, Load>();
  for (const expr of chosen) {
    const index = [row, column].map((axis) => ({ terms: [{ axis, scale: 1 }], offset: 0 }));
    loads.set(expr, { kind: "load", access: { buffer: newBuffer(), index }, dtype: expr.dtype });
  }
  const known = new Map<Expr, Load>();
  return {
    kept: [...loads.values()].map(({ access, dtype }) => ({ access, bytes: bytesOf(dtype) })),
    body: plain.map((statement) => {
      if (!isPass(statement)) return statement;
      const parts = partsOf(rootsOf(statement));
      const fresh = [...loads].filter(([expr]) => parts.has(expr) && !known.has(expr));
      const values = replace([...rootsOf(statement), ...fresh.map(([expr]) => expr)], known);
      const written = withRoots(statement, values);
      const stores = fresh.map(
        ([, { access }], i): Statement => ({ kind: "store", access, value: values[values.length - fresh.length + i] }),
      );
      for (const [expr, load] of fresh) known.set(expr, load);
      return { ...written, body: [...stores, ...written.body] };
    }),
  };
}

/** The largest functions of elements that a pass and one before it have in common. */
function keptIn(passes: readonly Pass[], column: string): ReadonlySet<Expr> {
  const kept = new Set<Expr>();
  const before = new Set<Expr>();
  for (const pass of passes) {
    const roots = rootsOf(pass);
    const visit = (expr: Expr): void => {
      if (isLeaf(expr) || expr.kind === "const") return;
      const isFloat = expr.dtype === "float64" || expr.dtype === "float32";
      if (before.has(expr) && isFloat && hasFunction(expr) && varies(expr, column)) kept.add(expr);
      else expr.args.forEach(visit);
    };
    roots.forEach(visit);
    for (const part of partsOf(roots)) before.add(part);
  }
  return kept;
}

function varies(expr: Expr, column: string): boolean {
  if (isLeaf(expr)) return expr.kind === "load" && movesAlong(expr.access, column);
  return expr.kind === "apply" && expr.args.some((arg) => varies(arg, column));
}

function partsOf(roots: readonly Expr[]): ReadonlySet<Expr> {
  const parts = new Set<Expr>();
  const visit = (expr: Expr): void => {
    if (parts.has(expr)) return;
    parts.add(expr);
    if (!isLeaf(expr) && expr.kind === "apply") expr.args.forEach(visit);
  };
  roots.forEach(visit);
  return parts;
}

/** The values that a pass takes in or stores. */
function rootsOf(pass: Pass): readonly Expr[] {
  return pass.kind === "reduce"
    ? pass.accumulators.map(({ value }) => value)
    : pass.body.flatMap((statement) => (statement.kind === "store" ? [statement.value] : []));
}

/** A pass that names nothing, with other values; there may be more than it has. */
function withRoots(pass: Pass, values: readonly Expr[]): Pass {
  if (pass.kind === "reduce")
    return { ...pass, body: [], accumulators: pass.accumulators.map((one, i) => ({ ...one, value: values[i] })) };
  const stores = pass.body.filter((statement) => statement.kind === "store");
  return { ...pass, body: stores.map((store, i) => ({ ...store, value: values[i] })) };
}

/** Expressions with some parts replaced; what was shared stays shared. */
function replace(roots: readonly Expr[], parts: ReadonlyMap<Expr, Expr>): readonly Expr[] {
  const done = new Map<Expr, Expr>(parts);
  const visit = (expr: Expr): Expr => {
    const known = done.get(expr);
    if (known !== undefined) return known;
    const made = isLeaf(expr) || expr.kind === "const" ? expr : { ...expr, args: expr.args.map(visit) };
    done.set(expr, made);
    return made;
  };
  return roots.map(visit);
}

/** Expressions of which equal ones are one object. */
class Table {
  readonly #exprs = new Map<string, Expr>();
  readonly #numbers = new Map<Expr, number>();

  /** The pass with what it names put where it is used. */
  pass(pass: Pass): Pass {
    const names = new Map<string, Expr>();
    for (const statement of pass.body)
      if (statement.kind === "let") names.set(statement.name, this.#inlined(statement.value, names));
    return withRoots(
      pass,
      rootsOf(pass).map((root) => this.#inlined(root, names)),
    );
  }

  #inlined(expr: Expr, names: ReadonlyMap<string, Expr>): Expr {
    const [mapped] = mapLeaves<Leaf, Leaf>([expr], (leaf) =>
      leaf.kind === "local" ? (names.get(leaf.name) ?? leaf) : leaf,
    );
    return this.#one(mapped);
  }

  #one(expr: Expr): Expr {
    if (this.#numbers.has(expr)) return expr;
    const made =
      isLeaf(expr) || expr.kind === "const" ? expr : { ...expr, args: expr.args.map((arg) => this.#one(arg)) };
    const key = this.#key(made);
    const known = this.#exprs.get(key) ?? made;
    this.#exprs.set(key, known);
    if (!this.#numbers.has(known)) this.#numbers.set(known, this.#numbers.size);
    return known;
  }

  #key(expr: Expr): string {
    if (isLeaf(expr)) {
      switch (expr.kind) {
        case "load":
          return `load ${accessKey(expr.access)}`;
        case "local":
          return `local ${expr.name}`;
        case "axis":
          return `axis ${expr.axis}`;
      }
    }
    if (expr.kind === "const") return `${expr.dtype} ${Object.is(expr.value, -0) ? "-0" : String(expr.value)}`;
    return `${expr.op} ${expr.dtype} ${expr.args.map((arg) => this.#numbers.get(arg)).join()}`;
  }
}

type Leaf = Exclude<Expr, { readonly kind: "apply" | "const" }>;
