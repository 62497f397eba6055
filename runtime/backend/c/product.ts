/**
 * Products: loops around a sum of products of two elements, recognized by their form and handed to `gemm` or to a
 * product of a matrix and a vector, which take arrays in any layout.
 */

import type { DType } from "../../array/dtype.ts";
import { factorsOf, loadIn } from "../../loop/factors.ts";
import type { Access, Expr, Kernel, Load, Statement } from "../../loop/ir.ts";
import { accessesOf, axesOf, scaleAlong } from "../../loop/walk.ts";
import { isLeaf } from "../../scalar/expr.ts";
import { type Emitter, isFlat } from "./emit.ts";
import { type Scope, withLocal } from "./places.ts";
import { cType, type Spelling } from "./spelling.ts";

type Loop = Extract<Statement, { kind: "loop" }>;

/** A product, and what is done with each of its elements. */
export interface Product {
  readonly dtype: "float32" | "float64";
  readonly row: string;
  /** null: of a matrix and a vector. */
  readonly column: string | null;
  readonly inner: string;
  /** What moves along the rows, and what does not. */
  readonly left: Access;
  readonly right: Access;
  /** The name and dtype of the sum. */
  readonly sum: string;
  readonly sumDType: DType;
  readonly rest: readonly Statement[];
}

/** Rows of a product with a vector that are computed before they are used. */
const ROWS = 1024;

/** The product that a loop computes; null for other loops. */
export function productOf({ axis, body }: Loop): Product | null {
  const [first] = body;
  if (body.length === 1 && first.kind === "loop") return reducedProduct(axis, first.axis, first.body);
  return reducedProduct(axis, null, body);
}

function reducedProduct(row: string, column: string | null, body: readonly Statement[]): Product | null {
  const [reduce, ...rest] = body;
  if (reduce?.kind !== "reduce" || reduce.axes.length !== 1 || reduce.body.length > 0 || !rest.every(isFlat))
    return null;
  const [accumulator, another] = reduce.accumulators;
  if (another !== undefined || accumulator.op !== "add") return null;
  const factors = factorsOf(accumulator.value);
  if (factors === null || factors.some(({ padded }) => padded)) return null;
  const [inner] = reduce.axes;
  const has = (load: Load, axis: string | null): boolean => axis !== null && axesOf(load.access).has(axis);
  const [left, right] = has(factors[0], row) ? factors : [factors[1], factors[0]];
  const { dtype } = left;
  if ((dtype !== "float32" && dtype !== "float64") || right.dtype !== dtype) return null;
  const isPlain =
    isPlainAlong(left, row, inner) &&
    (column === null ? isPlainAlong(right, inner) : isPlainAlong(right, inner, column));
  if (!isPlain || has(left, column) || has(right, row)) return null;
  return {
    dtype,
    row,
    column,
    inner,
    left: left.access,
    right: right.access,
    sum: accumulator.name,
    sumDType: accumulator.dtype,
    rest,
  };
}

/** Whether each of the axes moves the access, one dimension each. */
function isPlainAlong({ access }: Load, ...axes: readonly string[]): boolean {
  return axes.every((axis) => access.index.filter((subscript) => scaleAlong(subscript, axis) !== 0).length === 1);
}

/** The buffers that only products read: these take any layout. */
export function freeBuffers(kernel: Kernel): ReadonlySet<number> {
  const free = new Set<number>();
  const bound = new Set<number>();
  const walk = (body: readonly Statement[]): void => {
    for (const statement of body) {
      const product = statement.kind === "loop" ? productOf(statement) : null;
      if (product !== null) {
        for (const { buffer } of [product.left, product.right]) free.add(buffer);
        walk(product.rest);
        continue;
      }
      for (const { buffer } of accessesOf([
        statement.kind === "loop" || statement.kind === "reduce" ? { ...statement, body: [] } : statement,
      ]))
        bound.add(buffer);
      if (statement.kind === "loop" || statement.kind === "reduce") walk(statement.body);
    }
  };
  walk(kernel.body);
  return new Set([...free].filter((buffer) => !bound.has(buffer)));
}

/** Writes the product. */
export function emitProduct(emitter: Emitter, product: Product, scope: Scope, spelling: Spelling): void {
  if (product.column === null) emitMatrixVector(emitter, product, scope, spelling);
  else emitMatrixMatrix(emitter, product, product.column, scope, spelling);
}

function suffixOf(product: Product): "f32" | "f64" {
  return product.dtype === "float32" ? "f32" : "f64";
}

/** Where a factor begins, and its steps along two axes. */
function operand(emitter: Emitter, access: Access, scope: Scope, ...axes: readonly string[]): string {
  const start = `${emitter.places.pointer(access.buffer)} + ${emitter.places.index(access, scope, true)}`;
  return [start, ...axes.map((axis) => emitter.places.step(access, axis, true))].join(", ");
}

function emitMatrixVector(emitter: Emitter, product: Product, scope: Scope, spelling: Spelling): void {
  const { code } = emitter;
  const { row, inner, left, right, sum, sumDType, rest } = product;
  const type = cType(product.dtype);
  const helper = spelling.product(`mv_${suffixOf(product)}`);
  const length = emitter.places.length(row);
  const start = code.fresh("i");
  code.block(`for (i64 ${start} = 0; ${start} < ${length}; ${start} += ${ROWS})`, () => {
    const count = code.value(`${length} - ${start} < ${ROWS} ? ${length} - ${start} : ${ROWS}`, "n", "const i64");
    const sums = code.fresh("p");
    code.line(`${type} ${sums}[${ROWS}];`);
    const matrix = operand(emitter, left, { ...scope, axes: new Map(scope.axes).set(row, start) }, row, inner);
    const vector = operand(emitter, right, scope, inner);
    code.line(`${helper}(${count}, ${emitter.places.length(inner)}, ${matrix}, ${vector}, ${sums});`);
    const at = code.fresh("i");
    code.line("#pragma omp simd");
    code.block(`for (i64 ${at} = 0; ${at} < ${count}; ${at}++)`, () => {
      const place = code.value(`${start} + ${at}`, "i", "const i64");
      const value = code.value(`${sums}[${at}]`, "v", `const ${cType(sumDType)}`);
      emitter.body(rest, withLocal({ ...scope, axes: new Map(scope.axes).set(row, place) }, sum, value));
    });
  });
}

function emitMatrixMatrix(emitter: Emitter, product: Product, column: string, scope: Scope, spelling: Spelling): void {
  const { code } = emitter;
  const { row, inner, left, right, rest } = product;
  const helper = spelling.product(`gemm_${suffixOf(product)}`);
  const lengths = [row, column, inner].map((axis) => emitter.places.length(axis)).join(", ");
  const factors = `${operand(emitter, left, scope, row, inner)}, ${operand(emitter, right, scope, inner, column)}`;
  const direct = directOf(emitter, product, column, scope);
  if (direct !== null) {
    const { alpha, beta, start, output, step } = direct;
    code.line(`${helper}(${lengths}, ${alpha}, ${factors}, ${beta}, ${start}, ${output}, ${step});`);
    return;
  }
  const type = cType(product.dtype);
  code.block("", () => {
    const [rows, columns] = [emitter.places.length(row), emitter.places.length(column)];
    const sums = code.value(`malloc(${rows} * ${columns} * sizeof(${type}) + 1)`, "p", `${type} *const`);
    code.line(`${helper}(${lengths}, 1, ${factors}, 0, ${sums}, ${columns}, ${sums}, ${columns});`);
    const [i, j] = [code.fresh("i"), code.fresh("i")];
    code.block(`for (i64 ${i} = 0; ${i} < ${rows}; ${i}++)`, () => {
      code.line("#pragma omp simd");
      code.block(`for (i64 ${j} = 0; ${j} < ${columns}; ${j}++)`, () => {
        const value = code.value(`${sums}[${i} * ${columns} + ${j}]`, "v", `const ${cType(product.sumDType)}`);
        const axes = new Map(scope.axes).set(row, i).set(column, j);
        emitter.body(rest, withLocal({ ...scope, axes }, product.sum, value));
      });
    });
    code.line(`free(${sums});`);
  });
}

/** A product that goes straight to its place: `beta · start + alpha · sum`. */
interface Direct {
  readonly alpha: string;
  readonly beta: string;
  /** Where z begins, and its step along rows. */
  readonly start: string;
  readonly output: string;
  readonly step: string;
}

function directOf(emitter: Emitter, product: Product, column: string, scope: Scope): Direct | null {
  const [store, another] = product.rest;
  if (store?.kind !== "store" || another !== undefined) return null;
  const { buffer, index } = store.access;
  const last = index.at(-1);
  const isRowMajor = last !== undefined && scaleAlong(last, column) === 1 && scaleAlong(last, product.row) === 0;
  if (emitter.places.dtypeOf(buffer) !== product.dtype || !isRowMajor) return null;
  const combination = combinationOf(store.value, product, store.access);
  if (combination === null) return null;
  const { alpha, beta, start } = combination;
  const scalar = (expr: Expr | null, otherwise: string): string =>
    expr === null ? otherwise : emitter.value(expr, scope);
  const from = start ?? store.access;
  return {
    alpha: scalar(alpha, "1"),
    beta: scalar(beta, "0"),
    start: `${emitter.places.pointer(from.buffer)} + ${emitter.places.index(from, scope)}, ${emitter.places.step(from, product.row)}`,
    output: `${emitter.places.pointer(buffer)} + ${emitter.places.index(store.access, scope)}`,
    step: emitter.places.step(store.access, product.row),
  };
}

/** `alpha · sum` or `beta · z + alpha · sum`, with z at the place that is written; null for other expressions. */
function combinationOf(
  expr: Expr,
  product: Product,
  place: Access,
): { readonly alpha: Expr | null; readonly beta: Expr | null; readonly start: Access | null } | null {
  if (isLeaf(expr)) return expr.kind === "local" && expr.name === product.sum ? NO_FACTORS : null;
  if (expr.kind === "const") return null;
  const { op, args } = expr;
  if (op.startsWith("cast_")) return combinationOf(args[0], product, place);
  if (args.length !== 2) return null;
  if (op === "mul") {
    const alpha = args.find((arg) => isConstant(arg, product));
    const other = args.find((arg) => arg !== alpha);
    if (alpha === undefined || other === undefined) return null;
    return combinationOf(other, product, place) === NO_FACTORS ? { ...NO_FACTORS, alpha } : null;
  }
  if (op !== "add") return null;
  const sum = args
    .map((arg) => combinationOf(arg, product, place))
    .find((found) => found !== null && found.start === null);
  const added = args.map((arg) => scaledStart(arg, product, place)).find((found) => found !== null);
  return sum === undefined || sum === null || added === undefined || added === null
    ? null
    : { ...added, alpha: sum.alpha };
}

const NO_FACTORS = { alpha: null, beta: null, start: null } as const;

/** `beta · z`. */
function scaledStart(
  expr: Expr,
  product: Product,
  place: Access,
): { readonly beta: Expr; readonly start: Access } | null {
  if (isLeaf(expr) || expr.kind === "const") return null;
  if (expr.op.startsWith("cast_")) return scaledStart(expr.args[0], product, place);
  if (expr.op !== "mul" || expr.args.length !== 2) return null;
  const beta = expr.args.find((arg) => isConstant(arg, product));
  const start = expr.args.map(loadIn).find((load) => load !== null && isSamePlace(load.access, place));
  return beta === undefined || !start || start.dtype !== product.dtype ? null : { beta, start: start.access };
}

function isSamePlace(a: Access, b: Access): boolean {
  return JSON.stringify(a.index) === JSON.stringify(b.index);
}

/** Whether an expression is the same for all elements of the product. */
function isConstant(expr: Expr, product: Product): boolean {
  if (isLeaf(expr)) {
    if (expr.kind !== "load") return false;
    const axes = axesOf(expr.access);
    return !axes.has(product.row) && (product.column === null || !axes.has(product.column));
  }
  return expr.kind === "const" || expr.args.every((arg) => isConstant(arg, product));
}
