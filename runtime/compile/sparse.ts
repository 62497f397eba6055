/**
 * `theano.function` with sparse matrices among its inputs and outputs. A program knows tensors only: matrices are taken
 * apart on the way in and put together on the way out.
 */
import type { NDArray, NDArrayLike } from "../array/ndarray.ts";
import type { TensorLike } from "../graph/constant.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { graphInputs } from "../graph/walk.ts";
import { SparseMatrix } from "../ops/sparse/matrix.ts";
import { matrixOf, PART_NAMES, requireFormat, SparseVariable } from "../ops/sparse/variable.ts";
import type { TheanoFunction } from "./executable.ts";
import { compileFunction, type FunctionOptions, type Outputs, type Results } from "./function.ts";
import type { Argument, Input, NamedArguments } from "./io.ts";

type Output = Variable | SparseVariable;

/** What a function may compute when there are sparse matrices: one value, a list, values by name, or only updates. */
export type SparseOutputs = Output | readonly Output[] | Readonly<Record<string, Output>> | null;

type ResultOf<O> = O extends SparseVariable ? SparseMatrix : NDArray;

/** What calling such a function returns. */
export type SparseResults<O extends SparseOutputs> = O extends null
  ? null
  : O extends Output
    ? ResultOf<O>
    : O extends readonly Output[]
      ? { -readonly [K in keyof O]: ResultOf<O[K]> }
      : { readonly [K in keyof O]: ResultOf<O[K]> };

type NamedGiven = Readonly<Record<string, NDArrayLike | SparseMatrix>>;
type Given = Exclude<Argument, NamedArguments> | SparseMatrix | NamedGiven;

/** A compiled function that takes sparse matrices. */
export type SparseFunction<R> = TheanoFunction<R> & ((...args: readonly Given[]) => R);

/**
 * Compiles a function of `inputs` that computes `outputs` and then applies the updates.
 *
 * @throws UnusedInputError, MissingInputError, TypeError, ValueError as Theano does; each names the variable.
 */
export function compileAny<const O extends Outputs>(
  inputs: readonly Input[],
  outputs: O,
  options?: FunctionOptions,
): TheanoFunction<Results<O>>;
/** A sparse input takes a {@link SparseMatrix} of its format, and a sparse output gives one. */
export function compileAny<const O extends SparseOutputs>(
  inputs: readonly (Input | SparseVariable)[],
  outputs: O,
  options?: FunctionOptions,
): SparseFunction<SparseResults<O>>;
export function compileAny(
  inputs: readonly (Input | SparseVariable)[],
  outputs: Outputs | SparseOutputs,
  options: FunctionOptions = {},
): unknown {
  if (areDense(inputs) && isDense(outputs)) return compileFunction(inputs, outputs, options);
  const form = formOf(outputs);
  const variables = form.outputs.flatMap((output) => (output instanceof SparseVariable ? output.parts : [output]));
  const used = new Set(graphInputs([...variables, ...expressionsOf(options)]));
  const places = inputs.map((input) => (input instanceof SparseVariable ? new SparseInput(input, used) : input));
  const run = compileFunction(
    places.flatMap((place): readonly Input[] => (place instanceof SparseInput ? place.variables : [place])),
    variables,
    options,
  );
  const call = (args: readonly Given[]): unknown =>
    form.pack(putTogether(form.outputs, run(...takeApart(places, args))));
  // Everything but calling is as with any function.
  return new Proxy(run, { apply: (_run, _self, args: readonly Given[]) => call(args) });
}

function areDense(inputs: readonly (Input | SparseVariable)[]): inputs is readonly Input[] {
  return !Array.isArray(inputs) || !inputs.some((input) => input instanceof SparseVariable);
}

function isDense(outputs: Outputs | SparseOutputs): outputs is Outputs {
  if (typeof outputs !== "object" || outputs === null) return true;
  const list: readonly unknown[] = Array.isArray(outputs)
    ? outputs
    : isNamed(outputs)
      ? Object.values(outputs)
      : [outputs];
  return !list.some((output) => output instanceof SparseVariable);
}

/** The parts of a sparse input that a function needs; few need all. */
class SparseInput {
  readonly variable: SparseVariable;
  readonly #needed: readonly number[];

  /** Of a matrix that is not used at all, all parts remain, so that it is reported as any unused input. */
  constructor(variable: SparseVariable, used: ReadonlySet<Variable>) {
    const all = variable.parts.map((_, i) => i);
    const needed = all.filter((i) => used.has(variable.parts[i]));
    this.variable = variable;
    this.#needed = needed.length > 0 ? needed : all;
  }

  get variables(): readonly Variable[] {
    return this.#needed.map((i) => this.variable.parts[i]);
  }

  /** The values of these parts. @throws TypeError for what is no sparse matrix of the input's format. */
  partsOf(value: unknown): readonly NDArrayLike[] {
    requireFormat(this.variable, value);
    const parts = [value.data, value.indices, value.indptr, Int32Array.from(value.shape)];
    return this.#needed.map((i) => parts[i]);
  }

  /** The same by the names of the program's inputs. */
  namedPartsOf(value: unknown): readonly (readonly [name: string, part: NDArrayLike])[] {
    const parts = this.partsOf(value);
    return this.#needed.map((i, k) => [`${this.variable.name}_${PART_NAMES[i]}`, parts[k]]);
  }
}

/** The expressions among a function's options: an input may be used in these alone. */
function expressionsOf({ updates = [], givens = [] }: FunctionOptions): readonly Variable[] {
  const values: readonly TensorLike[] = [...updates, ...givens].map(([, value]) => value);
  return values.filter((value) => value instanceof TensorVariable);
}

/** The arguments of a call without sparse matrices: by position, or by name in a last plain object. */
function takeApart(places: readonly (Input | SparseInput)[], args: readonly Given[]): readonly Argument[] {
  return args.flatMap((value, i): readonly Argument[] => {
    if (isNamed(value)) return [Object.fromEntries(namedParts(places, value))];
    const place = places.at(i);
    return place instanceof SparseInput ? place.partsOf(value) : [dense(value)];
  });
}

function namedParts(
  places: readonly (Input | SparseInput)[],
  named: NamedGiven,
): readonly (readonly [string, NDArrayLike])[] {
  return Object.entries(named).flatMap(([name, value]) => {
    const place = places.find((one) => one instanceof SparseInput && one.variable.name === name);
    return place instanceof SparseInput ? place.namedPartsOf(value) : [[name, dense(value)] as const];
  });
}

function isNamed(value: unknown): value is NamedGiven {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** @throws TypeError for a sparse matrix, which a dense input does not take. */
function dense<Value>(value: Value | SparseMatrix): Value {
  if (!(value instanceof SparseMatrix)) return value;
  throw new TypeError(
    `A dense input got a sparse matrix of shape (${value.shape.join(", ")}); give it with toDense().`,
  );
}

/** The list behind outputs, and how a list of values goes back into their form. */
interface OutputForm {
  readonly outputs: readonly Output[];
  pack(values: readonly (NDArray | SparseMatrix)[]): unknown;
}

/** @throws TypeError for what is neither a tensor variable nor a sparse one. */
function formOf(outputs: unknown): OutputForm {
  if (outputs === null) return { outputs: [], pack: () => null };
  if (Array.isArray(outputs)) return { outputs: outputs.map(requireOutput), pack: (values) => values };
  if (!isNamed(outputs)) return { outputs: [requireOutput(outputs)], pack: ([value]) => value };
  const names = Object.keys(outputs);
  return {
    outputs: Object.values(outputs).map(requireOutput),
    pack: (values) => Object.fromEntries(names.map((name, i) => [name, values[i]])),
  };
}

function requireOutput(output: unknown): Output {
  if (output instanceof TensorVariable || output instanceof SparseVariable) return output;
  throw new TypeError(`Outputs must be theano Variable or Out instances. Received ${output} of type ${typeof output}.`);
}

/** The values of outputs from those of their parts. */
function putTogether(outputs: readonly Output[], values: readonly NDArray[]): readonly (NDArray | SparseMatrix)[] {
  let next = 0;
  return outputs.map((output) => {
    if (!(output instanceof SparseVariable)) return values[next++];
    const parts = values.slice(next, next + PART_NAMES.length);
    next += PART_NAMES.length;
    return matrixOf(output.format, parts);
  });
}
