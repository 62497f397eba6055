/** `np`: the part of NumPy that the oracle's programs use. */
import { DTYPES } from "../../../runtime/array/dtype.ts";
import { NDArray } from "../../../runtime/array/ndarray.ts";
import { AssertionError } from "../../../runtime/base/errors.ts";
import { TensorVariable } from "../../../runtime/index.ts";
import { callRuntime, lookUp } from "./binding.ts";
import { iterate } from "./items.ts";
import {
  arange,
  atLeast2d,
  choose,
  diagonal,
  dtypeOr,
  eye,
  filled,
  join,
  like,
  linspace,
  tile,
  triangle,
  withAxis,
  withDType,
} from "./numpy-arrays.ts";
import { arrayOf, asArray, checkedDType, elementwise, mapArray } from "./numpy-elementwise.ts";
import { choleskyFactor, determinant, matrixProduct, solveSystem } from "./numpy-linalg.ts";
import { halfToEven, lengthsOf, METHODS } from "./numpy-methods.ts";
import { randomModule } from "./numpy-random-module.ts";
import { REDUCERS, reduceArray } from "./numpy-reduce.ts";
import {
  type Keywords,
  type Module,
  NumPyType,
  numberOf,
  PyFloat,
  PyFunction,
  PyType,
  truth,
  tuple,
  Unsupported,
} from "./values.ts";

type Run = (args: readonly unknown[], keywords: Keywords) => unknown;

/** Functions of one number; given a symbolic variable, NumPy calls the variable's own. */
const UNARY: Readonly<Record<string, (x: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  arcsinh: Math.asinh,
  arccosh: Math.acosh,
  arctanh: Math.atanh,
};
/** Those whose results have the dtype of the argument. */
const SAME_DTYPE: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs,
  absolute: Math.abs,
  negative: (x) => -x,
  square: (x) => x * x,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  rint: halfToEven,
};
const TESTS: Readonly<Record<string, (x: number) => boolean>> = {
  isnan: Number.isNaN,
  isinf: (x) => !Number.isFinite(x) && !Number.isNaN(x),
  isfinite: Number.isFinite,
  logical_not: (x) => x === 0,
};
const BINARY: Readonly<Record<string, string>> = {
  add: "+",
  subtract: "-",
  multiply: "*",
  divide: "/",
  true_divide: "/",
  floor_divide: "//",
  mod: "%",
  power: "**",
  maximum: "maximum",
  minimum: "minimum",
  equal: "==",
  not_equal: "!=",
  less: "<",
  less_equal: "<=",
  greater: ">",
  greater_equal: ">=",
  logical_and: "logical_and",
  logical_or: "logical_or",
  logical_xor: "logical_xor",
  bitwise_and: "&",
  bitwise_or: "|",
  arctan2: "arctan2",
  hypot: "hypot",
};
const RENAMED: Readonly<Record<string, string>> = { amax: "max", amin: "min", round_: "round", around: "round" };

const FUNCTIONS: Readonly<Record<string, Run>> = {
  array: ([x, dtype], keywords) => withDType(x, keywords.get("dtype") ?? dtype).copy(),
  asarray: ([x, dtype], keywords) => withDType(x, keywords.get("dtype") ?? dtype),
  zeros: (args, keywords) => filled(args, keywords, 0),
  ones: (args, keywords) => filled(args, keywords, 1),
  full: ([shape, value, dtype], keywords) =>
    NDArray.full(lengthsOf([shape]), numberOf(value), dtypeOr(keywords.get("dtype") ?? dtype, asArray(value).dtype)),
  zeros_like: ([x, dtype], keywords) => like(x, 0, keywords.get("dtype") ?? dtype),
  ones_like: ([x, dtype], keywords) => like(x, 1, keywords.get("dtype") ?? dtype),
  full_like: ([x, value, dtype], keywords) => like(x, numberOf(value), keywords.get("dtype") ?? dtype),
  arange: (args, keywords) => arange(args, keywords.get("dtype")),
  linspace: ([start, stop, count = 50], keywords) =>
    linspace(numberOf(start), numberOf(stop), numberOf(keywords.get("num") ?? count)),
  eye: ([n, m], keywords) =>
    eye(numberOf(n), m, numberOf(keywords.get("k") ?? 0), dtypeOr(keywords.get("dtype"), "float64")),
  identity: ([n], keywords) => eye(numberOf(n), n, 0, dtypeOr(keywords.get("dtype"), "float64")),
  diag: ([x]) => diagonal(asArray(x)),
  diagonal: ([x]) => diagonal(asArray(x)),
  trace: ([x]) => reduceArray("sum", diagonal(asArray(x))),
  tril: ([x]) => triangle(asArray(x), (i, j) => j <= i),
  triu: ([x]) => triangle(asArray(x), (i, j) => j >= i),
  dot: ([a, b]) => matrixProduct(asArray(a), asArray(b)),
  matmul: ([a, b]) => matrixProduct(asArray(a), asArray(b)),
  inner: ([a, b]) => matrixProduct(asArray(a), asArray(b).transpose()),
  outer: ([a, b]) => {
    const [x, y] = [asArray(a), asArray(b)];
    return elementwise("*", x.reshape([x.size, 1]), y.reshape([1, y.size]));
  },
  where: ([test, then, otherwise]) => choose(asArray(test), asArray(then), asArray(otherwise)),
  concatenate: ([parts, axis = 0], keywords) =>
    join(
      [...iterate(parts)].map((p) => asArray(p)),
      numberOf(keywords.get("axis") ?? axis),
    ),
  stack: ([parts, axis = 0], keywords) => {
    const at = numberOf(keywords.get("axis") ?? axis);
    return join(
      [...iterate(parts)].map((part) => withAxis(asArray(part), at)),
      at,
    );
  },
  vstack: ([parts]) =>
    join(
      [...iterate(parts)].map((part) => atLeast2d(asArray(part))),
      0,
    ),
  hstack: ([parts]) => {
    const arrays = [...iterate(parts)].map((part) => asArray(part));
    return join(arrays, arrays[0]?.ndim === 1 ? 0 : 1);
  },
  expand_dims: ([x, axis]) => withAxis(asArray(x), numberOf(axis)),
  atleast_2d: ([x]) => atLeast2d(asArray(x)),
  tile: ([x, reps]) => tile(asArray(x), lengthsOf([reps])),
  roll: ([x, shift]) => {
    const values = [...asArray(x).elements()];
    const by = numberOf(shift);
    return arrayOf(
      values.map((_, i) => values.at((i - by) % values.length) ?? 0),
      asArray(x).dtype,
      asArray(x).shape,
    );
  },
  unique: ([x]) => {
    const array = asArray(x);
    const values = [...new Set(array.elements())].sort((a, b) => Number(a) - Number(b));
    return arrayOf(values, array.dtype, [values.length]);
  },
  allclose: ([a, b], keywords) =>
    allClose(asArray(a), asArray(b), tolerance(keywords, "rtol", 1e-5), tolerance(keywords, "atol", 1e-8)),
  array_equal: ([a, b]) => asArray(a).equals(asArray(b)),
  shape: ([x]) => tuple(asArray(x).shape),
  ndim: ([x]) => asArray(x).ndim,
  size: ([x]) => asArray(x).size,
  dtype: ([x]) => checkedDType(x),
  isscalar: ([x]) => !Array.isArray(x) && !(x instanceof NDArray),
  average: ([x], keywords) => reduceArray("mean", asArray(x), keywords.get("axis")),
};

const CONSTANTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["pi", new PyFloat(Math.PI)],
  ["e", new PyFloat(Math.E)],
  ["inf", new PyFloat(Infinity)],
  ["Inf", new PyFloat(Infinity)],
  ["nan", new PyFloat(Number.NaN)],
  ["NaN", new PyFloat(Number.NaN)],
  ["newaxis", null],
]);

function tolerance(keywords: Keywords, name: string, fallback: number): number {
  return keywords.has(name) ? numberOf(keywords.get(name)) : fallback;
}

function allClose(a: NDArray, b: NDArray, relative: number, absolute: number): boolean {
  const limit = elementwise(
    "+",
    mapArray(b, (x) => relative * Math.abs(x)),
    NDArray.scalar(absolute, "float64"),
  );
  const close = elementwise("<=", mapArray(elementwise("-", a, b), Math.abs), limit);
  return truth(reduceArray("all", close));
}

/** A function of a variable, since NumPy hands objects to their own methods. */
function elementwiseFunction(name: string, run: (x: NDArray) => NDArray): PyFunction {
  return new PyFunction(name, ([x]) =>
    x instanceof TensorVariable ? callRuntime(`T.${name}`, lookUp(`T.${name}`), [x]) : run(asArray(x)),
  );
}

const LINALG: Readonly<Record<string, Run>> = {
  inv: ([a]) => solveSystem(asArray(a), eye(asArray(a).shape[0] ?? 0, null, 0, "float64")),
  solve: ([a, b]) => solveSystem(asArray(a), asArray(b)),
  det: ([a]) => NDArray.scalar(determinant(asArray(a)), "float64"),
  cholesky: ([a]) => choleskyFactor(asArray(a)),
  norm: ([a]) =>
    mapArray(
      reduceArray(
        "sum",
        mapArray(asArray(a), (x) => x * x),
      ),
      Math.sqrt,
    ),
};

const TESTING: Readonly<Record<string, Run>> = {
  assert_allclose: ([a, b], keywords) => {
    if (!allClose(asArray(a), asArray(b), tolerance(keywords, "rtol", 1e-7), tolerance(keywords, "atol", 0)))
      throw new AssertionError("Not equal to tolerance");
    return null;
  },
};

function moduleOf(name: string, functions: Readonly<Record<string, Run>>): Module {
  return {
    module: name,
    get(member) {
      const run = Object.hasOwn(functions, member) ? functions[member] : undefined;
      if (run === undefined) throw new Unsupported(`${name}.${member}`);
      return new PyFunction(member, run);
    },
  };
}

/** A fresh `np`, with its own shared generator. */
export function numpyModule(): Module {
  const modules = new Map<string, unknown>([
    ["random", randomModule()],
    ["linalg", moduleOf("np.linalg", LINALG)],
    ["testing", moduleOf("np.testing", TESTING)],
    [
      "ndarray",
      new PyType(
        "ndarray",
        () => null,
        (x) => x instanceof NDArray,
      ),
    ],
  ]);
  return { module: "numpy", get: (name) => (modules.has(name) ? modules.get(name) : member(RENAMED[name] ?? name)) };
}

function member(name: string): unknown {
  if (CONSTANTS.has(name)) return CONSTANTS.get(name);
  const type = dtypeNamed(name);
  if (type !== null) return type;
  const own = <F>(table: Readonly<Record<string, F>>): F | undefined =>
    Object.hasOwn(table, name) ? table[name] : undefined;
  const run =
    own(FUNCTIONS) ??
    own({ empty: FUNCTIONS.zeros, asanyarray: FUNCTIONS.asarray, ascontiguousarray: FUNCTIONS.asarray });
  if (run !== undefined) return new PyFunction(name, run);
  const unary = own(UNARY);
  if (unary !== undefined) return elementwiseFunction(name, (x) => mapArray(x, unary));
  const same = own(SAME_DTYPE);
  if (same !== undefined) return elementwiseFunction(name, (x) => mapArray(x, same, x.dtype));
  const test = own(TESTS);
  if (test !== undefined) return elementwiseFunction(name, (x) => mapArray(x, test, "bool"));
  const operator = own(BINARY);
  if (operator !== undefined) return new PyFunction(name, ([a, b]) => elementwise(operator, asArray(a), asArray(b)));
  const method = own(METHODS);
  if (name in REDUCERS)
    return new PyFunction(name, ([x, axis], keywords) =>
      reduceArray(name, asArray(x), keywords.get("axis") ?? axis, keywords.get("keepdims")),
    );
  if (method !== undefined)
    return new PyFunction(name, ([x, ...args], keywords) =>
      method(name === "sort" ? asArray(x).copy() : asArray(x), args, keywords),
    );
  throw new Unsupported(`np.${name}`);
}

/** `np.float32` and its like: types and the functions that make scalars of them. */
function dtypeNamed(name: string): NumPyType | null {
  const own = name
    .replace(/_$/, "")
    .replace(/^double$/, "float64")
    .replace(/^single$/, "float32")
    .replace(/^intp$|^int$/, "int64")
    .replace(/^float$/, "float64");
  const known = DTYPES.some((dtype) => dtype.name === own) || /^(float16|complex64|complex128)$/.test(own);
  if (!known) return null;
  return new NumPyType(
    own,
    ([x = 0]) => asArray(x, own),
    (x) => x instanceof NDArray && x.ndim === 0 && x.dtype === own,
  );
}
