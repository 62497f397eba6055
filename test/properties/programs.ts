/** Random programs over many ops: short lists of steps, each of which applies one op to earlier results. */
import fc from "fast-check";
import { isFloat } from "../../runtime/array/dtype.ts";
import { type DType, debugprint, NDArray, T, TensorType, TensorVariable } from "../../runtime/index.ts";
import { Values } from "./values.ts";

/** One step: an op, its operands, counted back from the latest result, and a parameter of the op's own. */
export interface Step {
  readonly op: number;
  readonly operands: readonly number[];
  readonly parameter: number;
}

/** What a step can apply; it throws where the operands do not fit. */
type Builder = (operands: readonly TensorVariable[], parameter: number) => TensorVariable;

const LITERALS = [0, 1, -1, 2, -2, 0.5, 0.25, 3, -0.5];
const WHOLE = [0, 1, 2, 3, -1];
const EXPONENTS = [2, 0.5, -1, 3, 0, 1, -2, 5];

const pick = <Item>(items: readonly Item[], parameter: number): Item => items[parameter % items.length];

/** A literal that keeps the dtype: fractions only for floats. */
function literal(x: TensorVariable, parameter: number): number {
  return pick(isFloat(x.dtype) ? LITERALS : x.dtype === "bool" ? [0, 1] : WHOLE, parameter);
}

const UNARY = [
  ...(["neg", "abs_", "sgn", "sqr", "sqrt", "inv", "exp", "expm1", "log", "log1p", "sin", "cos", "tanh"] as const),
  ...(["sigmoid", "softplus", "floor", "ceil", "trunc", "roundHalfToEven", "arctan", "erf", "erfc", "isnan"] as const),
  ...(["isinf", "sinh", "arcsinh", "arctanh", "deg2rad", "rad2deg", "invert", "identity", "log2", "cosh"] as const),
];
const BINARY = [
  ...(["add", "sub", "mul", "trueDiv", "intDiv", "mod", "maximum", "minimum", "eq", "neq", "lt", "le"] as const),
  ...(["gt", "ge", "and_", "or_", "xor", "second"] as const),
];
/** Said several times: the ops that most rewrites look for. */
const FREQUENT = ["add", "sub", "mul", "trueDiv"] as const;
const DTYPES: readonly DType[] = ["float64", "float32", "int32", "int8", "bool", "int64"];
const REDUCTIONS = ["sum", "prod", "max", "min", "all", "any", "mean", "sum", "sum"] as const;

const floats = (x: TensorVariable): TensorVariable => (isFloat(x.dtype) ? x : T.cast(x, "float64"));

/** By shape and position of elements. */
const LAYOUT: readonly Builder[] = [
  ([x]) => T.transpose(x),
  ([x]) => T.dimshuffle(x, ["x", ...x.type.shape.keys()]),
  ([x]) => T.dimshuffle(x, [...x.type.shape.keys(), "x"]),
  ([x]) => T.flatten(x),
  ([x]) => T.reshape(x, [-1]),
  ([x]) => T.reshape(x, T.shape(x), { ndim: x.ndim }),
  ([x, y]) => T.reshape(x, T.shape(y), { ndim: y.ndim }),
  ([x]) => T.subtensor(x, 0),
  ([x]) => T.subtensor(x, -1),
  ([x], k) => T.subtensor(x, T.slice(k % 3)),
  ([x], k) => T.subtensor(x, T.slice(null, (k % 5) - 2)),
  ([x]) => T.subtensor(x, T.slice(null, null, -1)),
  ([x]) => T.subtensor(x, T.slice(null, null, 2)),
  ([x]) => T.subtensor(x, T.slice(), T.slice(1)),
  ([x]) => T.subtensor(x, T.slice(), 0),
  ([x], k) => T.take(x, T.constant(pick([[0], [0, 0], [], [1, 0]], k), null, "int64"), { axis: 0 }),
  ([x], k) => T.setSubtensor(T.subtensor(x, T.slice(k % 3)), T.cast(literal(x, k), x.dtype)),
  ([x], k) => T.incSubtensor(T.subtensor(x, T.slice(k % 3)), T.cast(literal(x, k), x.dtype)),
  ([x, y]) => T.setSubtensor(T.subtensor(x, 0), T.cast(y, x.dtype)),
  ([x, y]) => T.incSubtensor(T.subtensor(T.zerosLike(x), 0), T.cast(y, x.dtype)),
  ([x, y]) => T.incSubtensor(T.subtensor(x, T.slice(1)), T.cast(y, x.dtype)),
  ([x, y]) => T.join(0, x, y),
  ([x, y]) => T.stack([x, y]),
  ([x, y]) => T.sum(T.stack([x, y]), { axis: 0 }),
  ([x]) => T.zerosLike(x),
  ([x], k) => T.fill(x, literal(x, k)),
  ([x, y]) => T.alloc(x, ...y.type.shape.map((_, axis) => T.shapeI(y, axis))),
  ([x], k) => T.alloc(x, (k % 3) + 1, ...x.type.shape.map((_, axis) => T.shapeI(x, axis))),
  ([x]) => T.shape(x),
  ([x]) => T.shapeI(x, 0),
  ([x]) => T.argmax(x, { axis: 0 }),
  ([x]) => T.cumsum(x, { axis: 0 }),
  ([x]) => T.sort(x, { axis: 0 }),
];

/** Forms that stabilizing rewrites look for. */
const FORMS: readonly Builder[] = [
  ([x]) => T.log(T.sum(T.exp(x), { axis: x.ndim - 1 })),
  ([x]) => T.trueDiv(T.exp(x), T.sum(T.exp(x), { axis: x.ndim - 1, keepdims: true })),
  ([x]) => T.log(T.add(1, T.exp(x))),
  ([x]) => T.trueDiv(1, T.add(1, T.exp(T.neg(x)))),
  ([x]) => T.sub(1, T.sigmoid(x)),
  ([x]) => T.log(T.sub(1, T.sigmoid(x))),
  ([x]) => T.log(T.sigmoid(x)),
  ([x]) => T.log(T.erfc(x)),
  ([x]) => T.log(T.sub(1, x)),
  ([x]) => T.nnet.softmax(x),
  ([x]) => T.log(T.nnet.softmax(x)),
  ([x]) => T.sub(1, T.erf(x)),
  ([x, y]) => T.log(T.add(T.exp(x), T.exp(y))),
];

const ALGEBRA: readonly Builder[] = [
  ([x, y]) => T.dot(x, y),
  ([x, y]) => T.transpose(T.dot(x, y)),
  ([x, y]) => T.dot(T.transpose(x), y),
  ([x], k) => T.pow(x, pick(isFloat(x.dtype) ? EXPONENTS : [2, 3, 0, 1, 5], k)),
  ([x], k) => T.clip(x, literal(x, k), literal(x, k + 1)),
  ([x, y, z]) => T.switch(T.gt(x, 0), y, z),
  ([x, y], k) => T.switch(T.gt(x, 0), y, literal(y, k)),
  ([x, y], k) => T.switch(T.le(x, y), literal(y, k), y),
  ([x, y]) => T.add(x, y, x),
  ([x, y]) => T.mul(x, y, x),
  ([x, y]) => T.sub(T.add(x, y), x),
  ([x, y]) => T.trueDiv(T.mul(x, y), x),
];

const BUILDERS: readonly Builder[] = [
  ...UNARY.map(
    (name): Builder =>
      ([x]) =>
        T[name](x),
  ),
  ...[...BINARY, ...FREQUENT, ...FREQUENT].map(
    (name): Builder =>
      ([x, y]) =>
        T[name](x, y),
  ),
  ...[...BINARY, ...FREQUENT, ...FREQUENT].map(
    (name): Builder =>
      ([x], k) =>
        T[name](x, literal(x, k)),
  ),
  ...FREQUENT.map(
    (name): Builder =>
      ([x], k) =>
        T[name](literal(x, k), x),
  ),
  ...DTYPES.map(
    (dtype): Builder =>
      ([x]) =>
        T.cast(x, dtype),
  ),
  ...REDUCTIONS.flatMap((name): Builder[] => [
    ([x]) => T[name](x),
    ([x], k) => T[name](x, { axis: k % Math.max(1, x.ndim) }),
    ([x], k) => T[name](x, { axis: k % Math.max(1, x.ndim), keepdims: true }),
  ]),
  ...LAYOUT,
  ...FORMS.map(
    (build): Builder =>
      (operands, k) =>
        build(operands.map(floats), k),
  ),
  ...ALGEBRA,
  ...ALGEBRA,
];

/** Numbers at the edges of what floats can do, and some in between. */
const FLOATS = [0, 1, -1, 0.5, -2, 3.25, Number.NaN, Infinity, -Infinity, -0, 40, -40, 800, 1e200, -1e-200, 5e-324];
const INTEGERS = [0, 1, -1, 2, 3, 100, -128];

const INPUTS = {
  x: ["float64", ["n"]],
  y: ["float64", ["n"]],
  X: ["float64", ["m", "n"]],
  r: ["float64", [1, "n"]],
  c: ["float64", ["m", 1]],
  s: ["float64", []],
  f: ["float32", ["n"]],
  F: ["float32", ["m", "n"]],
  i: ["int32", ["n"]],
  t: ["int8", ["m", "n"]],
  b: ["bool", ["n"]],
} as const satisfies Record<string, readonly [DType, readonly ("m" | "n" | 1)[]]>;

/** A program whose steps all have a value without rewrites. */
export interface Program extends fc.WithToStringMethod {
  readonly inputs: readonly TensorVariable[];
  readonly arrays: readonly NDArray[];
  readonly values: Values;
  /** The results of the steps, the last one last. */
  readonly results: readonly TensorVariable[];
  /** What the first step that has no value would compute, and the name of its error. */
  readonly failure: { readonly output: TensorVariable; readonly error: string } | null;
}

interface Data {
  readonly m: number;
  readonly n: number;
  readonly floats: readonly number[];
  readonly integers: readonly number[];
}

/** Without the bias to small numbers, which are the first ops of the list. */
const natural = fc.noBias(fc.nat({ max: 5000 }));
const back = fc.oneof(fc.nat({ max: 2 }), natural);
const data: fc.Arbitrary<Data> = fc.record({
  m: fc.constantFrom(2, 3, 1, 0),
  n: fc.constantFrom(3, 2, 1, 0),
  floats: fc.array(fc.oneof(fc.constantFrom(...FLOATS), fc.constantFrom(...FLOATS.slice(0, 6))), {
    minLength: 7,
    maxLength: 7,
  }),
  integers: fc.array(fc.constantFrom(...INTEGERS), { minLength: 5, maxLength: 5 }),
});
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    op: natural,
    // The latest results most of the time, so that programs grow deep.
    operands: fc.tuple(back, back, back),
    parameter: natural,
  }),
  { minLength: 1, maxLength: 12, size: "max" },
);

/** Random programs, which shrink to short ones over plain inputs. */
export const programs: fc.Arbitrary<Program> = fc
  .tuple(data, steps)
  .map(([given, list]) => run(given, list))
  .filter(({ results }) => results.length > 0);

function run({ m, n, floats: reals, integers }: Data, list: readonly Step[]): Program {
  const lengths = { m, n };
  const values = new Values();
  const inputs = Object.entries(INPUTS).map(([name, [dtype, dims]], k) => {
    const broadcastable = dims.map((dim) => dim === 1);
    const variable = new TensorVariable(TensorType.ofBroadcastable(dtype, broadcastable), name);
    const shape = dims.map((dim) => (dim === 1 ? 1 : lengths[dim]));
    const source = isFloat(dtype) ? reals : integers;
    values.set(variable, filled(shape, dtype, source, k));
    return variable;
  });
  const pool = [...inputs];
  let failure: Program["failure"] = null;
  for (const step of list) {
    const operands = step.operands.map((back) => pool[pool.length - 1 - (back % pool.length)]);
    const output = built(pick(BUILDERS, step.op), operands, step.parameter);
    if (output === null) continue;
    const error = values.compute(output);
    if (error === null) pool.push(output);
    else failure ??= { output, error };
  }
  const results = pool.slice(inputs.length);
  const arrays = inputs.map((input) => values.get(input));
  const text = (): string => `${arrays.join(", ")}\n${debugprint([...results])}`;
  return { inputs, arrays, values, results, failure, [fc.toStringMethod]: text };
}

/** Null where the op refuses its operands while the graph is built. */
function built(build: Builder, operands: readonly TensorVariable[], parameter: number): TensorVariable | null {
  try {
    const output = build(operands, parameter);
    return output.ndim <= 3 ? output : null;
  } catch {
    return null;
  }
}

function filled(shape: readonly number[], dtype: DType, source: readonly number[], offset: number): NDArray {
  const size = shape.reduce((a, b) => a * b, 1);
  const elements = Array.from({ length: size }, (_, k) => source[(k * 3 + offset) % source.length]);
  return NDArray.from(elements, isFloat(dtype) ? "float64" : "int64")
    .astype(dtype)
    .reshape(shape);
}
