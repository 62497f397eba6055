/** `ifelse`: the value of one of two branches; the other one is not computed. */
import type { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { describeFrame } from "../base/stack.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { gradientDType } from "../graph/floatx.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import type { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { zerosLike } from "./alloc.ts";

/**
 * Inputs are the condition, the values of the first branch, and those of the second. Source of the texts and of the
 * rules for gradients and shapes: Theano 1.0.5.
 */
export class IfElse extends Op {
  readonly family = "IfElse";
  readonly key: string;
  /** How many values a branch has. */
  readonly count: number;
  readonly name: string | null;
  /** Whether the values of the first branch are handed on without a copy. */
  readonly isView: boolean;
  override readonly views: Readonly<Record<number, number>>;

  constructor(count: number, name: string | null = null, isView = false) {
    super();
    this.count = count;
    this.name = name;
    this.isView = isView;
    this.key = `IfElse{${count}, ${isView}}`;
    this.views = isView ? Object.fromEntries(Array.from({ length: count }, (_, i) => [i, i + 1])) : {};
  }

  /** `if{}`, `if{NAME,inplace}`. */
  toString(): string {
    return `if{${[...(this.name === null ? [] : [this.name]), ...(this.isView ? ["inplace"] : [])].join(",")}}`;
  }

  /** @throws TypeError when the condition is no scalar, or the two branches differ in dtype or number of dimensions. */
  apply(...inputs: readonly Variable[]): Apply {
    const { condition, thens, elses } = this.#parts(inputs);
    if (condition.ndim !== 0)
      throw new TypeError(
        `The condition of ifelse must be a scalar, got ${condition} of type ${condition.type}. T.switch chooses element by element.`,
      );
    thens.forEach((x, i) => {
      if (x.dtype !== elses[i].dtype || x.ndim !== elses[i].ndim) throw differentTypes(x, elses[i]);
    });
    return new Apply(
      this,
      inputs,
      thens.map((x, i) => commonType(x.type, elses[i].type)),
    );
  }

  #parts<Value>(inputs: readonly Value[]): { condition: Value; thens: readonly Value[]; elses: readonly Value[] } {
    const [condition] = inputs;
    return { condition, thens: inputs.slice(1, 1 + this.count), elses: inputs.slice(1 + this.count) };
  }

  override needs(condition: NDArray): readonly number[] {
    const first = isTrue(condition) ? 1 : 1 + this.count;
    return Array.from({ length: this.count }, (_, i) => first + i);
  }

  override perform(_node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const { condition, thens, elses } = this.#parts(inputs);
    if (isTrue(condition)) return this.isView ? thens : thens.map((x) => x.copy());
    return elses.map((x) => x.copy());
  }

  /** The branch not taken has gradient zero; the condition too, since a small change of it takes the same branch. */
  override gradient(node: Apply, gradients: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const { condition, thens, elses } = this.#parts(node.inputs);
    const known = gradients.flatMap((g, i) => (g === null ? [] : [{ g, i }]));
    if (known.length === 0) return node.inputs.map(() => DISCONNECTED);
    const branch = (suffix: string, of: readonly Variable[], isFirst: boolean): (Variable | NoGradient)[] => {
      const own = known.map(({ g }) => g);
      const zeros = known.map(({ g, i }) => zerosLike(of[i], { dtype: g.dtype }));
      const op = new IfElse(known.length, this.name === null ? null : `${this.name}_grad_${suffix}`, this.isView);
      const { outputs } = op.apply(condition, ...(isFirst ? [...own, ...zeros] : [...zeros, ...own]));
      return of.map((_, i) => outputs[known.findIndex((k) => k.i === i)] ?? DISCONNECTED);
    };
    const ofCondition = zerosLike(condition, { dtype: gradientDType(condition.dtype) });
    return [ofCondition, ...branch("t", thens, true), ...branch("f", elses, false)];
  }

  /** One more choice: the lengths of the branch taken, so that those of the other one need not be known. */
  override inferShape(node: Apply, inputs: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    const { thens, elses } = this.#parts(inputs);
    const flat = thens.flat();
    if (flat.length === 0) return thens;
    const name = this.name === null ? "shape" : `shape_${this.name}`;
    const chosen = new IfElse(flat.length, name).apply(node.inputs[0], ...flat, ...elses.flat()).outputs;
    let at = 0;
    return thens.map((lengths) => lengths.map(() => chosen[at++]));
  }

  /** The same choice without a copy of the first branch's values. */
  asView(): IfElse {
    return new IfElse(this.count, this.name, true);
  }
}

function isTrue(condition: NDArray): boolean {
  return Boolean(condition.item());
}

function commonType(a: TensorType, b: TensorType): TensorType {
  return a.with({ shape: a.shape.map((dim, axis) => (dim === b.shape[axis] ? dim : null)) });
}

function differentTypes(a: Variable, b: Variable): TypeError {
  const places = [a, b].flatMap(({ origin: { frame } }) => (frame === null ? [] : [describeFrame(frame)]));
  const written = places.length === 0 ? "" : ` The branches are ${a} and ${b}, written at ${places.join(" and ")}.`;
  return new TypeError(
    `The two branches should have identical types, but they are ${a.type} and ${b.type} respectively. This error could be raised if for example you provided a one element list on the \`then\` branch but a tensor on the \`else\` branch.${written}`,
  );
}

/** A branch: one value, or a list of them. */
export type Branch = TensorLike | readonly TensorVariable[];

export interface IfElseOptions {
  /** Shown in graphs and profiles. */
  readonly name?: string | null;
}

/**
 * `thenBranch` where the scalar `condition` is true (not zero), else `elseBranch`; what only the other branch needs is
 * not computed, and may even be impossible to compute. `T.switch` is the choice element by element, which computes both.
 *
 * A branch is one value, or a list of values; the result is of the same form. Values that stand for each other have the
 * same dtype and the same dimensions.
 *
 * @throws TypeError when types differ; ValueError when the branches have different numbers of values.
 */
export function ifelse(
  condition: TensorLike,
  thenBranch: readonly TensorVariable[],
  elseBranch: readonly TensorVariable[],
  options?: IfElseOptions,
): TensorVariable[];
export function ifelse(
  condition: TensorLike,
  thenBranch: TensorLike,
  elseBranch: TensorLike,
  options?: IfElseOptions,
): TensorVariable;
export function ifelse(
  condition: TensorLike,
  thenBranch: Branch,
  elseBranch: Branch,
  options: IfElseOptions = {},
): TensorVariable | TensorVariable[] {
  const [thens, elses] = [valuesOf(thenBranch), valuesOf(elseBranch)];
  thens.forEach((x, i) => {
    if (i < elses.length && !x.type.equals(elses[i].type)) throw differentTypes(x, elses[i]);
  });
  if (thens.length !== elses.length)
    throw new ValueError(
      `The number of values on the \`then\` branch should have the same number of variables as the \`else\` branch : (variables on \`then\` ${thens.length}, variables on \`else\` ${elses.length})`,
    );
  const { outputs } = new IfElse(thens.length, options.name ?? null).apply(asTensor(condition), ...thens, ...elses);
  return isList(thenBranch) ? [...outputs] : outputs[0];
}

function isList(branch: Branch): branch is readonly TensorVariable[] {
  return Array.isArray(branch) && branch.some((value) => typeof value === "object" && "owner" in value);
}

function valuesOf(branch: Branch): readonly TensorVariable[] {
  return isList(branch) ? branch.map((value) => asTensor(value)) : [asTensor(branch)];
}
