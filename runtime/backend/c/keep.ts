/**
 * Keeping what a reduction has computed where a later loop would compute it again: the exponentials of a softmax are
 * summed first and divided by the sum afterwards. They wait in the memory of the result.
 */
import type { Access, Expr, Kernel, Load, Local, Statement } from "../../loop/ir.ts";
import { expressionsOf, hasFunction, loadsOf } from "../../loop/walk.ts";
import { isLeaf } from "../../scalar/expr.ts";
import { keyOf, replaced } from "./ahead.ts";

type Loop = Extract<Statement, { kind: "loop" }>;
type Reduce = Extract<Statement, { kind: "reduce" }>;
type Store = Extract<Statement, { kind: "store" }>;

/**
 * The kernel with results that hold intermediate values for a while. Reductions may then store, and results be read, which
 * loop IR does not allow: it is for those who write it out.
 */
export function keepValues(kernel: Kernel): Kernel {
  return { ...kernel, body: keepIn(kernel.body, kernel) };
}

function keepIn(body: readonly Statement[], kernel: Kernel): readonly Statement[] {
  const inner = body.map((statement) =>
    statement.kind === "loop" ? { ...statement, body: keepIn(statement.body, kernel) } : statement,
  );
  for (const [at, reduce] of inner.entries()) {
    if (reduce.kind !== "reduce" || reduce.axes.length !== 1 || reduce.body.length > 0) continue;
    const later = inner.slice(at + 1);
    const loop = later.find((statement) => isStoreAlong(statement, reduce.axes[0]));
    if (loop?.kind !== "loop") continue;
    const [store] = loop.body;
    if (store.kind !== "store") continue;
    const kept = sharedFunction(store.value, reduce);
    if (kept === null || kept.dtype !== kernel.buffers[store.access.buffer].dtype) continue;
    const name = `kept_${store.access.buffer}`;
    const value: Local = { kind: "local", name, dtype: kept.dtype };
    const waiting: Load = { kind: "load", access: store.access, dtype: kept.dtype };
    const finish: Loop = { ...loop, body: [{ ...store, value: replaced(store.value, kept, waiting) }] };
    const rest = later.map((statement) => (statement === loop ? finish : statement));
    if (mayAlias(rest, store.access, kernel)) continue;
    const keeping: Reduce = {
      ...reduce,
      body: [
        { kind: "let", name, value: kept },
        { kind: "store", access: store.access, value },
      ],
      accumulators: reduce.accumulators.map((one) => ({ ...one, value: replaced(one.value, kept, value) })),
    };
    return [...inner.slice(0, at), keeping, ...rest];
  }
  return inner;
}

/** A loop along the last dimension of what it stores, and nothing else. */
function isStoreAlong(statement: Statement, axis: string): boolean {
  if (statement.kind !== "loop" || statement.axis !== axis || statement.body.length !== 1) return false;
  const [store] = statement.body;
  return store.kind === "store" && isPlainStore(store, axis);
}

function isPlainStore({ access: { index }, adds }: Store, axis: string): boolean {
  const last = index.at(-1);
  const isAlong = last?.terms.length === 1 && last.terms[0].axis === axis && last.terms[0].scale === 1;
  return isAlong && last.offset === 0 && adds === undefined && index.every(({ position }) => position === undefined);
}

/** The largest part of an expression that has a function in it and is part of what the reduction combines. */
function sharedFunction(expr: Expr, reduce: Reduce): Expr | null {
  const combined = new Set(reduce.accumulators.flatMap(({ value }) => partsOf(value)).map(keyOf));
  return partsOf(expr).find((part) => hasFunction(part) && combined.has(keyOf(part))) ?? null;
}

/** An expression and all its parts, the whole first. */
function partsOf(expr: Expr): Expr[] {
  return isLeaf(expr) || expr.kind === "const" ? [expr] : [expr, ...expr.args.flatMap(partsOf)];
}

/** Whether what comes later reads an input that may lie where the values wait: one of as many dimensions. */
function mayAlias(later: readonly Statement[], { buffer }: Access, { buffers }: Kernel): boolean {
  const loads = loadsOf(later.flatMap(allExpressions));
  return loads.some((load) => load.buffer !== buffer && buffers[load.buffer].ndim >= buffers[buffer].ndim);
}

function allExpressions(statement: Statement): readonly Expr[] {
  const own = expressionsOf(statement);
  return statement.kind === "loop" || statement.kind === "reduce"
    ? [...own, ...statement.body.flatMap(allExpressions)]
    : own;
}
