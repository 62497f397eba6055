/**
 * Reverse-mode differentiation: `grad` adds to the graph of a cost the nodes that compute its gradients.
 *
 * Nodes are visited from the cost backwards; each hands its inputs their part of the gradient, and the parts of one
 * variable are added up.
 */
import { inspect } from "node:util";
import { ValueError } from "../base/errors.ts";
import { pyQuote } from "../base/python.ts";
import { describeFrame } from "../base/stack.ts";
import type { Apply } from "../graph/apply.ts";
import { constant } from "../graph/constant.ts";
import { gradientDType } from "../graph/floatx.ts";
import { DISCONNECTED, type NoGradient } from "../graph/op.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { ancestors, toposort } from "../graph/walk.ts";
import { cast } from "../ops/cast.ts";
import { applyElemwise, zerosLike } from "../ops/elemwise.ts";
import { SparseVariable } from "../ops/sparse/variable.ts";
import { countedAsGrad } from "./clock.ts";
import { DisconnectedInputError, MethodNotDefined, NullTypeGradError } from "./errors.ts";

export interface GradOptions {
  /** Variables treated as constants: nothing flows through them. */
  readonly considerConstant?: readonly Variable[];
  /** What to do when the cost does not depend on a `wrt`: `raise` (default), `warn` or `ignore`. */
  readonly disconnectedInputs?: "raise" | "warn" | "ignore";
  /** Name the gradients `(dCOST/dX)` when both have names; default true. */
  readonly addNames?: boolean;
  /** Gradients already known, by variable; with them the cost may be null. */
  readonly knownGrads?: ReadonlyMap<Variable, Variable>;
  /**
   * What stands for the gradient with respect to a variable that the cost does not depend on, where that is no error:
   * zeros (`zero`, the default), null (`None`), or the mark {@link DISCONNECTED} (`Disconnected`).
   */
  readonly returnDisconnected?: "zero" | "None" | "Disconnected";
  /** An undefined gradient is an error (`raise`, the default), or is returned as its {@link NoGradient} (`return`). */
  readonly nullGradients?: "raise" | "return";
}

/** Options under which every gradient is a variable. */
export type PlainGradOptions = GradOptions & { readonly returnDisconnected?: "zero"; readonly nullGradients?: "raise" };

/** What `grad` may give when asked for more than variables. */
export type GradResult = Variable | NoGradient | null;

type Undefined = Extract<NoGradient, { kind: "undefined" }>;
/** What is known of a variable's gradient while the walk goes on. */
type Gradient = Variable | Undefined;

/**
 * The gradient of a scalar cost with respect to a variable, or to each of a list; each has the shape of its variable.
 *
 * @throws TypeError when the cost is not a scalar, or a `wrt` no variable; ValueError for an option of no meaning.
 * @throws DisconnectedInputError when the cost does not depend on a `wrt` (see `disconnectedInputs`).
 * @throws NullTypeGradError when an op on the way has no derivative; its subclass MethodNotDefined when it has none at all.
 */
export function grad(cost: Variable | null, wrt: Variable, options?: PlainGradOptions): Variable;
export function grad(cost: Variable | null, wrt: readonly Variable[], options?: PlainGradOptions): Variable[];
/** With respect to a sparse matrix: one with entries at the same places, the gradients of its entries. */
export function grad(cost: Variable | null, wrt: SparseVariable, options?: PlainGradOptions): SparseVariable;
export function grad(
  cost: Variable | null,
  wrt: readonly (Variable | SparseVariable)[],
  options?: PlainGradOptions,
): (Variable | SparseVariable)[];
export function grad(cost: Variable | null, wrt: Variable, options: GradOptions): GradResult;
export function grad(cost: Variable | null, wrt: readonly Variable[], options: GradOptions): GradResult[];
export function grad(
  cost: Variable | null,
  wrt: Variable | SparseVariable | readonly (Variable | SparseVariable)[],
  options: GradOptions = {},
): GradResult | SparseVariable | (GradResult | SparseVariable)[] {
  checkOptions(options);
  const { considerConstant = [] } = options;
  if (!isList(considerConstant))
    throw new TypeError(`considerConstant only accepts a list of variables, got ${considerConstant}.`);
  const known = startingGradients(cost, options);
  const asked = isList(wrt) ? wrt : [wrt];
  for (const x of asked) checkWrt(x);
  const list = asked.map((x) => (x instanceof SparseVariable ? x.data : x));
  const gradients = countedAsGrad(() => backward([...known.keys()], list, known, new Set(considerConstant)));
  const results = list.map((x, i) => atPlacesOf(asked[i], finish(gradients.get(x), x, cost, options)));
  return isList(wrt) ? results : results[0];
}

/** What the options that name a choice may say. */
const CHOICES = {
  disconnectedInputs: ["raise", "warn", "ignore"],
  returnDisconnected: ["zero", "None", "Disconnected"],
  nullGradients: ["raise", "return"],
} as const satisfies { readonly [Name in keyof GradOptions]: readonly GradOptions[Name][] };

function checkOptions(options: GradOptions): void {
  for (const [name, choices] of Object.entries(CHOICES)) {
    const given: unknown = Reflect.get(options, name);
    if (given !== undefined && !choices.some((choice) => choice === given))
      throw new ValueError(`grad: ${name} must be one of ${choices.map(pyQuote).join(", ")}, got ${inspect(given)}.`);
  }
}

function checkWrt(x: unknown): void {
  if (!(x instanceof TensorVariable) && !(x instanceof SparseVariable))
    throw new TypeError(`Expected Variable, got ${inspect(x, { depth: 0 })}: grad takes a variable or a list of them.`);
}

function isList<One>(wrt: One | readonly One[]): wrt is readonly One[] {
  return Array.isArray(wrt);
}

/** The gradient of the entries of a sparse matrix as a matrix; that of a tensor as it is. */
function atPlacesOf(x: Variable | SparseVariable, gradient: GradResult): GradResult | SparseVariable {
  return x instanceof SparseVariable && gradient instanceof TensorVariable ? x.withData(gradient) : gradient;
}

function startingGradients(cost: Variable | null, { knownGrads }: GradOptions): Map<Variable, Gradient> {
  const known = new Map<Variable, Gradient>(knownGrads ?? []);
  if (cost === null) {
    if (known.size === 0) throw new ValueError("grad needs a cost, or gradients given by knownGrads.");
    return known;
  }
  if (cost.ndim !== 0)
    throw new TypeError(
      `cost must be a scalar. ${cost} has type ${cost.type}${describeOrigin(cost)}; reduce it first, for example with T.sum or T.mean.`,
    );
  // An integer cost is legal, as in Theano: its gradients are zeros of floatX.
  known.set(cost, applyElemwise("second", cost, constant(1, null, gradientDType(cost.dtype))));
  return known;
}

function describeOrigin(variable: Variable): string {
  const frame = variable.origin.frame;
  return frame === null ? "" : ` (written at ${describeFrame(frame)})`;
}

/** Walks backwards from `from` and returns the gradient of every variable that leads to one of `wrt`. */
function backward(
  from: readonly Variable[],
  wrt: readonly Variable[],
  known: ReadonlyMap<Variable, Gradient>,
  constants: ReadonlySet<Variable>,
): Map<Variable, Gradient> {
  const gradients = new Map(known);
  const asked = new Set(wrt);
  const wanted = leadingTo(asked, from);
  for (const node of toposort(from, constants).reverse()) {
    if (!node.outputs.some((o) => gradients.has(o)) || !node.inputs.some((i) => wanted.has(i))) continue;
    const parts = inputGradients(node, gradients);
    node.inputs.forEach((input, i) => {
      if (wanted.has(input) && (!constants.has(input) || asked.has(input))) addPart(gradients, input, parts[i]);
    });
  }
  return gradients;
}

/** The variables among the ancestors of `from` through which something of `wrt` is reached. */
function leadingTo(wrt: ReadonlySet<Variable>, from: readonly Variable[]): ReadonlySet<Variable> {
  const wanted = new Set(wrt);
  for (const node of toposort(from))
    if (node.inputs.some((i) => wanted.has(i))) for (const o of node.outputs) wanted.add(o);
  return wanted;
}

function inputGradients(node: Apply, gradients: ReadonlyMap<Variable, Gradient>): readonly (Variable | NoGradient)[] {
  const outer = node.outputs.map((o) => gradients.get(o) ?? null);
  const undefinedPart = outer.find((g) => g !== null && isUndefined(g));
  if (undefinedPart) return node.inputs.map(() => undefinedPart);
  if (node.op.gradient === undefined) {
    const reason = `the op ${node.op} has no gradient`;
    return node.inputs.map(() => ({ kind: "undefined", reason, hasNoRule: true }));
  }
  const defined = outer.map((g, i) =>
    g === null || isUndefined(g) ? null : cast(g, gradientDType(node.outputs[i].dtype)),
  );
  const parts = node.op.gradient(node, defined, differentiate);
  checkTypes(node, parts);
  return parts;
}

/** Reverse mode through the graph inside of an op. */
function differentiate(
  known: ReadonlyMap<Variable, Variable>,
  wrt: readonly Variable[],
): readonly (Variable | NoGradient)[] {
  const gradients = backward([...known.keys()], wrt, known, new Set(wrt));
  return wrt.map((x) => gradients.get(x) ?? DISCONNECTED);
}

function isUndefined(gradient: Variable | NoGradient): gradient is Undefined {
  return "kind" in gradient && gradient.kind === "undefined";
}

/** A gradient must have the rank of its input, or the op's rule is wrong; better told here than at run time. */
function checkTypes(node: Apply, parts: readonly (Variable | NoGradient)[]): void {
  if (parts.length !== node.inputs.length)
    throw new ValueError(
      `${node.op}.grad returned ${parts.length} terms for ${node.inputs.length} inputs${describeNode(node)}.`,
    );
  node.inputs.forEach((input, i) => {
    const part = parts[i];
    if (!("kind" in part) && part.ndim !== input.ndim)
      throw new ValueError(
        `${node.op}.grad returned a term with ${part.ndim} dimensions, but ${input.ndim} are required. It is ${part}, for input ${i} (${input}, ${input.type})${describeNode(node)}.`,
      );
  });
}

function describeNode({ origin: { frame } }: Apply): string {
  return frame === null ? "" : ` (the op was applied at ${describeFrame(frame)})`;
}

function addPart(gradients: Map<Variable, Gradient>, input: Variable, part: Variable | NoGradient): void {
  if ("kind" in part && part.kind === "disconnected") return;
  const before = gradients.get(input);
  if (before !== undefined && isUndefined(before)) return;
  if ("kind" in part || before === undefined) gradients.set(input, part);
  else gradients.set(input, applyElemwise("add", before, part));
}

function finish(gradient: Gradient | undefined, x: Variable, cost: Variable | null, options: GradOptions): GradResult {
  if (gradient === undefined) return disconnected(x, cost, options);
  if (isUndefined(gradient) && options.nullGradients === "return") return gradient;
  if (isUndefined(gradient)) {
    const message = `The gradient with respect to ${x}${describeOrigin(x)} is undefined: ${gradient.reason}.`;
    throw gradient.hasNoRule ? new MethodNotDefined(message) : new NullTypeGradError(message);
  }
  if (options.addNames !== false && cost?.name && x.name && gradient.name === null)
    gradient.name = `(d${cost.name}/d${x.name})`;
  return gradient;
}

function disconnected(x: Variable, cost: Variable | null, options: GradOptions): GradResult {
  const partOfGraph = cost !== null && ancestors([cost]).includes(x);
  const message = `grad method was asked to compute the gradient with respect to a variable that is ${
    partOfGraph ? "used only by a non-differentiable operator" : "not part of the computational graph of the cost"
  }: ${x}${describeOrigin(x)}`;
  switch (options.disconnectedInputs ?? "raise") {
    case "raise":
      throw new DisconnectedInputError(message);
    case "warn":
      process.emitWarning(message, "UserWarning");
      break;
    case "ignore":
      break;
  }
  switch (options.returnDisconnected ?? "zero") {
    case "zero":
      return zerosLike(x);
    case "None":
      return null;
    case "Disconnected":
      return DISCONNECTED;
  }
}
