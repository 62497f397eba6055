/** Matrices of first and second derivatives, row by row: each row is one gradient, found by a step of a scan. */
import { AssertionError } from "../base/errors.ts";
import { describeFrame } from "../base/stack.ts";
import type { Variable } from "../graph/variable.ts";
import { arange } from "../ops/alloc.ts";
import { scan } from "../ops/scan/scan.ts";
import { shape } from "../ops/shapevector.ts";
import { subtensor } from "../ops/subtensor.ts";
import { grad } from "./gradient.ts";
import { isVariableList, type LopOptions, type OneOrMore } from "./products.ts";

/** What is constant, and what to do where nothing depends on a `wrt`. */
export type JacobianOptions = LopOptions;

/**
 * The Jacobian of a vector: for each `wrt` a tensor whose row i is the gradient of `expression[i]`, of shape
 * (length of `expression`, …shape of the `wrt`). Of a scalar it is the gradient.
 * @throws AssertionError when `expression` has more than one dimension; DisconnectedInputError as {@link grad} does.
 */
export function jacobian(expression: Variable, wrt: Variable, options?: JacobianOptions): Variable;
export function jacobian(expression: Variable, wrt: readonly Variable[], options?: JacobianOptions): Variable[];
export function jacobian(
  expression: Variable,
  wrt: OneOrMore,
  { considerConstant, disconnectedInputs }: JacobianOptions = {},
): OneOrMore {
  if (expression.ndim > 1)
    throw new AssertionError(
      `tensor.jacobian expects a 1 dimensional variable as \`expression\`. If not use flatten to make it a vector${about(expression)}`,
    );
  const list = isVariableList(wrt) ? wrt : [wrt];
  const options = { considerConstant, disconnectedInputs };
  const results = expression.ndim === 0 ? grad(expression, list, options) : rows(expression, list, options);
  return isVariableList(wrt) ? results : results[0];
}

/**
 * The Hessian of a scalar: for each vector `wrt` the matrix of its second derivatives. Mixed ones of two different
 * `wrt` are not computed.
 * @throws AssertionError when `cost` is no scalar or a `wrt` no vector; DisconnectedInputError as {@link grad} does.
 */
export function hessian(cost: Variable, wrt: Variable, options?: JacobianOptions): Variable;
export function hessian(cost: Variable, wrt: readonly Variable[], options?: JacobianOptions): Variable[];
export function hessian(
  cost: Variable,
  wrt: OneOrMore,
  { considerConstant, disconnectedInputs }: JacobianOptions = {},
): OneOrMore {
  if (cost.ndim !== 0)
    throw new AssertionError(`tensor.hessian expects a 0 dimensional variable as \`cost\`${about(cost)}`);
  const hessians = (isVariableList(wrt) ? wrt : [wrt]).map((x) => {
    if (x.ndim !== 1)
      throw new AssertionError(`tensor.hessian expects a (list of) 1 dimensional variable as \`wrt\`${about(x)}`);
    const gradient = grad(cost, x, { considerConstant, disconnectedInputs });
    // A gradient that does not depend on x any more is that of a linear cost: its derivative is zero.
    return rows(gradient, [x], { considerConstant, disconnectedInputs: "ignore" })[0];
  });
  return isVariableList(wrt) ? hessians : hessians[0];
}

/** Names the variable, its type and where it was written. */
function about(variable: Variable): string {
  const { frame } = variable.origin;
  return `: ${variable} has type ${variable.type}${frame === null ? "" : ` (written at ${describeFrame(frame)})`}.`;
}

/** The gradients of the elements of a vector. */
function rows(vector: Variable, wrt: readonly Variable[], options: JacobianOptions): Variable[] {
  const [gradients] = scan((i, y, ...xs) => grad(subtensor(y, i), xs, options), {
    sequences: arange(subtensor(shape(vector), 0)),
    nonSequences: [vector, ...wrt],
    returnList: true,
  });
  return gradients;
}
