/** Which loops run in lanes, how many at a time, and which kernels cannot be written at all. */
import type { Expr, Kernel, Statement } from "../../loop/ir.ts";
import { accessesOf, expressionsOf, hasPosition, isPlainlyIndexed } from "../../loop/walk.ts";
import { isLeaf } from "../../scalar/expr.ts";
import { isPositional } from "../accumulate.ts";
import { laneBytes } from "./lanes.ts";
import { spellingOf } from "./ops.ts";
import { isReal, movesAlong, obstacle } from "./values.ts";

type Loop = Extract<Statement, { kind: "loop" }>;
type Reduce = Extract<Statement, { kind: "reduce" }>;

/** Why a kernel cannot be written, or null. */
export function refusal(kernel: Kernel): string | null {
  const odd = kernel.buffers.find(({ dtype }) => !isReal(dtype));
  if (odd !== undefined) return `elements of ${odd.dtype} are not supported`;
  if (hasAdding(kernel.body)) return "adding to elements in loops is not written yet";
  if (!isPlainlyIndexed(kernel.body)) return "padded elements are not written yet";
  return refusedIn(kernel.body);
}

function hasAdding(body: readonly Statement[]): boolean {
  return body.some((one) =>
    one.kind === "store" ? one.adds === true && !hasPosition(one.access) : one.kind === "loop" && hasAdding(one.body),
  );
}

function refusedIn(body: readonly Statement[]): string | null {
  for (const statement of body) {
    if (statement.kind === "store" && statement.adds && spellingOf("add", statement.value.dtype, false) === undefined)
      return `adding ${statement.value.dtype} to elements is not written yet`;
    for (const expr of expressionsOf(statement)) {
      for (const part of partsOf(expr)) {
        if (!isReal(part.dtype)) return `elements of ${part.dtype} are not supported`;
        const reason = obstacle(part, false);
        if (reason !== null) return `${reason} is not written yet`;
      }
    }
    const inner = statement.kind === "loop" || statement.kind === "reduce" ? refusedIn(statement.body) : null;
    if (inner !== null) return inner;
  }
  return null;
}

/**
 * The numbers of lanes in which a loop runs, the largest first; none when it does not. Loops of loops do not: the inner
 * ones may. Around reductions neighbouring results are computed at once where they are neighbours in memory.
 */
export function usesLanes({ axis, body }: Loop): readonly number[] {
  if (body.some(({ kind }) => kind === "loop")) return [];
  if (!body.every((statement) => canUseLanes(statement)) || !staysInRow(body, body, axis)) return [];
  const accesses = accessesOf(body);
  const last = (scale: (typeof accesses)[number]) => scale.index.at(-1)?.terms.some((term) => term.axis === axis);
  if (body.some(({ kind }) => kind === "reduce")) {
    return accesses.some((access) => last(access)) &&
      accesses.every((access) => !movesAlong(access, axis) || last(access))
      ? [16, 4]
      : [];
  }
  return areWide(body.flatMap(expressionsOf)) ? [8, 4] : [16, 4];
}

/** The numbers of lanes in which the innermost axis of a reduction runs. */
export function usesReducedLanes(reduce: Reduce, axis: string): readonly number[] {
  if (!canUseLanes(reduce) || !staysInRow(reduce.body, [reduce], axis)) return [];
  return accessesOf([reduce]).some((access) => movesAlong(access, axis)) ? [16, 4] : [];
}

/** Whether elements at positions lie in one row all along an axis: positions are named outside of `body`. */
function staysInRow(body: readonly Statement[], statements: readonly Statement[], axis: string): boolean {
  const named = new Set(body.flatMap((statement) => (statement.kind === "let" ? [statement.name] : [])));
  return accessesOf(statements)
    .filter(hasPosition)
    .every(
      (access) =>
        movesAlong(access, axis) &&
        access.index.every(({ position }) => position === undefined || !named.has(position)),
    );
}

function canUseLanes(statement: Statement): boolean {
  if (statement.kind === "loop") return false;
  if (statement.kind === "reduce") {
    if (statement.accumulators.some(isPositional)) return false;
    if (!statement.body.every(canUseLanes)) return false;
  }
  return fitLanes(expressionsOf(statement));
}

/** Whether all parts of expressions can be computed in lanes. */
export function fitLanes(exprs: readonly Expr[]): boolean {
  return exprs.every((expr) => partsOf(expr).every((part) => obstacle(part, true) === null));
}

/** Whether some part of expressions takes 8 bytes. */
export function areWide(exprs: readonly Expr[]): boolean {
  return exprs.some((expr) => partsOf(expr).some(({ dtype }) => laneBytes(dtype) === 8));
}

/** Every part of an expression, shared ones once. */
function partsOf(root: Expr): readonly Expr[] {
  const parts = new Set<Expr>();
  const todo: Expr[] = [root];
  for (let expr = todo.pop(); expr !== undefined; expr = todo.pop()) {
    if (parts.has(expr)) continue;
    parts.add(expr);
    if (!isLeaf(expr) && expr.kind === "apply") todo.push(...expr.args);
  }
  return [...parts];
}
