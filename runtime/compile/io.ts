/** Inputs and outputs of functions, and the errors of calls that do not fit them. */
import type { NDArray, NDArrayLike } from "../array/ndarray.ts";
import { TheanoError } from "../base/errors.ts";
import { SharedVariable } from "../graph/shared.ts";
import type { FilterOptions } from "../graph/type.ts";
import { TensorConstant, TensorVariable, type Variable } from "../graph/variable.ts";

/** An input of a function, with what Theano's `In` can say about it. */
export class In {
  readonly variable: Variable;
  readonly name: string | null;
  /** Used when the call gives no value; null: the call must. */
  readonly value: NDArrayLike | null;
  readonly filter: FilterOptions;

  constructor(
    variable: Variable,
    options: { readonly name?: string; readonly value?: NDArrayLike } & FilterOptions = {},
  ) {
    this.variable = variable;
    this.name = options.name ?? variable.name;
    this.value = options.value ?? null;
    this.filter = { strict: options.strict, allowDowncast: options.allowDowncast };
  }
}

export type Input = Variable | In;

/** An input that the graph does not use, or uses twice. */
export class UnusedInputError extends TheanoError {
  override readonly name = "UnusedInputError";
}

/**
 * Inputs as `In`s.
 * @throws TypeError for anything that is not a variable, for shared variables and for constants.
 */
export function normalizeInputs(inputs: readonly Input[], allowInputDowncast: boolean | null): readonly In[] {
  if (!Array.isArray(inputs))
    throw new TypeError(
      "Input variables of a Theano function should be contained in a list, even when there is a single input.",
    );
  return inputs.map((input, i) => {
    const io = input instanceof In ? input : new In(requireVariable(input, i), { allowDowncast: allowInputDowncast });
    if (io.variable instanceof TensorConstant)
      throw new TypeError(`A constant cannot be an input of a function: ${io.variable} at index ${i}.`);
    if (io.variable instanceof SharedVariable)
      throw new TypeError(
        `Cannot use a shared variable (${io.variable}) as explicit input. Consider substituting a non-shared variable via the \`givens\` parameter`,
      );
    return io;
  });
}

function requireVariable(input: unknown, index: number): Variable {
  if (input instanceof TensorVariable) return input;
  throw new TypeError(`Unknown input type at index ${index}: expected a symbolic variable or In, got ${typeof input}.`);
}

/** Theano's keyword arguments: a call's last argument may be a plain object of values by input name. */
export type NamedArguments = Readonly<Record<string, NDArrayLike>>;
export type Argument = NDArrayLike | NamedArguments;

function isNamed(argument: Argument | undefined): argument is NamedArguments {
  return typeof argument === "object" && argument !== null && Object.getPrototypeOf(argument) === Object.prototype;
}

/**
 * The value of every input of a call, converted.
 * @throws TypeError for too many, missing, repeated or unknown arguments, or a value that does not fit its input.
 */
export function bindArguments(functionName: string, inputs: readonly In[], args: readonly Argument[]): NDArray[] {
  const last = args.at(-1);
  const named = isNamed(last) ? last : {};
  const positional = isNamed(last) ? args.slice(0, -1) : args;
  checkNames(inputs, named);
  if (positional.length + Object.keys(named).length > inputs.length)
    throw new TypeError(
      `Too many parameter passed to theano function: ${functionName} takes ${inputs.length}, and ${positional.length + Object.keys(named).length} were given.`,
    );
  return inputs.map((input, i) => {
    const given = chosen(input, i, positional, named);
    try {
      return input.variable.type.filter(given, input.filter);
    } catch (error) {
      throw badArgument(error, functionName, input, i);
    }
  });
}

function checkNames(inputs: readonly In[], named: NamedArguments): void {
  const names = inputs.map((input) => input.name).filter((name) => name !== null);
  for (const key of Object.keys(named)) {
    const matches = names.filter((name) => name === key).length;
    if (matches === 0)
      throw new TypeError(
        `Unknown input or state: ${key}. The function has ${names.length} named input${names.length === 1 ? "" : "s"} (${names.join(", ")})${
          names.length < inputs.length ? `, and ${inputs.length - names.length} unnamed` : ""
        }.`,
      );
    if (matches > 1)
      throw new TypeError(
        `Ambiguous name: ${key} - please check the names of the inputs of your function for duplicates.`,
      );
  }
}

function chosen(input: In, index: number, positional: readonly Argument[], named: NamedArguments): NDArrayLike {
  const byName = input.name !== null && Object.hasOwn(named, input.name);
  if (index < positional.length) {
    if (byName) throw new TypeError(`Multiple values for input: ${input.name}`);
    const given = positional[index];
    if (isNamed(given) || given === undefined || given === null)
      throw new TypeError(
        `Missing required input: ${input.name ?? input.variable}, got ${given === null ? "null" : typeof given}.`,
      );
    return given;
  }
  if (byName && input.name !== null) return named[input.name];
  if (input.value !== null) return input.value;
  throw new TypeError(`Missing required input: ${input.name ?? input.variable}`);
}

function badArgument(error: unknown, functionName: string, input: In, index: number): unknown {
  if (!(error instanceof Error)) return error;
  const trace = input.variable.origin.traceback();
  const created = trace === "" ? "" : `Backtrace when that variable is created:\n\n${trace}`;
  error.message = `Bad input argument to theano function with name "${functionName}" at index ${index} (0-based).  \n${created}${error.message}`;
  return error;
}
