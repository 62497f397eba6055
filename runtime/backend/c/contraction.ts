/**
 * Contractions: loops around a sum of products over several axes, such as convolutions and their gradients, recognized by
 * their form. Axes of the result that only one factor has are the rows of a matrix, those that only the other one has are
 * its columns; `contract.ts` multiplies.
 */
import { factorsOf } from "../../loop/factors.ts";
import type { Access, Load, Statement } from "../../loop/ir.ts";
import { axesOf, scaleAlong } from "../../loop/walk.ts";
import { type Emitter, isFlat } from "./emit.ts";
import { type Scope, times, withLocal } from "./places.ts";
import { cType, type Spelling } from "./spelling.ts";

type Loop = Extract<Statement, { kind: "loop" }>;

/** A contraction, and what is done with each of its elements. */
interface Contraction {
  readonly dtype: "float32" | "float64";
  /** The axes of the result, from the outside in. */
  readonly axes: readonly string[];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly inner: readonly string[];
  /** What moves along the rows, and what moves along the columns. */
  readonly left: Load;
  readonly right: Load;
  readonly sum: string;
  readonly rest: readonly Statement[];
}

/** The contraction that a nest of loops computes; null for other loops, and for sums over one axis, which are products. */
export function contractionOf(loop: Loop): Contraction | null {
  const axes = [loop.axis];
  let { body } = loop;
  for (let [first] = body; body.length === 1 && first.kind === "loop"; [first] = body) {
    axes.push(first.axis);
    body = first.body;
  }
  const [reduce, ...rest] = body;
  if (reduce?.kind !== "reduce" || reduce.axes.length < 2 || reduce.body.length > 0 || !rest.every(isFlat)) return null;
  const [accumulator, another] = reduce.accumulators;
  const { dtype, op, value, name } = accumulator;
  if (another !== undefined || op !== "add" || (dtype !== "float32" && dtype !== "float64")) return null;
  const factors = factorsOf(value);
  if (factors === null || factors.some((factor) => factor.dtype !== dtype)) return null;
  const own = factors.map(({ access }) => axesOf(access));
  const [first, second] = own.map((some) => axes.filter((axis) => some.has(axis)));
  const isProduct = first.length > 0 && second.length > 0 && !first.some((axis) => second.includes(axis));
  if (!isProduct || first.length + second.length !== axes.length) return null;
  // Both are read along all that is summed; columns come in vectors, so that there should be more of them.
  if (!reduce.axes.every((axis) => own.every((some) => some.has(axis)))) return null;
  const isTurned = first.length > second.length;
  const [rows, columns] = isTurned ? [second, first] : [first, second];
  const [left, right] = isTurned ? [factors[1], factors[0]] : factors;
  return { dtype, axes, rows, columns, inner: reduce.axes, left, right, sum: name, rest };
}

/** Writes the contraction. */
export function emitContraction(emitter: Emitter, contraction: Contraction, scope: Scope, spelling: Spelling): void {
  const { code, places } = emitter;
  const { dtype, axes, rows, columns, inner, sum, rest } = contraction;
  const suffix = dtype === "float32" ? "f32" : "f64";
  const helper = spelling.product(`contract_${suffix}`);
  const type = cType(dtype);
  const count = (some: readonly string[]): string => some.map((axis) => places.length(axis)).join(" * ");
  code.block("", () => {
    const [m, n, k] = [rows, columns, inner].map((some) => code.value(count(some), "n", "const i64"));
    const left = factorOf(emitter, contraction.left, scope, suffix);
    const right = factorOf(emitter, contraction.right, scope, suffix);
    const tables = code.value(`malloc(sizeof(i64) * (${m} + 2 * ${k} + ${n} + 1))`, "t", "i64 *const");
    const am = writeTable(emitter, left, rows, tables);
    const ak = writeTable(emitter, left, inner, `${am} + ${m}`);
    const bk = writeTable(emitter, right, inner, `${ak} + ${k}`);
    const bn = writeTable(emitter, right, columns, `${bk} + ${k}`);
    const sums = code.value(`malloc(sizeof(${type}) * ${m} * ${n} + 1)`, "p", `${type} *const`);
    code.line(`${helper}(${m}, ${n}, ${k}, ${left.start}, ${am}, ${ak}, ${right.start}, ${bk}, ${bn}, ${sums});`);
    emitter.nest(axes, scope, (inside) => {
      const place = (some: readonly string[]): string =>
        some.reduce((at, axis) => `(${at} * ${places.length(axis)} + ${inside.axes.get(axis)})`, "0");
      const value = code.value(`${sums}[${place(rows)} * ${n} + ${place(columns)}]`, "v", `const ${type}`);
      emitter.body(rest, withLocal(inside, sum, value));
    });
    for (const used of [tables, sums, left.padded, right.padded]) if (used !== null) code.line(`free(${used});`);
  });
}

/** A factor: where it begins when no axis moves it, and its steps. */
interface Factor {
  readonly access: Access;
  readonly start: string;
  /** Elements between neighbours along each dimension. */
  readonly steps: readonly string[];
  /** The copy with zeros around it. */
  readonly padded: string | null;
}

function factorOf(emitter: Emitter, { access, padded, dtype }: Load, scope: Scope, suffix: string): Factor {
  const { code, places } = emitter;
  const { buffer, index } = access;
  const strides = index.map((_, dim) => places.stride(buffer, dim) ?? "1");
  const pointer = places.pointer(buffer);
  if (!padded) return { access, start: `${pointer} + ${places.index(access, scope)}`, steps: strides, padded: null };
  const list = (values: readonly string[]): string => {
    const name = code.fresh("l");
    code.line(`const i64 ${name}[] = {${values.join(", ")}};`);
    return name;
  };
  // How far each dimension is read, and from where.
  const running = (axis: string): string | undefined => scope.axes.get(axis);
  const reach = (axis: string): string => `(${places.length(axis)} > 0 ? ${places.length(axis)} - 1 : 0)`;
  const bounds = index.map((subscript) => {
    const fixed = subscript.terms.flatMap(({ axis, scale }) => {
      const counter = running(axis);
      return counter === undefined ? [] : [times(scale, counter)];
    });
    const from = [places.fixedPart(subscript), ...fixed];
    const moving = subscript.terms.filter(({ axis }) => running(axis) === undefined);
    const down = moving.filter(({ scale }) => scale < 0).map(({ axis, scale }) => times(scale, reach(axis)));
    const span = moving.map(({ axis, scale }) => times(Math.abs(scale), reach(axis)));
    const before = down.length === 0 ? "0" : `-(${down.join(" + ")})`;
    return { low: [...from, ...down].join(" + "), size: ["1", ...span].join(" + "), before };
  });
  const sizes = bounds.map(({ size }) => code.value(size, "n", "const i64"));
  const low = list(bounds.map((bound) => bound.low));
  const lengths = list(index.map((_, dim) => places.lengthOf(buffer, dim)));
  const shape = `${index.length}, ${lengths}, ${list(strides)}, ${low}, ${list(sizes)}`;
  const copy = code.value(`tn_pad_${suffix}(${pointer}, ${shape})`, "p", `${cType(dtype)} *const`);
  const steps = sizes.map((_, dim) => ["1", ...sizes.slice(dim + 1)].join(" * "));
  const start = [copy, ...bounds.map(({ before }, dim) => `(${before}) * ${steps[dim]}`)].join(" + ");
  return { access, start, steps: steps.map((step) => `(${step})`), padded: copy };
}

/** The name of a table of how far the axes move a factor, the last one varying fastest. */
function writeTable(emitter: Emitter, factor: Factor, axes: readonly string[], place: string): string {
  const { code } = emitter;
  const [table, next] = [code.fresh("t"), code.fresh("t")];
  code.line(`i64 *const ${table} = ${place}, *${next} = ${table};`);
  emitter.nest(axes, { locals: new Map(), axes: new Map() }, ({ axes: counters }) => {
    const steps = axes.flatMap((axis) =>
      factor.access.index.flatMap((subscript, dim) => {
        const scale = scaleAlong(subscript, axis);
        return scale === 0 ? [] : [`${times(scale, `${counters.get(axis)}`)} * ${factor.steps[dim]}`];
      }),
    );
    code.line(`*${next}++ = ${steps.join(" + ")};`);
  });
  return table;
}
