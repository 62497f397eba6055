/** OpFromGraph: an op made of a graph. Source of the arguments, of the texts and of the gradient's form: Theano 1.0.5. */
import { randomUUID } from "node:crypto";
import type { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import type { TensorLike } from "../graph/constant.ts";
import { viewRoot } from "../graph/destroy.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import { gradientDType } from "../graph/floatx.ts";
import {
  DISCONNECTED,
  type Differentiate,
  type InnerFunction,
  type InnerGraph,
  type NoGradient,
  Op,
} from "../graph/op.ts";
import { SharedVariable } from "../graph/shared.ts";
import { shareTestValue } from "../graph/testvalue.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { cloneGraph, graphInputs, toposort } from "../graph/walk.ts";
import { zerosLike } from "./alloc.ts";
import { cast } from "./cast.ts";
import { conform } from "./conform.ts";
import { inferLengths } from "./infershape.ts";
import { graphSignature } from "./scan/signature.ts";
import { ShapeI, shapeI } from "./shape.ts";

/** What a rule gives: an expression, or the reason why there is none. */
type Derivative = TensorVariable | NoGradient;

/** One input's gradient from the op's inputs and the gradients of its outputs. */
export type GradRule = (inputs: readonly Variable[], gradients: readonly Variable[]) => Derivative;
/** As {@link GradRule}, also told the op's outputs. */
export type LopRule = (
  inputs: readonly Variable[],
  outputs: readonly Variable[],
  gradients: readonly Variable[],
) => Derivative;
/** One output's product of the Jacobian with vectors, from the op's inputs and a vector for each. */
export type RopRule = (inputs: readonly Variable[], evalPoints: readonly Variable[]) => TensorVariable;

/** For each input (of a forward rule: each output) a rule, or `"default"` for what the graph itself gives. */
type Overrides<Rule> = readonly (Rule | NoGradient | "default")[];
/** One function that gives all derivatives as a list. */
type Together<Rule extends (...args: never[]) => unknown> = (...args: Parameters<Rule>) => readonly ReturnType<Rule>[];
/** Rules for all derivatives; an op gives all of them from all arguments, one after the other. */
type Rules<Rule extends (...args: never[]) => unknown> = "default" | Overrides<Rule> | Together<Rule>;

/** An {@link OpFromGraph}, whatever its outputs. */
type AnyOpFromGraph = Pick<OpFromGraph, "outputsFor">;

export interface OpFromGraphOptions {
  /** Put the graph in the place of the node when a function is compiled. */
  readonly inline?: boolean;
  /** Gradients of the inputs, instead of those of the graph: `(inputs, outputs, gradients) => …`. */
  readonly lopOverrides?: Rules<LopRule> | AnyOpFromGraph;
  /** The same without the outputs: `(inputs, gradients) => …`. */
  readonly gradOverrides?: Rules<GradRule> | AnyOpFromGraph;
  /** Products of the Jacobian with vectors for the outputs, for `Rop`: `(inputs, evalPoints) => …`. */
  readonly ropOverrides?: Rules<RopRule> | AnyOpFromGraph;
  /** Shown in graphs instead of `OpFromGraph`. */
  readonly name?: string | null;
}

/** What a call gives: the only output, or the list of them. */
type Applied<Outputs extends readonly Variable[]> = Outputs extends readonly [Variable]
  ? TensorVariable
  : number extends Outputs["length"]
    ? TensorVariable | TensorVariable[]
    : { -readonly [K in keyof Outputs]: TensorVariable };

/**
 * An op that computes `outputs` from `inputs`, for use on other variables: `new OpFromGraph([x, y], [z]).call(a, b)`.
 * Shared variables of the graph are inputs of every node without being named.
 */
export class OpFromGraph<const Outputs extends readonly Variable[] = readonly Variable[]> extends Op {
  readonly family = "OpFromGraph";
  readonly key: string;
  readonly isInline: boolean;
  readonly name: string | null;
  override readonly inner: InnerGraph;
  /** What stands in the graph for values that every node reads. */
  readonly shared: readonly SharedVariable[];
  /** Constant folding has no backend for the inner graph. */
  override readonly foldable = false;
  readonly #rules: {
    readonly lop: Rules<LopRule>;
    readonly grad: Rules<GradRule>;
    readonly rop: Rules<RopRule>;
  };

  /**
   * @throws TypeError for what is no variable; MissingInputError when the outputs need a variable that is not among the
   * inputs; ValueError when both kinds of gradient rules are given.
   */
  constructor(
    inputs: readonly Variable[],
    outputs: Outputs,
    {
      inline = false,
      lopOverrides = "default",
      gradOverrides = "default",
      ropOverrides = "default",
      name = null,
    }: OpFromGraphOptions = {},
  ) {
    super();
    const stranger = [...inputs, ...outputs].find((v) => !(v instanceof TensorVariable));
    if (stranger !== undefined)
      throw new TypeError(`inputs and outputs of OpFromGraph must be Variable instances, got ${stranger}`);
    if (lopOverrides !== "default" && gradOverrides !== "default")
      throw new ValueError("lop_overrides and grad_overrides are mutually exclusive: give one of the two.");
    this.isInline = inline;
    this.name = name;
    this.#rules = { lop: rulesOf(lopOverrides), grad: rulesOf(gradOverrides), rop: rulesOf(ropOverrides) };
    this.shared = graphInputs(outputs, new Set(inputs)).filter((v) => v instanceof SharedVariable);
    const copies = new Map<Variable, Variable>([...inputs, ...this.shared].map((v) => [v, blank(v)]));
    const own = [...copies.values()];
    const results = cloneGraph(outputs, copies);
    // A graph over the same nodes tells what is missing.
    new FunctionGraph(own, results);
    this.inner = { inputs: own, outputs: results, outerInputs: own.map((_, i) => i) };
    const isPlain = Object.values(this.#rules).every((rules) => rules === "default");
    this.key = `${this}${graphSignature(this.inner)}${isPlain ? "" : randomUUID()}`;
  }

  /** `OpFromGraph{inline=False}`, or with its name in front. */
  toString(): string {
    return `${this.name ?? this.family}{inline=${this.isInline ? "True" : "False"}}`;
  }

  /**
   * The op on other variables, or on values.
   * @throws ValueError for a wrong number of them; TypeError for one of another type than the graph's input.
   */
  call(...inputs: readonly TensorLike[]): Applied<Outputs>;
  call(...inputs: readonly TensorLike[]): unknown {
    const outputs = this.outputsFor(inputs);
    return outputs.length === 1 ? outputs[0] : [...outputs];
  }

  /** As {@link call}, always a list. @throws what {@link call} throws. */
  outputsFor(inputs: readonly TensorLike[]): readonly TensorVariable[] {
    const expected = this.inner.inputs.length - this.shared.length;
    if (inputs.length !== expected) throw new ValueError(`${this}: Expected ${expected} inputs, got ${inputs.length}`);
    return this.apply(...inputs.map((x, i) => conform(this.inner.inputs[i].type, x)), ...this.shared).outputs;
  }

  /** @throws ValueError or TypeError as {@link call} does; the shared variables come last. */
  apply(...inputs: readonly Variable[]): Apply {
    const expected = this.inner.inputs.length;
    if (inputs.length !== expected)
      throw new ValueError(
        `${this}: Expected ${expected} inputs, those for shared variables included, got ${inputs.length}`,
      );
    return new Apply(
      this,
      inputs.map((x, i) => conform(this.inner.inputs[i].type, x)),
      this.inner.outputs.map((output) => output.type),
    );
  }

  override withInner({ inputs, outputs }: InnerGraph): OpFromGraph {
    const { lop, grad, rop } = this.#rules;
    const rules = { lopOverrides: lop, gradOverrides: grad, ropOverrides: rop };
    return new OpFromGraph(inputs, outputs, { inline: this.isInline, name: this.name, ...rules });
  }

  /** The graph over the inputs of a node. */
  expand(inputs: readonly Variable[]): readonly Variable[] {
    return cloneGraph(this.inner.outputs, new Map(this.inner.inputs.map((v, i) => [v, inputs[i]])));
  }

  override performInner(_node: Apply, inputs: readonly NDArray[], run: InnerFunction): readonly NDArray[] {
    const taken = new Set(inputs.map((input) => input.data.buffer));
    return run(inputs).map((value, i) => {
      const isView = taken.has(value.data.buffer) || viewRoot(this.inner.outputs[i]).owner === null;
      taken.add(value.data.buffer);
      return isView ? value.copy() : value;
    });
  }

  /** What the graph tells of its shapes without computing values. */
  override inferShape(node: Apply, inputs: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return this.inner.outputs.map((output, k) => {
      const lengths = inferLengths(output);
      const replacements = new Map<Variable, Variable>(this.inner.inputs.map((v, i) => [v, node.inputs[i]]));
      const unknown = new Set<Variable>();
      for (const { op, inputs: read, outputs } of toposort(lengths)) {
        if (!(op instanceof ShapeI)) continue;
        const at = this.inner.inputs.indexOf(read[0]);
        if (at >= 0) replacements.set(outputs[0], inputs[at][op.axis]);
        else unknown.add(outputs[0]);
      }
      return lengths.map((length, axis) => {
        const isKnown = !toposort([length]).some((step) => unknown.has(step.outputs[0]));
        return isKnown ? cloneGraph([length], new Map(replacements))[0] : shapeI(node.outputs[k], axis);
      });
    });
  }

  /** One more op of this kind, over the inputs, the outputs and the gradients of the outputs. */
  override gradient(
    node: Apply,
    outputGradients: readonly (Variable | null)[],
    differentiate: Differentiate,
  ): readonly (Variable | NoGradient)[] {
    const { inputs, outputs } = this.inner;
    const gradients = outputGradients.map(
      (g, i) => g ?? zerosLike(node.outputs[i], { dtype: gradientType(outputs[i]) }),
    );
    const blanks = { outputs: outputs.map(blank), gradients: gradients.map(blank) };
    const connected = outputGradients.flatMap((g, i) => (g === null ? [] : [i]));
    const parts = this.#parts(connected, blanks.gradients, differentiate);
    // What the outputs are is an input of the gradient, not computed again.
    const known = new Map<Variable, Variable>();
    outputs.forEach((output, i) => {
      if (output.owner !== null && !known.has(output)) known.set(output, blanks.outputs[i]);
    });
    const found = parts.flatMap((part, i) =>
      "kind" in part ? [] : [{ part: cast(part, gradientType(inputs[i])), i }],
    );
    if (found.length === 0) return parts;
    const rules = this.#forwardRules(
      blanks.gradients.length,
      inputs.length,
      found.map(({ i }) => i),
    );
    const op = new OpFromGraph(
      [...inputs, ...blanks.outputs, ...blanks.gradients],
      cloneGraph(
        found.map(({ part }) => part),
        known,
      ),
      { inline: this.isInline, name: this.name === null ? null : `${this.name}_LOp`, ...rules },
    );
    const results = op.apply(...node.inputs, ...node.outputs, ...gradients, ...op.shared).outputs;
    return parts.map((part, i) => ("kind" in part ? part : results[found.findIndex((f) => f.i === i)]));
  }

  /** The derivative with respect to each inner input. */
  #parts(
    connected: readonly number[],
    gradients: readonly Variable[],
    differentiate: Differentiate,
  ): readonly (Variable | NoGradient)[] {
    const { inputs, outputs } = this.inner;
    const known = new Map<Variable, Variable>();
    for (const i of connected) {
      const before = known.get(outputs[i]);
      known.set(outputs[i], before === undefined ? gradients[i] : before.add(gradients[i]));
    }
    const defaults = (): readonly (Variable | NoGradient)[] => differentiate(known, inputs);
    const { lop, grad } = this.#rules;
    const rules = lop === "default" ? bound(grad, [inputs, gradients]) : bound(lop, [inputs, outputs, gradients]);
    return combined(this, rules, inputs, inputs.length - this.shared.length, defaults);
  }

  /**
   * The gradient is linear in the gradients of the outputs, and its own gradient with respect to those is the product of
   * the Jacobian with a vector: there the rules for it have their place.
   */
  #forwardRules(outputs: number, inputs: number, found: readonly number[]): Pick<OpFromGraphOptions, "gradOverrides"> {
    const { rop } = this.#rules;
    if (rop === "default") return {};
    const points = (all: readonly Variable[], vectors: readonly Variable[]): Variable[] =>
      all.slice(0, inputs).map((x, i) => vectors[found.indexOf(i)] ?? zerosLike(x));
    const rule = (k: number): GradRule | NoGradient | "default" => {
      if (typeof rop === "function") return (all, vectors) => rop(all.slice(0, inputs), points(all, vectors))[k];
      const own = rop[k] ?? "default";
      return typeof own === "function" ? (all, vectors) => own(all.slice(0, inputs), points(all, vectors)) : own;
    };
    const before = Array.from({ length: inputs + outputs }, () => "default" as const);
    return { gradOverrides: [...before, ...Array.from({ length: outputs }, (_, k) => rule(k))] };
  }
}

/** Rules as they are; an op as a function of lists. */
function rulesOf<Rule>(
  rules: Rule | AnyOpFromGraph,
): Rule | ((...lists: (readonly Variable[])[]) => readonly TensorVariable[]) {
  return isOfGraph(rules) ? (...lists) => rules.outputsFor(lists.flat()) : rules;
}

function isOfGraph(rules: unknown): rules is AnyOpFromGraph {
  return rules instanceof OpFromGraph;
}

/** A leaf that stands for a value like another. */
function blank(like: Variable): TensorVariable {
  return shareTestValue(new TensorVariable(like.type, like.name), like);
}

function gradientType(x: Variable) {
  return gradientDType(x.dtype);
}

/** Rules without arguments. */
type Bound = "default" | readonly (NoGradient | "default" | (() => Derivative))[] | (() => readonly Derivative[]);

function bound<Args extends readonly unknown[]>(
  rules: "default" | Overrides<(...args: Args) => Derivative> | ((...args: Args) => readonly Derivative[]),
  args: Args,
): Bound {
  if (rules === "default") return rules;
  if (typeof rules === "function") return () => rules(...args);
  return rules.map((rule) => (typeof rule === "function" ? () => rule(...args) : rule));
}

/** @throws ValueError for a wrong number of rules; TypeError for what is no rule or gives no derivative. */
function combined(
  op: Op,
  rules: Bound,
  inputs: readonly Variable[],
  explicit: number,
  defaults: () => readonly (Variable | NoGradient)[],
): readonly (Variable | NoGradient)[] {
  if (rules === "default") return defaults();
  const list = typeof rules === "function" ? rules() : rules;
  if (!Array.isArray(list))
    throw new TypeError(`${op}: Gradient/L_op overriding function should return a list, got "${typeof list}"`);
  if (list.length !== explicit && list.length !== inputs.length)
    throw new ValueError(`${op}: Need to override ${explicit} gradients, got ${list.length}`);
  const own = list.includes("default") || list.length < inputs.length ? defaults() : [];
  return inputs.map((input, i) => {
    const rule = list[i] ?? "default";
    if (rule === "default") return own[i] ?? DISCONNECTED;
    return checkedDerivative(op, input, typeof rule === "function" ? rule() : rule);
  });
}

function checkedDerivative(op: Op, input: Variable, derivative: unknown): Variable | NoGradient {
  if (derivative instanceof TensorVariable && derivative.ndim === input.ndim) return derivative;
  if (isNoGradient(derivative)) return derivative;
  const got = derivative instanceof TensorVariable ? `${derivative} of type ${derivative.type}` : String(derivative);
  throw new TypeError(
    `${op}: Expected override to be 'default', NullType, DisconnectedType or callable, giving a gradient with ${input.ndim} dimensions for ${input}; got ${got}.`,
  );
}

function isNoGradient(value: unknown): value is NoGradient {
  return typeof value === "object" && value !== null && "kind" in value;
}
