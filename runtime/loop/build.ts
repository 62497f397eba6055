/** Kernels for the common patterns: elementwise computations, reductions, products. */
import { type DType, isComplex, isFloat } from "../array/dtype.ts";
import { ValueError } from "../base/errors.ts";
import { apply, cast, mapLeaves, requireImplemented, type ScalarExpr } from "../scalar/expr.ts";
import type {
  Access,
  Accumulator,
  Axis,
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

/** What an elementwise kernel knows of an input: its dtype, and which dimensions are known to be 1 and so repeat. */
export interface ElementwiseInput {
  readonly dtype: DType;
  readonly broadcastable: readonly boolean[];
}

/**
 * Each output element is an expression over the input elements at the same place. All inputs have `ndim` dimensions, and
 * those that are not marked broadcastable must agree in length; so must all outputs.
 * @param exprs one expression per output; it gives the output's dtype.
 * @throws TypeError when an op in them has no values for its arguments.
 */
export function elementwiseKernel(spec: {
  readonly name?: string;
  readonly exprs: readonly ScalarExpr[];
  readonly inputs: readonly ElementwiseInput[];
  readonly ndim: number;
}): Kernel {
  const { exprs, inputs, ndim, name = "elementwise" } = spec;
  requireImplemented(exprs);
  const buffers = [
    ...inputs.map(({ dtype }, i) => arrayIn(`in${i}`, dtype, ndim)),
    ...exprs.map(({ dtype }, i) => arrayOut(`out${i}`, dtype, ndim)),
  ];
  const repeats = (buffer: number, dim: number) => inputs[buffer]?.broadcastable[dim] ?? false;
  const axes = range(ndim).map((dim) =>
    axisOver(
      `i${dim}`,
      range(buffers.length)
        .filter((buffer) => !repeats(buffer, dim))
        .map((buffer) => ({ buffer, dim })),
    ),
  );
  const element = (buffer: number): Access => ({
    buffer,
    index: axes.map((axis, dim) => (repeats(buffer, dim) ? FIRST : along(axis))),
  });
  const values: Expr[] = mapLeaves(exprs, (leaf): Load => load(element(leaf.index), leaf.dtype));
  const stores = values.map((value, i): Statement => ({ kind: "store", access: element(inputs.length + i), value }));
  return { name, buffers, axes, body: nest(axes, stores) };
}

/** What a reduction reads: an input of `ndim` dimensions, combined along `axes`. */
export interface ReducedInput {
  readonly name?: string;
  readonly dtype: DType;
  readonly ndim: number;
  readonly axes: readonly number[];
}

/**
 * Combines the elements along `axes`; the output has the other dimensions, in order.
 * @param spec.accDtype what values are converted to before they are combined.
 * @param spec.outDtype what the result is converted to.
 */
export function reduceKernel(
  spec: ReducedInput & {
    readonly op: Exclude<ReduceOp, "argmax" | "argmin">;
    readonly accDtype: DType;
    readonly outDtype: DType;
  },
): Kernel {
  return reduction(spec.name ?? `reduce_${spec.op}`, spec, [spec]);
}

/**
 * The position of the first largest (or smallest) element along `axes`, counted in row-major order over those axes, as
 * int64. NaN counts as extreme.
 */
export function argReduceKernel(spec: ReducedInput & { readonly op: "argmax" | "argmin" }): Kernel {
  return reduction(spec.name ?? spec.op, spec, [positionBy(spec.op)]);
}

/** The largest element along `axes` and, as {@link argReduceKernel}, its position, in one pass. */
export function maxAndArgmaxKernel(spec: ReducedInput): Kernel {
  const largest = { op: "maximum", accDtype: spec.dtype, outDtype: spec.dtype } as const;
  return reduction(spec.name ?? "max_and_argmax", spec, [largest, positionBy("argmax")]);
}

/** One output of a reduction. */
interface Reduced {
  readonly op: ReduceOp;
  readonly accDtype: DType;
  readonly outDtype: DType;
}

function positionBy(op: "argmax" | "argmin"): Reduced {
  return { op, accDtype: "int64", outDtype: "int64" };
}

function reduction(name: string, input: ReducedInput, results: readonly Reduced[]): Kernel {
  const reduced = range(input.ndim).filter((dim) => input.axes.includes(dim));
  const kept = range(input.ndim).filter((dim) => !input.axes.includes(dim));
  const axes = range(input.ndim).map((dim) => {
    const place = kept.indexOf(dim);
    const outputs = place < 0 ? [] : results.map((_, i) => ({ buffer: 1 + i, dim: place }));
    return axisOver(`i${dim}`, [{ buffer: 0, dim }, ...outputs]);
  });
  const outer = kept.map((dim) => axes[dim]);
  const element = load({ buffer: 0, index: axes.map(along) }, input.dtype);
  const accumulators = results.map(({ op, accDtype }, i): Accumulator => {
    const value: Expr = op === "argmax" || op === "argmin" ? element : cast<Load | Local>(element, accDtype);
    return { name: accumulatorName(i), op, dtype: accDtype, value };
  });
  const stores = results.map(({ accDtype, outDtype }, i) =>
    store(1 + i, outer, cast<Load | Local>(local(accumulatorName(i), accDtype), outDtype)),
  );
  return {
    name,
    buffers: [
      arrayIn("in0", input.dtype, input.ndim),
      ...results.map(({ outDtype }, i) => arrayOut(`out${i}`, outDtype, kept.length)),
    ],
    axes,
    body: nest(outer, [
      { kind: "reduce", axes: reduced.map((dim) => axes[dim].name), body: [], accumulators },
      ...stores,
    ]),
  };
}

/** The first is `acc`, as in every kernel of one result. */
function accumulatorName(i: number): string {
  return i === 0 ? "acc" : `acc${i}`;
}

/**
 * The product of two vectors or matrices over the last dimension of the first and the first of the second.
 * @param spec.accDtype in which products are formed and added; by default the widest of its kind for floats and complex numbers, else `dtype`.
 * @throws ValueError for other numbers of dimensions than 1 and 2.
 */
export function dotKernel(spec: {
  readonly name?: string;
  readonly dtype: DType;
  readonly ndims: readonly [number, number];
  readonly accDtype?: DType;
}): Kernel {
  const { dtype, ndims } = spec;
  if (ndims.some((ndim) => ndim !== 1 && ndim !== 2)) {
    throw new ValueError(`dot takes vectors and matrices, not arrays with ${ndims.join(" and ")} dimensions`);
  }
  const accDtype = spec.accDtype ?? (isFloat(dtype) ? "float64" : isComplex(dtype) ? "complex128" : dtype);
  const [leftNdim, rightNdim] = ndims;
  const outNdim = leftNdim + rightNdim - 2;
  const inner = axisOver("k", [
    { buffer: 0, dim: leftNdim - 1 },
    { buffer: 1, dim: 0 },
  ]);
  const rows =
    leftNdim === 2
      ? [
          axisOver("i", [
            { buffer: 0, dim: 0 },
            { buffer: 2, dim: 0 },
          ]),
        ]
      : [];
  const columns =
    rightNdim === 2
      ? [
          axisOver("j", [
            { buffer: 1, dim: 1 },
            { buffer: 2, dim: outNdim - 1 },
          ]),
        ]
      : [];
  const outer = [...rows, ...columns];
  const left = load({ buffer: 0, index: [...rows, inner].map(along) }, dtype);
  const right = load({ buffer: 1, index: [inner, ...columns].map(along) }, dtype);
  const product = apply<Load | Local>("mul", [cast(left, accDtype), cast(right, accDtype)], "float64");
  return {
    name: spec.name ?? "dot",
    buffers: [arrayIn("in0", dtype, leftNdim), arrayIn("in1", dtype, rightNdim), arrayOut("out0", dtype, outNdim)],
    axes: [...outer, inner],
    body: nest(outer, [
      {
        kind: "reduce",
        axes: [inner.name],
        body: [],
        accumulators: [{ name: "acc", op: "add", dtype: accDtype, value: product }],
      },
      store(2, outer, cast<Load | Local>(local("acc", accDtype), dtype)),
    ]),
  };
}

const FIRST: Subscript = { terms: [], offset: 0 };

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const arrayIn = (name: string, dtype: DType, ndim: number): Buffer => ({ name, dtype, ndim, access: "in" });
const arrayOut = (name: string, dtype: DType, ndim: number): Buffer => ({ name, dtype, ndim, access: "out" });
const axisOver = (name: string, extent: readonly DimRef[]): Axis => ({ name, extent });
const along = (axis: Axis): Subscript => ({ terms: [{ axis: axis.name, scale: 1 }], offset: 0 });
const load = (access: Access, dtype: DType): Load => ({ kind: "load", access, dtype });
const local = (name: string, dtype: DType): Local => ({ kind: "local", name, dtype });

function store(buffer: number, axes: readonly Axis[], value: Expr): Statement {
  return { kind: "store", access: { buffer, index: axes.map(along) }, value };
}

/** Loops over `axes`, the first one outermost, around `body`. */
function nest(axes: readonly Axis[], body: readonly Statement[]): readonly Statement[] {
  return axes.reduceRight<readonly Statement[]>(
    (inner, axis) => [{ kind: "loop", axis: axis.name, body: inner }],
    body,
  );
}
