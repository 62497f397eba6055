/**
 * `theano.function` with sparse matrices and typed lists among its inputs and outputs. A program knows tensors only: these
 * are bundles of tensors, taken apart on the way in and put together on the way out.
 */
import { NDArray, type NDArrayLike } from "../array/ndarray.ts";
import type { TensorLike } from "../graph/constant.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { graphInputs } from "../graph/walk.ts";
import { SparseMatrix } from "../ops/sparse/matrix.ts";
import { matrixOf, requireFormat, SparseVariable } from "../ops/sparse/variable.ts";
import { TypedListVariable } from "../ops/typedlist.ts";
import type { TheanoFunction } from "./executable.ts";
import { compileFunction, type FunctionOptions, type Outputs, type Results } from "./function.ts";
import type { Argument, Input, NamedArguments } from "./io.ts";

/** A symbolic value that is several tensors. */
type BundleVariable = SparseVariable | TypedListVariable;
/** What stands for it in a call. */
type BundleValue = SparseMatrix | readonly NDArrayLike[];
type Output = Variable | BundleVariable;
type Result = NDArray | SparseMatrix | readonly NDArray[];

/** What a function may compute when there are bundles: one value, a list, values by name, or only updates. */
export type BundleOutputs = Output | readonly Output[] | Readonly<Record<string, Output>> | null;

type ResultOf<O> = O extends SparseVariable ? SparseMatrix : O extends TypedListVariable ? NDArray[] : NDArray;

/** What calling such a function returns. */
export type BundleResults<O extends BundleOutputs> = O extends null
  ? null
  : O extends Output
    ? ResultOf<O>
    : O extends readonly Output[]
      ? { -readonly [K in keyof O]: ResultOf<O[K]> }
      : { readonly [K in keyof O]: ResultOf<O[K]> };

type NamedGiven = Readonly<Record<string, NDArrayLike | BundleValue>>;
type Given = Exclude<Argument, NamedArguments> | BundleValue | NamedGiven;

/** A compiled function that takes sparse matrices or lists. */
export type BundleFunction<R> = TheanoFunction<R> & ((...args: readonly Given[]) => R);

/** How a bundle becomes tensors, and tensors it. */
interface Bundle {
  readonly variable: BundleVariable;
  readonly parts: readonly Variable[];
  /** The values of the parts. @throws TypeError for a value that the variable does not take. */
  takeApart(value: unknown): readonly NDArrayLike[];
  putTogether(parts: readonly NDArray[]): Result;
}

/** The bundle that a value is, or null for all others. */
function bundleOf(variable: unknown): Bundle | null {
  if (variable instanceof SparseVariable)
    return {
      variable,
      parts: variable.parts,
      takeApart(value) {
        requireFormat(variable, value);
        return [value.data, value.indices, value.indptr, Int32Array.from(value.shape)];
      },
      putTogether: (parts) => matrixOf(variable.format, parts),
    };
  if (variable instanceof TypedListVariable)
    return {
      variable,
      parts: [variable.values, variable.shapes],
      takeApart: (value) => variable.type.takeApart(value),
      putTogether: ([values, shapes]) => variable.type.unpack(values, shapes),
    };
  return null;
}

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
/** A sparse input takes a {@link SparseMatrix} of its format, and a sparse output gives one; a typed list is an array. */
export function compileAny<const O extends BundleOutputs>(
  inputs: readonly (Input | BundleVariable)[],
  outputs: O,
  options?: FunctionOptions,
): BundleFunction<BundleResults<O>>;
export function compileAny(
  inputs: readonly (Input | BundleVariable)[],
  outputs: Outputs | BundleOutputs,
  options: FunctionOptions = {},
): unknown {
  if (areDense(inputs) && isDense(outputs)) return compileFunction(inputs, outputs, options);
  const form = formOf(outputs);
  const variables = form.outputs.flatMap((output) => (output instanceof TensorVariable ? output : output.parts));
  const used = new Set(graphInputs([...variables, ...expressionsOf(options)]));
  const places = inputs.map((input) => {
    const bundle = bundleOf(input);
    return bundle === null ? input : new BundleInput(bundle, used);
  });
  const run = compileFunction(
    places.flatMap((place): readonly Input[] =>
      place instanceof BundleInput ? place.variables : isInput(place) ? [place] : [],
    ),
    variables,
    options,
  );
  const call = (args: readonly Given[]): unknown =>
    form.pack(putTogether(form.outputs, run(...takeApart(places, args))));
  // Everything but calling is as with any function.
  return new Proxy(run, { apply: (_run, _self, args: readonly Given[]) => call(args) });
}

function isInput(input: Input | BundleVariable): input is Input {
  return bundleOf(input) === null;
}

function areDense(inputs: readonly (Input | BundleVariable)[]): inputs is readonly Input[] {
  return !Array.isArray(inputs) || inputs.every((input) => bundleOf(input) === null);
}

function isDense(outputs: Outputs | BundleOutputs): outputs is Outputs {
  if (typeof outputs !== "object" || outputs === null) return true;
  const list: readonly unknown[] = Array.isArray(outputs)
    ? outputs
    : isNamed(outputs)
      ? Object.values(outputs)
      : [outputs];
  return list.every((output) => bundleOf(output) === null);
}

/** The parts of an input that a function needs; few need all. */
class BundleInput {
  readonly bundle: Bundle;
  readonly #needed: readonly number[];

  /** Of an input that is not used at all, all parts remain, so that it is reported as any unused input. */
  constructor(bundle: Bundle, used: ReadonlySet<Variable>) {
    const all = bundle.parts.map((_, i) => i);
    const needed = all.filter((i) => used.has(bundle.parts[i]));
    this.bundle = bundle;
    this.#needed = needed.length > 0 ? needed : all;
  }

  get variables(): readonly Variable[] {
    return this.#needed.map((i) => this.bundle.parts[i]);
  }

  /** The values of these parts. @throws TypeError for a value that the input does not take. */
  partsOf(value: unknown): readonly NDArrayLike[] {
    const parts = this.bundle.takeApart(value);
    return this.#needed.map((i) => parts[i]);
  }

  /** The same by the names of the program's inputs. */
  namedPartsOf(value: unknown): readonly (readonly [name: string, part: NDArrayLike])[] {
    const parts = this.partsOf(value);
    return this.variables.map(({ name }, k) => [name ?? "", parts[k]]);
  }
}

/** The expressions among a function's options: an input may be used in these alone. */
function expressionsOf({ updates = [], givens = [] }: FunctionOptions): readonly Variable[] {
  const values: readonly TensorLike[] = [...updates, ...givens].map(([, value]) => value);
  return values.filter((value) => value instanceof TensorVariable);
}

/** The arguments of a call without bundles: by position, or by name in a last plain object. */
function takeApart(
  places: readonly (Input | BundleVariable | BundleInput)[],
  args: readonly Given[],
): readonly Argument[] {
  return args.flatMap((value, i): readonly Argument[] => {
    if (isNamed(value)) return [Object.fromEntries(namedParts(places, value))];
    const place = places.at(i);
    return place instanceof BundleInput ? place.partsOf(value) : [dense(value)];
  });
}

function namedParts(
  places: readonly (Input | BundleVariable | BundleInput)[],
  named: NamedGiven,
): readonly (readonly [string, NDArrayLike])[] {
  return Object.entries(named).flatMap(([name, value]) => {
    const place = places.find((one) => one instanceof BundleInput && one.bundle.variable.name === name);
    return place instanceof BundleInput ? place.namedPartsOf(value) : [[name, dense(value)] as const];
  });
}

function isNamed(value: unknown): value is NamedGiven {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** @throws TypeError for a bundle, which a dense input does not take. */
function dense(value: NDArrayLike | BundleValue): NDArrayLike {
  if (value instanceof SparseMatrix)
    throw new TypeError(
      `A dense input got a sparse matrix of shape (${value.shape.join(", ")}); give it with toDense().`,
    );
  if (isArrayList(value)) throw new TypeError(`A dense input got a list of ${value.length} arrays, not one array.`);
  return value;
}

function isArrayList(value: NDArrayLike | readonly NDArrayLike[]): value is readonly NDArrayLike[] {
  return Array.isArray(value) && value.some((item) => item instanceof NDArray || ArrayBuffer.isView(item));
}

/** The list behind outputs, and how a list of values goes back into their form. */
interface OutputForm {
  readonly outputs: readonly (Variable | Bundle)[];
  pack(values: readonly Result[]): unknown;
}

/** @throws TypeError for what is neither a tensor variable nor a bundle of them. */
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

function requireOutput(output: unknown): Variable | Bundle {
  const known = output instanceof TensorVariable ? output : bundleOf(output);
  if (known !== null) return known;
  throw new TypeError(`Outputs must be theano Variable or Out instances. Received ${output} of type ${typeof output}.`);
}

/** The values of outputs from those of their parts. */
function putTogether(outputs: readonly (Variable | Bundle)[], values: readonly NDArray[]): readonly Result[] {
  let next = 0;
  return outputs.map((output) => {
    if (output instanceof TensorVariable) return values[next++];
    next += output.parts.length;
    return output.putTogether(values.slice(next - output.parts.length, next));
  });
}
