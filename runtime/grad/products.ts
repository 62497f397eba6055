/** Products of Jacobians with vectors, and gradients of parts of a graph; all of them by reverse mode. */
import { ValueError } from "../base/errors.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { ancestors, cloneGraph } from "../graph/walk.ts";
import { applyElemwise, zerosLike } from "../ops/elemwise.ts";
import { DisconnectedInputError } from "./errors.ts";
import { grad } from "./gradient.ts";

/** One variable, or a list of them. */
export type OneOrMore = Variable | readonly Variable[];

export function isVariableList(variables: OneOrMore): variables is readonly Variable[] {
  return Array.isArray(variables);
}

const listOf = (variables: OneOrMore): readonly Variable[] => (isVariableList(variables) ? variables : [variables]);

/** @throws ValueError unless there is one point of the right rank for each variable. */
function paired(name: string, variables: readonly Variable[], points: readonly Variable[]): Map<Variable, Variable> {
  if (points.length !== variables.length)
    throw new ValueError(
      `${name} needs one evaluation point for each of ${variables.length} variables, got ${points.length}.`,
    );
  variables.forEach((variable, i) => {
    if (points[i].ndim !== variable.ndim)
      throw new ValueError(
        `${name}: evaluation point ${i} (${points[i]}) has ${points[i].ndim} dimensions, and ${variable} has ${variable.ndim}.`,
      );
  });
  return new Map(variables.map((variable, i) => [variable, points[i]]));
}

export interface LopOptions {
  /** Variables treated as constants. */
  readonly considerConstant?: readonly Variable[];
  /** What to do when `f` does not depend on a `wrt`: `raise` (default), `warn` or `ignore`. */
  readonly disconnectedInputs?: "raise" | "warn" | "ignore";
}

/**
 * The product of a row vector with a Jacobian: Σ `evalPoints` · ∂f/∂wrt, of the shape of each `wrt`.
 * @throws ValueError when the points do not fit `f`; DisconnectedInputError as {@link grad} does.
 */
export function Lop(f: OneOrMore, wrt: Variable, evalPoints: OneOrMore, options?: LopOptions): Variable;
export function Lop(f: OneOrMore, wrt: readonly Variable[], evalPoints: OneOrMore, options?: LopOptions): Variable[];
export function Lop(f: OneOrMore, wrt: OneOrMore, evalPoints: OneOrMore, options?: LopOptions): Variable | Variable[];
export function Lop(f: OneOrMore, wrt: OneOrMore, evalPoints: OneOrMore, options: LopOptions = {}): OneOrMore {
  const knownGrads = paired("Lop", listOf(f), listOf(evalPoints));
  const results = grad(null, listOf(wrt), { ...options, knownGrads });
  return isVariableList(wrt) ? results : results[0];
}

export interface RopOptions {
  /** What to do when an `f` does not depend on any `wrt`: `raise` (default), `warn` or `ignore` (zeros). */
  readonly disconnectedOutputs?: "raise" | "warn" | "ignore";
}

/**
 * The product of a Jacobian with a column vector: ∂f/∂wrt · `evalPoints`, of the shape of each `f`.
 *
 * Forward mode is reverse mode twice: `u ↦ Lop(f, wrt, u)` is linear, and its transpose, which reverse mode gives
 * again, is the product wanted. So no op needs a rule for it.
 * Source: J. Townsend, "A new trick for calculating Jacobian vector products", 2017.
 * @throws ValueError when the points do not fit `wrt`; DisconnectedInputError (see `disconnectedOutputs`).
 */
export function Rop(f: Variable, wrt: OneOrMore, evalPoints: OneOrMore, options?: RopOptions): Variable;
export function Rop(f: readonly Variable[], wrt: OneOrMore, evalPoints: OneOrMore, options?: RopOptions): Variable[];
export function Rop(f: OneOrMore, wrt: OneOrMore, evalPoints: OneOrMore, options: RopOptions = {}): OneOrMore {
  const inputs = listOf(wrt);
  const points = paired("Rop", inputs, listOf(evalPoints));
  const results = listOf(f).map((output) => forwardProduct(output, inputs, points, options));
  return isVariableList(f) ? results : results[0];
}

function forwardProduct(
  output: Variable,
  inputs: readonly Variable[],
  points: ReadonlyMap<Variable, Variable>,
  options: RopOptions,
): Variable {
  const known = new Set(ancestors([output]));
  const used = inputs.filter((x) => known.has(x));
  if (used.length === 0) return disconnected(output, options.disconnectedOutputs ?? "raise");
  const u = new TensorVariable(zerosLike(output).type, "u");
  const transposed = grad(null, used, { knownGrads: new Map([[output, u]]), disconnectedInputs: "ignore" });
  const knownGrads = new Map<Variable, Variable>();
  transposed.forEach((g, i) => {
    // Two inputs may share one gradient, as those of a sum do.
    const [point, other] = [points.get(used[i]), knownGrads.get(g)];
    if (point !== undefined) knownGrads.set(g, other === undefined ? point : applyElemwise("add", other, point));
  });
  const product = grad(null, u, { knownGrads, disconnectedInputs: "ignore", addNames: false });
  // The product does not depend on u, but may still read its shape.
  return cloneGraph([product], new Map([[u, zerosLike(output)]]))[0];
}

function disconnected(output: Variable, reaction: "raise" | "warn" | "ignore"): Variable {
  const message = `Rop method was asked to compute the gradient with respect to a variable that is not part of the computational graph of variables in wrt, or is used only by a non-differentiable operator: ${output}`;
  if (reaction === "raise") throw new DisconnectedInputError(message);
  if (reaction === "warn") process.emitWarning(message, "UserWarning");
  return zerosLike(output);
}

export interface SubgraphGradOptions {
  /** Gradients that come in from the part of the graph above, by variable. */
  readonly start?: ReadonlyMap<Variable, Variable>;
  /** A cost of this part of the graph. */
  readonly cost?: Variable;
}

/**
 * Gradients inside a part of a graph: of `start` and `cost` with respect to `wrt`, and to the variables `end` where the
 * part ends, which are to be handed on as the `start` of the part below.
 * @returns the gradients with respect to `wrt`, and those with respect to `end`.
 * @throws ValueError when neither `start` nor `cost` is given.
 */
export function subgraphGrad(
  wrt: readonly Variable[],
  end: readonly Variable[],
  options: SubgraphGradOptions,
): [wrt: Variable[], end: Variable[]] {
  const { start, cost } = options;
  const variables = [...wrt, ...end];
  const common = { considerConstant: end, disconnectedInputs: "ignore" } as const;
  const parts = [
    ...(start === undefined ? [] : [grad(null, variables, { ...common, knownGrads: start })]),
    ...(cost === undefined ? [] : [grad(cost, variables, common)]),
  ];
  if (parts.length === 0) throw new ValueError("subgraphGrad needs a cost, or gradients to start from.");
  const sums = variables.map((_, i) =>
    parts.map((gradients) => gradients[i]).reduce((a, b) => applyElemwise("add", a, b)),
  );
  return [sums.slice(0, wrt.length), sums.slice(wrt.length)];
}
