/** Evaluates `ops.json`: one call of an op per case, its values, types and gradients. */
import { type NDArray, SparseMatrix, SparseVariable, T, type TensorVariable, theano } from "../../runtime/index.ts";
import { areEigenpairs } from "./eigen.ts";
import { agrees, attempt, decode, dtypeOf, type EncodedArray, elementsAgree, showArray } from "./encoding.ts";
import { isA, showError } from "./errors-match.ts";
import { isAsNear, widened } from "./precision.ts";
import { Unsupported } from "./python/values.ts";
import type { CaseResult, Check, Evaluator } from "./report.ts";
import { areSlopes } from "./slopes.ts";
import { evaluateTree, type Result, resultsOf, type Tree } from "./translate.ts";

/** The class of an error and its first sentence. */
type EncodedError = readonly [name: string, message: string];

interface Alternative {
  readonly outputs?: readonly (EncodedArray | null)[];
}

interface OpCase {
  readonly id: string;
  readonly group: string;
  readonly call: string;
  readonly note?: string;
  readonly args?: readonly Tree[];
  readonly kwargs?: Readonly<Record<string, Tree>>;
  readonly expr?: Tree;
  readonly inputs: Readonly<Record<string, EncodedArray>>;
  readonly outputs?: readonly EncodedArray[];
  readonly error?: EncodedError;
  /** Of random draws: the outputs of the first call of one function, and of the second. */
  readonly call_outputs?: readonly (readonly EncodedArray[])[];
  /** Random weights of the float outputs in the scalar whose gradient is taken, by the output's index. */
  readonly r?: Readonly<Record<string, EncodedArray>>;
  readonly grads?: Readonly<Record<string, EncodedArray | { readonly error: EncodedError }>>;
  /** The inputs for which Theano's gradient is not the derivative. */
  readonly grad_differs_from_numeric?: Readonly<Record<string, unknown>>;
  /** What the C implementation and the optimized graph gave, where that is something else. */
  readonly c?: Alternative;
  readonly c_error?: EncodedError | string;
  readonly fast_run?: Alternative | EncodedError;
}

/** The symbolic inputs by name. */
type Inputs = ReadonlyMap<string, TensorVariable>;

/** `ops.json`. */
export interface OpsFile {
  readonly cases: readonly OpCase[];
}

const MODES = ["FAST_COMPILE", "FAST_RUN"] as const;

/** Every case is compiled in the two modes; what the runtime lacks is not evaluated. */
export const evaluateOps: Evaluator<OpsFile> = (file) => file.cases.map(evaluateCase);

function evaluateCase(opCase: OpCase): CaseResult {
  const { id, group, call, note } = opCase;
  try {
    const input = note === undefined ? call : `${call} (${note})`;
    return { id, group, checks: checksOf(opCase).map((check) => ({ ...check, input })) };
  } catch (thrown) {
    if (thrown instanceof Unsupported) return { id, group, notEvaluated: `needs ${thrown.message}` };
    throw thrown;
  }
}

function checksOf(opCase: OpCase): Check[] {
  const values = Object.values(opCase.inputs).map(decode);
  const inputs: Inputs = new Map(Object.entries(opCase.inputs).map(([name, array]) => [name, inputOf(name, array)]));
  for (const { dtype } of opCase.outputs ?? []) dtypeOf(dtype);
  const outputs = attempt(() => resultsOf(evaluateTree(treeOf(opCase), inputs)));
  if (opCase.error !== undefined) return [errorCheck(opCase.error, outputs, inputs, values)];
  if (outputs instanceof Error) return [threw("building", opCase, outputs)];
  if (opCase.call_outputs !== undefined)
    return callChecks(
      opCase.call_outputs,
      MODES,
      () => resultsOf(evaluateTree(treeOf(opCase), inputs)),
      inputs,
      values,
    );
  const gradients = gradientsOf(opCase, inputs, outputs);
  return [
    ...typeChecks(opCase.outputs ?? [], outputs),
    ...MODES.flatMap((mode) => valueChecks(opCase, mode, inputs, values, outputs, gradients)),
  ];
}

function treeOf({ call, args, kwargs, expr }: OpCase): Tree {
  if (expr !== undefined) return expr;
  return { call: call.slice(0, call.indexOf("(")), args: args ?? [], kwargs: kwargs ?? {} };
}

function inputOf(name: string, { dtype, shape, bc }: EncodedArray): TensorVariable {
  return T.tensor(dtypeOf(dtype), bc ?? shape.map(() => false), name);
}

function threw(aspect: string, { outputs = [] }: OpCase, error: Error): Check {
  const expected = outputs.map((array) => showArray(decode(array))).join("; ");
  return { aspect, pass: false, expected, actual: showError(error) };
}

/** An error of the class, either while the graph is built or when it runs, in every mode. */
function errorCheck(
  [name, message]: EncodedError,
  outputs: readonly Result[] | Error,
  inputs: Inputs,
  values: readonly NDArray[],
): Check {
  const expected = `${name}: ${message}`;
  const found =
    outputs instanceof Error
      ? [outputs]
      : MODES.map((mode) => attempt(() => compile(mode, inputs, outputs)(...values)));
  const actual = found.map((one) => (one instanceof Error ? showError(one) : one.map(showArray).join("; ")));
  return { aspect: "error", pass: found.every((one) => isA(one, name)), expected, actual: actual.join(" | ") };
}

/** A function that gives arrays, also for sparse matrices. */
function compile(
  mode: string,
  inputs: Inputs,
  outputs: readonly Result[],
): (...values: readonly NDArray[]) => NDArray[] {
  // THEANO_FLAGS=linker=c puts native code to the test.
  const { linker } = theano.config;
  const linked = linker === "cvm" ? mode : theano.getMode(mode).clone({ linker });
  const run = theano.function([...inputs.values()], outputs, { mode: linked, onUnusedInput: "ignore" });
  return (...values) => run(...values).map((value) => (value instanceof SparseMatrix ? value.toDense() : value));
}

function typeChecks(expected: readonly EncodedArray[], outputs: readonly Result[]): Check[] {
  const theirs = expected.map(({ dtype, declared_dtype = dtype, shape, sparse, bc = shape.map(() => false) }) =>
    sparse === undefined ? showType(declared_dtype, bc) : `${sparse} of ${dtype}`,
  );
  const ours = outputs.map((output) =>
    output instanceof SparseVariable
      ? `${output.format} of ${output.dtype}`
      : showType(output.dtype, output.broadcastable),
  );
  return [{ aspect: "type", pass: theirs.join() === ours.join(), expected: theirs.join(), actual: ours.join() }];
}

function showType(dtype: string, broadcastable: readonly boolean[]): string {
  return `${dtype}(${broadcastable.map((one) => (one ? "1" : "?")).join(", ")})`;
}

/** Calls a function once for each list of expected outputs; every mode draws anew. */
function callChecks(
  calls: readonly (readonly EncodedArray[])[],
  modes: readonly string[],
  draw: () => readonly Result[],
  inputs: Inputs,
  values: readonly NDArray[],
): Check[] {
  return modes.flatMap((mode) => {
    const outputs = draw();
    const run = compile(mode, inputs, outputs);
    const checks = calls.flatMap((expected, call) => {
      const results = attempt(() => run(...values));
      return expected.map((array, i): Check => {
        const theirs = decode(array);
        const ours = results instanceof Error ? undefined : results[i];
        const actual = results instanceof Error ? showError(results) : ours === undefined ? "nothing" : showArray(ours);
        const pass = ours !== undefined && agrees(ours, theirs);
        return { aspect: `${mode} output ${i} of call ${call + 1}`, pass, expected: showArray(theirs), actual };
      });
    });
    return [...typeChecks(calls[0] ?? [], outputs), ...checks];
  });
}

/** A gradient asked for: its variable, or the error that asking gave. */
interface Gradient {
  readonly name: string;
  readonly expected: EncodedArray | { readonly error: EncodedError };
  readonly ours: TensorVariable | Error;
}

function gradientsOf(opCase: OpCase, inputs: Inputs, outputs: readonly Result[]): Gradient[] {
  return Object.entries(opCase.grads ?? {}).map(([name, expected]) => {
    const wrt = inputs.get(name) ?? T.dscalar();
    return { name, expected, ours: attempt(() => T.grad(costOf(opCase, outputs), wrt)) };
  });
}

/** The scalar whose gradients are compared: the sum of `r` times the outputs. */
function costOf({ r = {} }: OpCase, outputs: readonly Result[]): TensorVariable {
  return Object.entries(r)
    .map(([index, weight]) => T.sum(T.mul(denseOf(outputs[Number(index)]), decode(weight))))
    .reduce((sum, term) => T.add(sum, term));
}

function denseOf(output: Result | undefined): TensorVariable {
  if (output === undefined) return T.constant(0);
  return output instanceof SparseVariable ? theano.sparse.denseFromSparse(output) : output;
}

function valueChecks(
  opCase: OpCase,
  mode: string,
  inputs: Inputs,
  values: readonly NDArray[],
  outputs: readonly Result[],
  gradients: readonly Gradient[],
): Check[] {
  const taken = gradients.flatMap(({ ours, expected }) => (ours instanceof Error || "error" in expected ? [] : [ours]));
  const results = attempt(() => compile(mode, inputs, [...outputs, ...taken])(...values));
  if (results instanceof Error) {
    if (opCase.c_error !== undefined && isA(results, String(opCase.c_error[0]))) return [];
    return [threw(mode, opCase, results)];
  }
  const rest = results.slice(outputs.length);
  return [
    ...outputs.map((_, i) => {
      const check = outputCheck(opCase, mode, i, results[i]);
      const theirs = opCase.outputs?.[i];
      if (check.pass || theirs === undefined || results[i] === undefined) return check;
      if (opCase.call.startsWith("T.nlinalg.eig(") && opCase.outputs?.length === 2)
        return { ...check, pass: areEigenpairs(values[0], results[0], results[1], decode(opCase.outputs[0])) };
      const exact = inWiderPrecision(opCase, values, (wide) => resultsOf(evaluateTree(treeOf(opCase), wide))[i]);
      const accepted = asDeclared(theirs);
      return {
        ...check,
        pass: exact !== null && accepted.some((array) => isAsNear(results[i], array, exact.result, exact.rounding)),
      };
    }),
    ...gradients.map((gradient) => {
      const { ours, expected } = gradient;
      const value =
        "error" in expected ? alone(ours, mode, inputs, values) : ours instanceof Error ? ours : rest.shift();
      const check = gradientCheck(gradient, mode, value, inputs);
      return check.pass || value === undefined || value instanceof Error
        ? check
        : { ...check, pass: isBetterGradient(opCase, gradient, value, inputs, values, outputs) };
    }),
  ];
}

/** What the call with the same numbers in wider dtypes gives, or null when none is narrow. */
function inWiderPrecision(
  opCase: OpCase,
  values: readonly NDArray[],
  build: (wide: Inputs) => Result | undefined,
): { readonly result: NDArray; readonly rounding: number } | null {
  const numbers = widened(values);
  if (numbers === null) return null;
  const wide: Inputs = new Map(
    Object.entries(opCase.inputs).map(([name, array], i) => [
      name,
      inputOf(name, { ...array, dtype: numbers.values[i].dtype }),
    ]),
  );
  // Some ops take no wider arguments.
  const results = attempt(() => {
    const output = build(wide);
    return output === undefined ? [] : compile("FAST_COMPILE", wide, [output])(...numbers.values);
  });
  if (results instanceof Error || results.length === 0) return null;
  return { result: results[0], rounding: numbers.rounding };
}

/** Where Theano's gradient is missing, wrong, NaN or coarse, finite differences or a wider precision are the judge. */
function isBetterGradient(
  opCase: OpCase,
  gradient: Gradient,
  value: NDArray,
  inputs: Inputs,
  values: readonly NDArray[],
  outputs: readonly Result[],
): boolean {
  const { name, expected } = gradient;
  const theirs = "error" in expected ? null : inOwnDType(decode(expected), value, inputs.get(name));
  const isSlope = (): boolean[] => judgedBySlopes(opCase, gradient, value, inputs, values, outputs);
  if (theirs === null || name in (opCase.grad_differs_from_numeric ?? {})) return isSlope().every(Boolean);
  const agree = elementsAgree(value, theirs);
  const undefinedThere = [...theirs.elements()].map(Number.isNaN);
  if (agree.every((one, at) => one || undefinedThere[at])) {
    const slope = isSlope();
    return agree.every((one, at) => one || slope[at]);
  }
  const exact = inWiderPrecision(opCase, values, (wide) =>
    T.grad(costOf(opCase, resultsOf(evaluateTree(treeOf(opCase), wide))), wide.get(name) ?? T.dscalar()),
  );
  return exact !== null && isAsNear(value, theirs, exact.result, exact.rounding);
}

/**
 * Which elements are the slope of the cost. For what a sparse matrix does not store, a gradient may also be 0: Theano's
 * structured ones are so by definition. At NaN there is nothing to judge.
 */
function judgedBySlopes(
  opCase: OpCase,
  { name }: Gradient,
  gradient: NDArray,
  inputs: Inputs,
  values: readonly NDArray[],
  outputs: readonly Result[],
): boolean[] {
  const weights = Object.entries(opCase.r ?? {});
  const compute = compile(
    "FAST_COMPILE",
    inputs,
    weights.map(([index]) => denseOf(outputs[Number(index)])),
  );
  const weighted = { compute, weights: weights.map(([, weight]) => decode(weight)) };
  const index = [...inputs.keys()].indexOf(name);
  // A function that fails next to the point has no slope there.
  const slopes = attempt(() => areSlopes(weighted, values, index, gradient));
  const isSparse = new RegExp(`cs[rc]_from_dense\\(${name}\\)`).test(opCase.call);
  const point = [...values[index].elements()].map(Number);
  return [...gradient.elements()].map((value, at) => {
    if (isSparse && point[at] === 0 && value === 0) return true;
    return Number.isNaN(point[at]) || (!(slopes instanceof Error) && slopes?.[at] === true);
  });
}

/** The result of Theano's Python implementation; where its C code or the optimized graph differ, theirs too. */
function outputCheck(opCase: OpCase, mode: string, index: number, ours: NDArray | undefined): Check {
  const { outputs = [], c, fast_run } = opCase;
  const optimized =
    mode === "FAST_RUN" && fast_run !== undefined && "outputs" in fast_run ? fast_run.outputs : undefined;
  const accepted = [outputs, c?.outputs, optimized].flatMap((list) => {
    const array = list?.[index];
    return array === undefined || array === null ? [] : asDeclared(array);
  });
  return {
    aspect: `${mode} output ${index}`,
    pass: ours !== undefined && accepted.some((theirs) => agrees(ours, theirs)),
    expected: accepted.map(showArray).join(" or "),
    actual: ours === undefined ? "nothing" : showArray(ours),
  };
}

/** NumPy's value, and that value in the dtype of the symbolic variable, which is what ours always have. */
function asDeclared(array: EncodedArray): NDArray[] {
  const value = decode(array);
  const { declared_dtype: declared } = array;
  return declared === undefined ? [value] : [value, value.astype(dtypeOf(declared))];
}

/** Computes a gradient by itself, so that its error is not that of the outputs. */
function alone(
  gradient: TensorVariable | Error,
  mode: string,
  inputs: Inputs,
  values: readonly NDArray[],
): NDArray | Error | undefined {
  if (gradient instanceof Error) return gradient;
  const results = attempt(() => compile(mode, inputs, [gradient])(...values));
  return results instanceof Error ? results : results[0];
}

/**
 * A gradient has the dtype of its variable here, so that an update keeps it. Theano's zeros have that of floatX, and
 * some of its rules bring in a constant of a wider one: those are rounded to the variable's before they are compared.
 */
function inOwnDType(theirs: NDArray, ours: NDArray, variable: TensorVariable | undefined): NDArray {
  return ours.dtype === variable?.dtype ? theirs.astype(ours.dtype) : theirs;
}

function gradientCheck(
  { name, expected }: Gradient,
  mode: string,
  value: NDArray | Error | undefined,
  inputs: Inputs,
): Check {
  const aspect = `${mode} gradient of ${name}`;
  const actual = value === undefined ? "nothing" : value instanceof Error ? showError(value) : showArray(value);
  if ("error" in expected) {
    return { aspect, pass: isA(value, expected.error[0]), expected: expected.error.join(": "), actual };
  }
  const theirs = decode(expected);
  const pass =
    value !== undefined && !(value instanceof Error) && agrees(value, inOwnDType(theirs, value, inputs.get(name)));
  return { aspect, pass, expected: showArray(theirs), actual };
}
