/** Looking at and rewriting the accesses of loop IR. */
import { isLeaf, mapLeaves, type Tree } from "../scalar/expr.ts";
import { isPoly } from "../scalar/poly.ts";
import type { Access, AxisValue, Expr, Load, Local, Statement, Subscript } from "./ir.ts";

/** How far `subscript` moves when `axis` moves by one. */
export function scaleAlong(subscript: Subscript, axis: string): number {
  return subscript.terms.reduce((sum, term) => sum + (term.axis === axis ? term.scale : 0), 0);
}

/** The axes that an access depends on. */
export function axesOf(access: Access): Set<string> {
  return new Set(access.index.flatMap(({ terms }) => terms.map((term) => term.axis)));
}

/** Whether the value of a local tells where an access lies. */
export function hasPosition({ index }: Access): boolean {
  return index.some(({ position }) => position !== undefined);
}

/** Whether places are told by plain axes alone: nothing is padded, or counted from lengths. */
export function isPlainlyIndexed(body: readonly Statement[]): boolean {
  return (
    accessesOf(body).every(({ index }) => index.every(({ lengths }) => lengths === undefined)) && !hasPadding(body)
  );
}

/** Whether something is read as 0 out of range. */
export function hasPadding(body: readonly Statement[]): boolean {
  return body.some((statement) => {
    const own = expressionsOf(statement).some((expr) => leavesOf(expr).some((l) => l.kind === "load" && l.padded));
    return own || ((statement.kind === "loop" || statement.kind === "reduce") && hasPadding(statement.body));
  });
}

/** Whether statements store at positions or add, perhaps to one element several times: their order matters then. */
export function scatters(body: readonly Statement[]): boolean {
  return body.some((statement) => {
    if (statement.kind === "store") return hasPosition(statement.access) || statement.adds === true;
    return statement.kind === "loop" && scatters(statement.body);
  });
}

/** Whether there is a function in an expression that takes longer than a load. */
export function hasFunction(expr: Expr): boolean {
  return !isLeaf(expr) && expr.kind === "apply" && (isPoly(expr.op) || expr.args.some(hasFunction));
}

/** What tells accesses apart. */
export function accessKey({ buffer, index }: Access): string {
  let key = `${buffer}`;
  for (const { offset, terms, position, lengths = [] } of index) {
    key += position === undefined ? `,${offset}` : `,@${position}`;
    for (const { axis, scale } of terms) key += `+${scale}*${axis}`;
    for (const { axis, scale, divisor = 1 } of lengths) key += `+${scale}*#${axis}/${divisor}`;
  }
  return key;
}

/** The expressions that a statement evaluates itself, not those of its body. */
export function expressionsOf(statement: Statement): readonly Expr[] {
  switch (statement.kind) {
    case "loop":
      return [];
    case "reduce":
      return statement.accumulators.map((accumulator) => accumulator.value);
    case "let":
    case "store":
      return [statement.value];
  }
}

/** The loads, locals and axis values in an expression, each shared one once. */
export function leavesOf(expr: Expr): (Load | Local | AxisValue)[] {
  const leaves: (Load | Local | AxisValue)[] = [];
  mapLeaves([expr], (leaf) => {
    leaves.push(leaf);
    return leaf;
  });
  return leaves;
}

/** Every load and store in the statements and their bodies. */
export function accessesOf(body: readonly Statement[]): Access[] {
  const accesses: Access[] = [];
  const walk = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      accesses.push(...loadsOf(expressionsOf(statement)));
      if (statement.kind === "store") accesses.push(statement.access);
      if (statement.kind === "loop" || statement.kind === "reduce") walk(statement.body);
    }
  };
  walk(body);
  return accesses;
}

/** The axes whose values are used as numbers anywhere in the statements. */
export function axisValuesOf(body: readonly Statement[]): Set<string> {
  const axes = new Set<string>();
  const walk = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      for (const leaf of expressionsOf(statement).flatMap(leavesOf)) if (leaf.kind === "axis") axes.add(leaf.axis);
      if (statement.kind === "loop" || statement.kind === "reduce") walk(statement.body);
    }
  };
  walk(body);
  return axes;
}

/** The accesses of the loads in some expressions. */
export function loadsOf(exprs: readonly Expr[]): Access[] {
  return exprs.flatMap((expr) => leavesOf(expr).flatMap((leaf) => (leaf.kind === "load" ? [leaf.access] : [])));
}

/** The same statements with every access replaced. */
export function mapAccesses(body: readonly Statement[], map: (access: Access) => Access): readonly Statement[] {
  const mapExpr = (expr: Expr): Expr => {
    const [mapped] = mapLeaves<Load | Local | AxisValue, Load | Local | AxisValue>(
      [expr],
      (leaf): Tree<Load | Local | AxisValue> => (leaf.kind === "load" ? { ...leaf, access: map(leaf.access) } : leaf),
    );
    return mapped;
  };
  const mapStatement = (statement: Statement): Statement => {
    switch (statement.kind) {
      case "loop":
        return { ...statement, body: mapAccesses(statement.body, map) };
      case "reduce":
        return {
          ...statement,
          body: mapAccesses(statement.body, map),
          accumulators: statement.accumulators.map((acc) => ({ ...acc, value: mapExpr(acc.value) })),
        };
      case "let":
        return { ...statement, value: mapExpr(statement.value) };
      case "store":
        return { ...statement, access: map(statement.access), value: mapExpr(statement.value) };
    }
  };
  return body.map(mapStatement);
}
