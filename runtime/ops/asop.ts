/** `asOp`: a function of the user's own as an op. */
import { randomUUID } from "node:crypto";
import { NDArray, type NDArrayLike } from "../array/ndarray.ts";
import { AssertionError, ValueError } from "../base/errors.ts";
import { pyList } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { constant, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { zerosLike } from "./alloc.ts";

/** A type of tensors: itself, or a constructor of variables such as `T.dmatrix`. */
export type TypeLike = TensorType | ((name?: string) => TensorVariable);

export interface AsOpOptions {
  /** Types of the inputs and of the outputs; one, or a list. */
  readonly itypes: TypeLike | readonly TypeLike[];
  readonly otypes: TypeLike | readonly TypeLike[];
  /** The lengths of each output from those of each input, all int64 scalars; absent: only computing tells. */
  readonly inferShape?: (
    node: Apply,
    inputLengths: readonly (readonly Variable[])[],
  ) => readonly (readonly TensorLike[])[];
  /** The gradient with respect to each input, from the inputs and the gradients of the outputs; absent: there is none. */
  readonly gradient?: (
    inputs: readonly Variable[],
    outputGradients: readonly Variable[],
  ) => readonly (Variable | NoGradient)[];
  /** Shown in graphs; absent: the function's own name. */
  readonly name?: string;
}

/** What a function may return: one array, or a list of arrays when there are several outputs. */
export type AsOpFunction = (...inputs: readonly NDArray[]) => NDArrayLike | readonly NDArrayLike[];

/** An op that calls a function. It equals no other one. */
export class FromFunctionOp extends Op {
  readonly family = "FromFunctionOp";
  readonly key: string;
  readonly fn: AsOpFunction;
  readonly itypes: readonly TensorType[];
  readonly otypes: readonly TensorType[];
  readonly #options: AsOpOptions;

  constructor(fn: AsOpFunction, options: AsOpOptions) {
    super();
    this.fn = fn;
    this.itypes = typesOf(options.itypes, "itypes");
    this.otypes = typesOf(options.otypes, "otypes");
    this.#options = options;
    // A function has no text that tells it from others.
    this.key = `${this}${randomUUID()}`;
    // What is not given must be absent, so that nobody asks for it.
    if (options.inferShape === undefined) Object.defineProperty(this, "inferShape", { value: undefined });
    if (options.gradient === undefined) Object.defineProperty(this, "gradient", { value: undefined });
  }

  /** `FromFunctionOp{NAME}`. */
  toString(): string {
    return `FromFunctionOp{${this.#options.name ?? this.fn.name}}`;
  }

  /** @throws ValueError for a wrong number of inputs; TypeError for wrong types. */
  apply(...inputs: readonly Variable[]): Apply {
    if (inputs.length !== this.itypes.length)
      throw new ValueError(`${this}: We expected ${this.itypes.length} inputs but got ${inputs.length}.`);
    if (!inputs.every((input, i) => input.type.equals(this.itypes[i])))
      throw new TypeError(
        `${this}: We expected inputs of types '${pyList(this.itypes.map(String))}' but got types '${pyList(inputs.map((input) => String(input.type)))}' `,
      );
    return new Apply(this, inputs, this.otypes);
  }

  /** @throws AssertionError for a wrong number of results; TypeError for one of another type than promised. */
  override perform(node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const result = this.fn(...inputs);
    const results = this.otypes.length === 1 && !isListOfOne(result) ? [result] : result;
    if (!isResultList(results) || results.length !== this.otypes.length)
      throw new AssertionError(
        `${this} has to return ${this.otypes.length} arrays as a list, and returned ${describe(result)}.`,
      );
    return results.map((value, i) => this.#checked(node, value, i));
  }

  #checked(node: Apply, value: NDArrayLike | null | undefined, index: number): NDArray {
    const promised = `${this} returned for output ${index} (${node.outputs[index]})`;
    if (value === null || value === undefined) throw new TypeError(`${promised} ${value}, not an array.`);
    try {
      return this.otypes[index].filter(value);
    } catch (error) {
      if (error instanceof TypeError)
        error.message = `${promised} a value that is not of type ${this.otypes[index]}, its promised one: ${error.message}`;
      throw error;
    }
  }

  override gradient(node: Apply, outputGradients: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (outputGradients.every((g) => g === null)) return node.inputs.map(() => DISCONNECTED);
    const gradients = outputGradients.map((g, i) => g ?? zerosLike(node.outputs[i]));
    return this.#options.gradient?.(node.inputs, gradients) ?? node.inputs.map(() => DISCONNECTED);
  }

  /** @throws ValueError when the lengths do not fit the promised types. */
  override inferShape(node: Apply, inputs: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    const lengths = this.#options.inferShape?.(node, inputs) ?? [];
    if (lengths.length !== this.otypes.length || lengths.some((list, i) => list.length !== this.otypes[i].ndim))
      throw new ValueError(
        `${this}: inferShape has to give ${this.otypes.map((type) => type.ndim).join(" and ")} lengths for its outputs, and gave ${lengths.map((list) => list.length).join(" and ") || "none"}.`,
      );
    return lengths.map((list) => list.map((x) => (x instanceof TensorVariable ? x : constant(x, null, "int64"))));
  }
}

function typesOf(types: TypeLike | readonly TypeLike[], what: string): readonly TensorType[] {
  const list: readonly unknown[] = Array.isArray(types) ? types : [types];
  return list.map((type) => {
    if (type instanceof TensorType) return type;
    const made: unknown = typeof type === "function" ? type() : null;
    if (made instanceof TensorVariable) return made.type;
    throw new TypeError(`${what} has to be a list of types, such as T.dmatrix or a TensorType; got ${type}.`);
  });
}

/** Whether a result for a single output is a list of it: a list of numbers is an array itself. */
function isListOfOne(result: unknown): boolean {
  return Array.isArray(result) && result.length === 1 && result[0] instanceof NDArray;
}

function isResultList(results: unknown): results is readonly (NDArrayLike | null | undefined)[] {
  return Array.isArray(results);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return value instanceof NDArray ? "one array" : String(value);
}

/**
 * A function of arrays as a function of symbolic tensors. It is called whenever the result is needed, also while a
 * function is compiled when all inputs are constants; it must not change its arguments.
 *
 * `const dot = asOp({ itypes: [T.dmatrix, T.dmatrix], otypes: T.dmatrix }, (a, b) => …)`.
 * @returns a function that gives the only output, or the list of them.
 * @throws TypeError for what is no type.
 */
export function asOp<const Types extends TypeLike | readonly TypeLike[]>(
  options: AsOpOptions & { readonly otypes: Types },
  fn: AsOpFunction,
): (
  ...inputs: readonly TensorLike[]
) => Types extends readonly [unknown, unknown, ...unknown[]] ? TensorVariable[] : TensorVariable;
export function asOp(options: AsOpOptions, fn: AsOpFunction): (...inputs: readonly TensorLike[]) => unknown {
  const op = new FromFunctionOp(fn, options);
  return (...inputs) => {
    const { outputs } = op.apply(
      ...inputs.map((x, i) => (x instanceof TensorVariable ? x : constant(op.itypes[i]?.filter(x) ?? x))),
    );
    return outputs.length === 1 ? outputs[0] : [...outputs];
  };
}
