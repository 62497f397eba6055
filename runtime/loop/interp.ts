/**
 * The interpreter: slow, and the definition of what a kernel computes. Every backend is compared with it.
 */
import { Complex } from "../array/complex.ts";
import {
  castScalar,
  complexOf,
  type DType,
  isComplex,
  isFloat,
  readElement,
  type Scalar,
  writeElement,
} from "../array/dtype.ts";
import { checkedIndex } from "../array/indexing.ts";
import type { NDArray } from "../array/ndarray.ts";
import { less } from "../scalar/complex-math.ts";
import { evaluateScalar } from "../scalar/evaluate.ts";
import { evaluate } from "../scalar/expr.ts";
import type { Signature } from "../scalar/op.ts";
import { axisLength, checkArguments, emptyReduction } from "./bind.ts";
import type { Access, Accumulator, Expr, Kernel, ReduceOp, Statement, Subscript } from "./ir.ts";

/**
 * Runs a kernel on the arrays of its buffers, in their order.
 * @throws TypeError when an array is not what its buffer declares.
 * @throws ValueError when lengths that must agree do not, or an extreme of no elements is asked for.
 */
export function interpret(kernel: Kernel, arrays: readonly NDArray[]): void {
  checkArguments(kernel, arrays);
  const shapes = arrays.map((array) => array.shape);
  const lengths = new Map(kernel.axes.map((axis) => [axis.name, axisLength(kernel, axis, shapes)]));
  new Interpreter(arrays, lengths).run(kernel.body, new Map());
}

/** The values of locals; an inner body sees those of the outer ones. */
type Locals = ReadonlyMap<string, Scalar>;

class Interpreter {
  readonly #arrays: readonly NDArray[];
  readonly #lengths: ReadonlyMap<string, number>;
  /** Where each running axis stands. */
  readonly #axes = new Map<string, number>();

  constructor(arrays: readonly NDArray[], lengths: ReadonlyMap<string, number>) {
    this.#arrays = arrays;
    this.#lengths = lengths;
  }

  /** Runs a body and gives the locals after it. */
  run(body: readonly Statement[], outer: Locals): Locals {
    const locals = new Map(outer);
    for (const statement of body) {
      switch (statement.kind) {
        case "loop":
          this.#forEach([statement.axis], () => this.run(statement.body, locals));
          break;
        case "reduce": {
          const collected = statement.accumulators.map((): Scalar[] => []);
          this.#forEach(statement.axes, () => {
            const inner = this.run(statement.body, locals);
            for (const [i, { value }] of statement.accumulators.entries()) collected[i].push(this.#value(value, inner));
          });
          for (const [i, accumulator] of statement.accumulators.entries()) {
            locals.set(accumulator.name, combine(accumulator, collected[i]));
          }
          break;
        }
        case "let":
          locals.set(statement.name, this.#value(statement.value, locals));
          break;
        case "store": {
          const { data, dtype } = this.#arrays[statement.access.buffer];
          const position = this.#position(statement.access, locals);
          const value = this.#value(statement.value, locals);
          writeElement(
            data,
            position,
            statement.adds ? sumOf(readElement(data, dtype, position), value, dtype) : value,
          );
          break;
        }
      }
    }
    return locals;
  }

  /** Runs `visit` for every combination of values of the axes, the last one varying fastest. */
  #forEach([axis, ...rest]: readonly string[], visit: () => void): void {
    if (axis === undefined) {
      visit();
      return;
    }
    const length = this.#lengths.get(axis) ?? 0;
    for (let i = 0; i < length; i++) {
      this.#axes.set(axis, i);
      this.#forEach(rest, visit);
    }
    this.#axes.delete(axis);
  }

  #value(expr: Expr, locals: Locals): Scalar {
    return evaluate(expr, (leaf) => {
      switch (leaf.kind) {
        case "load": {
          const { data, dtype } = this.#arrays[leaf.access.buffer];
          if (leaf.padded && !this.#isInside(leaf.access)) return castScalar(0, dtype);
          return readElement(data, dtype, this.#position(leaf.access, locals));
        }
        case "local":
          return localIn(locals, leaf.name);
        case "axis":
          return BigInt(this.#axisValue(leaf.axis));
      }
    });
  }

  #position({ buffer, index }: Access, locals: Locals): number {
    const { offset, strides, shape } = this.#arrays[buffer];
    return index.reduce((position, subscript, dim) => {
      if (subscript.position !== undefined)
        return position + strides[dim] * checkedIndex(Number(localIn(locals, subscript.position)), dim, shape);
      return position + this.#place(subscript) * strides[dim];
    }, offset);
  }

  #place({ terms, lengths = [], offset }: Subscript): number {
    const start = lengths.reduce(
      (sum, { axis, scale, divisor = 1 }) => sum + scale * Math.floor((this.#lengths.get(axis) ?? 0) / divisor),
      offset,
    );
    return terms.reduce((sum, { axis, scale }) => sum + scale * this.#axisValue(axis), start);
  }

  #isInside({ buffer, index }: Access): boolean {
    const { shape } = this.#arrays[buffer];
    return index.every((subscript, dim) => {
      const place = this.#place(subscript);
      return place >= 0 && place < shape[dim];
    });
  }

  #axisValue(axis: string): number {
    const value = this.#axes.get(axis);
    if (value === undefined) throw new ReferenceError(`the axis ${axis} is not running here`);
    return value;
  }
}

function localIn(locals: Locals, name: string): Scalar {
  const value = locals.get(name);
  if (value === undefined) throw new ReferenceError(`the local ${name} has no value here`);
  return value;
}

function sumOf(a: Scalar, b: Scalar, dtype: DType): Scalar {
  return evaluateScalar("add", { inputs: [dtype, dtype], output: dtype }, [a, b]);
}

/** Combines the values of a reduction, in the order in which they came. */
function combine({ op, dtype }: Accumulator, values: readonly Scalar[]): Scalar {
  switch (op) {
    case "argmax":
    case "argmin":
      return BigInt(extremePosition(op, values));
    case "maximum":
    case "minimum":
    case "and_":
    case "or_":
    case "add":
    case "mul": {
      const identity = identityOf(op, dtype);
      if (values.length === 0) {
        if (identity === undefined) throw emptyReduction(op);
        return identity;
      }
      if (isFloat(dtype) && op === "add") return castScalar(accurateSum(values.map(Number)), dtype);
      const combined: DType = isFloat(dtype) ? "float64" : isComplex(dtype) ? "complex128" : dtype;
      const signature: Signature = { inputs: [combined, combined], output: combined };
      return castScalar(
        values.reduce((sum, value) => evaluateScalar(op, signature, [sum, value])),
        dtype,
      );
    }
  }
}

/** The result of a reduction over no elements, as an element of `dtype`; undefined when there is none. */
export function identityOf(op: ReduceOp, dtype: DType): Scalar | undefined {
  switch (op) {
    case "add":
    case "or_":
      return castScalar(0, dtype);
    case "mul":
      return castScalar(1, dtype);
    case "and_":
      return castScalar(dtype === "bool" ? true : -1, dtype);
    case "maximum":
      return isFloat(dtype) ? castScalar(-Infinity, dtype) : undefined;
    case "minimum":
      return isFloat(dtype) ? castScalar(Infinity, dtype) : undefined;
    case "argmax":
    case "argmin":
      return undefined;
  }
}

function extremePosition(op: "argmax" | "argmin", values: readonly Scalar[]): number {
  if (values.length === 0) throw emptyReduction(op);
  let best = 0;
  values.forEach((value, i) => {
    if (isNaNElement(values[best])) return;
    if (isNaNElement(value) || (op === "argmax" ? comesBefore(values[best], value) : comesBefore(value, values[best])))
      best = i;
  });
  return best;
}

function isNaNElement(value: Scalar): boolean {
  return value instanceof Complex ? value.isNaN : Number.isNaN(value);
}

function comesBefore(a: Scalar, b: Scalar): boolean {
  return a instanceof Complex || b instanceof Complex ? less(complexOf(a), complexOf(b)) : a < b;
}

/** A sum with the rounding errors added back (Neumaier's variant of Kahan summation), good to about one ulp. */
function accurateSum(values: readonly number[]): number {
  let sum = 0;
  let error = 0;
  for (const value of values) {
    const next = sum + value;
    error += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return Number.isFinite(sum) ? sum + error : sum;
}
