/** `x.eval()`: the value of a variable, for trying things out. */
import type { NDArray, NDArrayLike } from "../array/ndarray.ts";
import { SharedVariable } from "../graph/shared.ts";
import { TensorConstant, TensorVariable, type Variable } from "../graph/variable.ts";
import { graphInputs } from "../graph/walk.ts";
import type { TheanoFunction } from "./executable.ts";
import { compileFunction } from "./function.ts";
import { ambiguousName } from "./io.ts";

/** Values of the variables that a graph needs: by variable, or by name. */
export type EvalValues = ReadonlyMap<Variable, NDArrayLike> | Readonly<Record<string, NDArrayLike>>;

interface EvalMethod {
  /**
   * The value of the variable for values of the inputs of its graph, in the default mode. The function behind it is kept
   * with the variable, one per set of inputs, so that only the first call compiles.
   *
   * `z.eval()`, `z.eval({ x: 1, y: 2 })`, `z.eval(new Map([[x, 1]]))`.
   * @throws MissingInputError when a value is missing; TypeError when a name is unknown or ambiguous, or a value does not fit.
   */
  eval(values?: EvalValues): NDArray;
}

declare module "../graph/variable.ts" {
  // Compiling is floors above the graph, so the method is merged in from here.
  interface TensorVariable extends EvalMethod {}
}

/** A function compiled for `eval`, and its inputs. */
interface Compiled {
  readonly inputs: readonly Variable[];
  readonly run: TheanoFunction<NDArray>;
}

/** The functions compiled so far live as long as their variables. */
const compiled = new WeakMap<Variable, Compiled[]>();

function evaluate(variable: TensorVariable, values: EvalValues): NDArray {
  const given = new Map<Variable, NDArrayLike>(isMap(values) ? values : byVariable(variable, values));
  const known = compiled.get(variable) ?? [];
  compiled.set(variable, known);
  let found = known.find(({ inputs }) => inputs.length === given.size && inputs.every((input) => given.has(input)));
  if (found === undefined) {
    const inputs = [...given.keys()];
    found = { inputs, run: compileFunction(inputs, variable) };
    known.push(found);
  }
  return found.run(...argumentsFor(found.inputs, given));
}

function argumentsFor(inputs: readonly Variable[], given: ReadonlyMap<Variable, NDArrayLike>): NDArrayLike[] {
  return inputs.map((input) => given.get(input)).filter((value) => value !== undefined);
}

function isMap(values: EvalValues): values is ReadonlyMap<Variable, NDArrayLike> {
  return values instanceof Map;
}

function byVariable(
  variable: Variable,
  values: Readonly<Record<string, NDArrayLike>>,
): readonly (readonly [Variable, NDArrayLike])[] {
  return Object.entries(values).map(([name, value]) => [named(variable, name), value]);
}

/** The input of a graph that has a name. @throws TypeError unless there is exactly one. */
function named(variable: Variable, name: string): Variable {
  const inputs = graphInputs([variable]).filter((v) => !(v instanceof TensorConstant || v instanceof SharedVariable));
  const matches = inputs.filter((input) => input.name === name);
  if (matches.length > 1) throw ambiguousName(name);
  if (matches.length === 1) return matches[0];
  throw new TypeError(
    `eval: ${variable} does not depend on an input with the name "${name}"; its inputs are ${inputs.join(", ") || "none"}.`,
  );
}

Object.defineProperty(TensorVariable.prototype, "eval", {
  value(this: TensorVariable, values: EvalValues = {}): NDArray {
    return evaluate(this, values);
  },
});
