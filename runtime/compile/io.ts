/** Inputs and outputs of functions, and the errors of calls that do not fit them. */
import { inspect } from "node:util";
import { NDArray, type NDArrayLike } from "../array/ndarray.ts";
import { AssertionError, TheanoError } from "../base/errors.ts";
import { SharedVariable } from "../graph/shared.ts";
import type { FilterOptions } from "../graph/type.ts";
import { TensorConstant, TensorVariable, type Variable } from "../graph/variable.ts";
import { type Cell, Container } from "./container.ts";

/** What `In` can say about an input besides its variable. */
export interface InOptions extends FilterOptions {
  /** Under which name calls may give the value; absent: the variable's own, unless `autoname` is false. */
  readonly name?: string;
  /** Used when a call gives none; a shared variable or another function's container gives its own value, now and later. */
  readonly value?: NDArrayLike | Cell;
  /** The value that takes the place of `value` after each call. */
  readonly update?: Variable;
  /** Whether the graph may overwrite the argument; with the option `acceptInplace`. Absent: when there is an `update`. */
  readonly mutable?: boolean;
  /** Whether arguments may be used without a copy, which is always so here; absent: as `mutable`. */
  readonly borrow?: boolean;
  readonly autoname?: boolean;
  /** Calls cannot give the value; absent: when `value` is a shared variable or a container. */
  readonly implicit?: boolean;
}

/** An input of a function, with what Theano's `In` can say about it. */
export class In {
  readonly variable: Variable;
  readonly name: string | null;
  /** Used when the call gives no value; null: the call must. */
  readonly value: NDArrayLike | Cell | null;
  readonly update: Variable | null;
  readonly mutable: boolean;
  readonly implicit: boolean;
  readonly filter: FilterOptions;

  /**
   * @throws TypeError for what is no variable, or when the update has another type than the variable, or an implicit input no value.
   * @throws AssertionError when an input is to be overwritten but not borrowed.
   */
  constructor(variable: Variable, options: InOptions = {}) {
    if (!(variable instanceof TensorVariable))
      throw new TypeError(`In takes a symbolic variable, such as T.dvector("x"); got ${inspect(variable)}.`);
    const { autoname = true, update = null, mutable = update !== null, borrow = mutable } = options;
    this.variable = variable;
    this.name = options.name ?? (autoname ? variable.name : null);
    this.value = options.value ?? null;
    this.update = update;
    this.mutable = mutable;
    this.implicit = options.implicit ?? (this.value instanceof Container || this.value instanceof SharedVariable);
    this.filter = { strict: options.strict, allowDowncast: options.allowDowncast };
    if (this.implicit && this.value === null) throw new TypeError("An implicit input must be given a default value");
    if (mutable && !borrow)
      throw new AssertionError(
        `Symbolic input for variable ${variable} (name=${this.name}) has flags mutable=True, borrow=False. This combination is incompatible since mutable=True implies that the input variable may be both aliased (borrow=True) and overwritten.`,
      );
    if (update !== null && !variable.type.admits(update.type))
      throw new TypeError(
        `Variable '${variable}' has type ${variable.type} but an update of type ${update.type}. The type of the update should be the same as the type of the variable`,
      );
  }
}

/** An output of a function. Results never share memory with anything, so that `borrow` changes nothing here. */
export class Out {
  readonly variable: Variable;
  readonly borrow: boolean;

  constructor(variable: Variable, borrow = false) {
    this.variable = variable;
    this.borrow = borrow;
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

/** An input of a compiled function: where its value comes from when a call gives none. */
export interface BoundInput {
  readonly input: In;
  /** Its default, or its state; null: the call must give a value. */
  readonly cell: Cell | null;
}

/** The input with a container of its own, unless its value lives elsewhere. @throws TypeError when the value does not fit. */
export function bindInput(input: In): BoundInput {
  const { value, update, name, filter, variable } = input;
  if (value instanceof SharedVariable || value instanceof Container) return { input, cell: value };
  if (value === null && update === null) return { input, cell: null };
  return { input, cell: new Container(variable.type, name, value, filter) };
}

/**
 * Theano's keyword arguments: a call's last argument may be a plain object of values by input name. Under `outputSubset`
 * it may say which outputs to compute, by their positions or names; updates are made in any case.
 */
export type NamedArguments = Readonly<Record<string, NDArrayLike | readonly string[]>>;
export type Argument = NDArrayLike | NamedArguments;

function isNamed(argument: Argument | undefined): argument is NamedArguments {
  return typeof argument === "object" && argument !== null && Object.getPrototypeOf(argument) === Object.prototype;
}

/** The arguments of a call, taken apart. */
export interface CallArguments {
  readonly positional: readonly Argument[];
  readonly named: ReadonlyMap<string, NDArrayLike>;
  /** Positions or names of the outputs wanted; null: all. */
  readonly outputSubset: readonly (number | string)[] | null;
}

/** Takes the last argument apart when it holds values by name. @throws TypeError for an `outputSubset` that is no list. */
export function readArguments(args: readonly Argument[]): CallArguments {
  const last = args.at(-1);
  if (!isNamed(last)) return { positional: args, named: new Map(), outputSubset: null };
  const { outputSubset, ...named } = last;
  return {
    positional: args.slice(0, -1),
    named: new Map(Object.entries(named).filter(isValue)),
    outputSubset: outputSubset === undefined ? null : keysIn(outputSubset),
  };
}

/** Whether a named argument is a value: texts name outputs only. */
function isValue(entry: [string, NDArrayLike | readonly string[]]): entry is [string, NDArrayLike] {
  return !(Array.isArray(entry[1]) && entry[1].some((item) => typeof item === "string"));
}

function keysIn(subset: unknown): readonly (number | string)[] {
  const isKey = (item: unknown): item is number | string => typeof item === "number" || typeof item === "string";
  if (Array.isArray(subset) && subset.every(isKey)) return subset;
  throw new TypeError(`outputSubset must be a list of the positions or names of outputs, got ${subset}.`);
}

/**
 * The value of every input of a call, converted. With `trusting`, arrays are taken as they are.
 * @throws TypeError for too many, missing, repeated or unknown arguments, or a value that does not fit its input.
 */
export function bindArguments(
  functionName: string,
  inputs: readonly BoundInput[],
  { positional, named }: CallArguments,
  trusting: boolean,
): NDArray[] {
  const explicit = inputs.map(({ input }) => input).filter((input) => !input.implicit);
  checkNames(explicit, named);
  const given = positional.length + named.size;
  if (given > explicit.length)
    throw new TypeError(
      `Too many parameter passed to theano function: ${functionName} takes ${explicit.length}, and ${given} were given.`,
    );
  let index = 0;
  return inputs.map(({ input, cell }, i) => {
    const value = input.implicit ? null : chosen(input, index++, positional, named);
    if (value === null) {
      if (cell === null || (cell instanceof Container && !cell.isSet))
        throw new TypeError(
          `Missing required input: ${input.name ?? input.variable}. It is input ${i} of ${functionName}, of type ${input.variable.type}.`,
        );
      return cell.getValue({ borrow: true });
    }
    if (trusting && value instanceof NDArray) return value;
    try {
      return input.variable.type.filter(value, input.filter);
    } catch (error) {
      throw badArgument(error, functionName, input, i);
    }
  });
}

function checkNames(inputs: readonly In[], named: ReadonlyMap<string, NDArrayLike>): void {
  for (const key of named.keys()) {
    const matches = inputs.filter((input) => input.name === key).length;
    if (matches === 0) throw new TypeError(`Unknown input or state: ${key}. ${namesText(inputs)}`);
    if (matches > 1) throw ambiguousName(key);
  }
}

/** Which names the inputs have, in Theano's words. */
export function namesText(inputs: readonly In[]): string {
  const names = inputs.map((input) => input.name).filter((name) => name !== null);
  const unnamed = names.length < inputs.length ? `, and ${inputs.length - names.length} unnamed` : "";
  return `The function has ${names.length} named input${names.length === 1 ? "" : "s"} (${names.join(", ")})${unnamed}.`;
}

/** The error of a name that several inputs have. */
export function ambiguousName(name: string): TypeError {
  return new TypeError(
    `Ambiguous name: ${name} - please check the names of the inputs of your function for duplicates.`,
  );
}

/** The value that a call gives for an input, or null. */
function chosen(
  input: In,
  index: number,
  positional: readonly Argument[],
  named: ReadonlyMap<string, NDArrayLike>,
): NDArrayLike | null {
  const byName = input.name === null ? undefined : named.get(input.name);
  if (index >= positional.length) return byName ?? null;
  if (byName !== undefined) throw new TypeError(`Multiple values for input: ${input.name}`);
  const given = positional[index];
  if (isNamed(given) || given === undefined || given === null)
    throw new TypeError(
      `Missing required input: ${input.name ?? input.variable}, got ${given === null ? "null" : typeof given}.`,
    );
  return given;
}

function badArgument(error: unknown, functionName: string, input: In, index: number): unknown {
  if (!(error instanceof Error)) return error;
  const trace = input.variable.origin.traceback();
  const created = trace === "" ? "" : `Backtrace when that variable is created:\n\n${trace}`;
  error.message = `Bad input argument to theano function with name "${functionName}" at index ${index} (0-based).  \n${created}${error.message}\nThe argument is for ${input.variable}, of type ${input.variable.type}.`;
  return error;
}
