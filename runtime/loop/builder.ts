/** Writing kernels out: axes, the elements of inputs and outputs along them, loops and reductions. */
import type { DType } from "../array/dtype.ts";
import { apply, cast, constant } from "../scalar/expr.ts";
import type { ScalarOpName } from "../scalar/table.ts";
import type {
  Accumulator,
  AxisValue,
  Buffer,
  DimRef,
  Expr,
  Kernel,
  Load,
  Local,
  ReduceOp,
  Statement,
  Subscript,
} from "./ir.ts";

/**
 * Where an element lies along one dimension: on an axis, `offset` places after it, at the only place, `"first"`, or where
 * a local says, `length` naming an axis of that dimension.
 */
export type Place =
  | string
  | { readonly axis: string; readonly offset: number }
  | { readonly position: string; readonly length: string }
  | Affine
  | "first";

/** Where several axes together say; `length` names an axis of that dimension. */
export type Affine = Pick<Subscript, "terms" | "offset" | "lengths"> & { readonly length?: string };

/** `offset + Σ scale·axis`. */
export function affine(scales: Readonly<Record<string, number>>, offset = 0): Affine {
  return { terms: Object.entries(scales).map(([axis, scale]) => ({ axis, scale })), offset };
}

/** A result of a kernel: gives the statement that stores a value, or adds it, converted to the buffer's dtype. */
export type Output = (value: Expr, places?: readonly Place[], adds?: true) => Statement;

/**
 * Collects the buffers and axes of a kernel. Axes are strings; each takes its length from the dimensions that elements
 * are read and written along, so that these must agree. Inputs are declared before outputs, in the order of a call.
 */
export class KernelBuilder {
  readonly #name: string;
  readonly #buffers: Buffer[] = [];
  readonly #extents = new Map<string, DimRef[]>();

  constructor(name: string) {
    this.#name = name;
  }

  /** The element of the next input at `places`, one per dimension. */
  input(dtype: DType, places: readonly Place[]): Load {
    const buffer = this.#declare("in", dtype, places);
    return { kind: "load", access: { buffer, index: places.map(subscript) }, dtype };
  }

  /** Another element of the input that `load` reads. */
  again({ access, ...load }: Load, places: readonly Place[]): Load {
    return { ...load, access: { ...access, index: places.map(subscript) } };
  }

  /** As {@link input}, but 0 out of range; each dimension has an axis. */
  paddedInput(dtype: DType, places: readonly Place[]): Load {
    return { ...this.input(dtype, places), padded: true };
  }

  /** The next input is not read; its values decide about shapes. */
  unreadInput(dtype: DType, ndim: number): void {
    this.#declare("in", dtype, Array<Place>(ndim).fill("first"));
  }

  /** The next output. What is stored without saying where goes to `places`, whose lengths the output shares. */
  output(dtype: DType, places: readonly Place[]): Output {
    const buffer = this.#declare("out", dtype, places);
    return (value, at = places, adds) => ({
      kind: "store",
      access: { buffer, index: at.map(subscript) },
      value: cast(value, dtype),
      ...(adds && { adds }),
    });
  }

  /** The kernel that runs `body`. */
  build(...body: readonly Statement[]): Kernel {
    const axes = [...this.#extents].map(([name, extent]) => ({ name, extent }));
    return { name: this.#name, buffers: this.#buffers, axes, body };
  }

  #declare(access: "in" | "out", dtype: DType, places: readonly Place[]): number {
    const buffer = this.#buffers.length;
    this.#buffers.push({ name: `${access}${buffer}`, dtype, ndim: places.length, access });
    places.forEach((place, dim) => {
      const axis = typeof place === "object" && "length" in place ? place.length : place;
      if (typeof axis !== "string" || axis === "first") return;
      this.#extents.set(axis, [...(this.#extents.get(axis) ?? []), { buffer, dim }]);
    });
    return buffer;
  }
}

function subscript(place: Place): Subscript {
  if (place === "first") return { terms: [], offset: 0 };
  if (typeof place === "object" && "position" in place) return { terms: [], offset: 0, position: place.position };
  if (typeof place === "object" && "terms" in place) {
    const { terms, offset, lengths } = place;
    return { terms, offset, ...(lengths !== undefined && { lengths }) };
  }
  const { axis, offset } = typeof place === "string" ? { axis: place, offset: 0 } : place;
  return { terms: [{ axis, scale: 1 }], offset };
}

/** Runs `body` for every value of the axes, the first one outermost. */
export function loop(axes: readonly string[], ...body: readonly Statement[]): readonly Statement[] {
  return axes.reduceRight<readonly Statement[]>((inner, axis) => [{ kind: "loop", axis, body: inner }], body);
}

/** Names a value for the statements that follow. */
export function define(name: string, value: Expr): { readonly statement: Statement; readonly value: Local } {
  return { statement: { kind: "let", name, value }, value: { kind: "local", name, dtype: value.dtype } };
}

/** What is folded: an op and the values. */
export type Fold = readonly [op: ReduceOp, value: Expr];

/** Folds values over `axes` at once; each result is a local under its name. */
export function reduce<Name extends string>(
  axes: readonly string[],
  folds: Readonly<Record<Name, Fold>>,
): { readonly statement: Statement; readonly value: (name: Name) => Local } {
  const accumulators = Object.entries<Fold>(folds).map(
    ([name, [op, value]]): Accumulator => ({ name, op, dtype: foldedDType(op, value.dtype), value }),
  );
  return {
    statement: { kind: "reduce", axes, body: [], accumulators },
    value: (name) => ({ kind: "local", name, dtype: foldedDType(folds[name][0], folds[name][1].dtype) }),
  };
}

function foldedDType(op: ReduceOp, dtype: DType): DType {
  return op === "argmax" || op === "argmin" ? "int64" : dtype;
}

/** A scalar op applied to values, with the conversions that its type rule asks for. */
export function on(op: ScalarOpName, ...args: readonly Expr[]): Expr {
  return apply<Load | Local | AxisValue>(op, args, "float64");
}

/** A value as an element of `dtype`. */
export function as(value: Expr, dtype: DType): Expr {
  return cast(value, dtype);
}

/** A number as an element of `dtype`. */
export function number(value: number, dtype: DType): Expr {
  return constant(value, dtype);
}

/** The value of an axis. */
export function position(axis: string): AxisValue {
  return { kind: "axis", axis, dtype: "int64" };
}
