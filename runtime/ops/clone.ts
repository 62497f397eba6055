/** Copies of graphs, with parts replaced. */
import { ValueError } from "../base/errors.ts";
import type { TensorLike } from "../graph/constant.ts";
import { SharedVariable } from "../graph/shared.ts";
import { TensorConstant, TensorVariable, type Variable } from "../graph/variable.ts";
import { cloneGraph, graphInputs, toposort } from "../graph/walk.ts";
import { conform } from "./conform.ts";

/** Pairs of a variable and what takes its place. */
export type Replacements = ReadonlyMap<Variable, TensorLike> | readonly (readonly [Variable, TensorLike])[];

export interface CloneOptions {
  /** What takes the place of which variables; all at once, so that a replacement is not replaced in turn. */
  readonly replace?: Replacements;
  /**
   * true (the default): a replacement has the type of what it replaces. false: nodes over other types are made anew, and
   * the types of what they compute follow.
   */
  readonly strict?: boolean;
  /** true (the default): the copy has the same leaves. false: leaves are copied too, except constants and shared ones. */
  readonly shareInputs?: boolean;
}

/**
 * A copy of the graph of a variable, or of a list of variables.
 * @throws TypeError when `strict` and a replacement does not have the type of what it replaces.
 */
export function clone(output: Variable, options?: CloneOptions): Variable;
export function clone(output: readonly Variable[], options?: CloneOptions): Variable[];
export function clone(
  output: Variable | readonly Variable[],
  { replace = [], strict = true, shareInputs = true }: CloneOptions = {},
): Variable | Variable[] {
  const outputs = output instanceof TensorVariable ? [output] : output;
  const copies = new Map<Variable, Variable>();
  for (const [from, to] of replacementPairs(replace)) {
    const keepsType = strict || !(to instanceof TensorVariable);
    copies.set(from, keepsType ? conform(from.type, to) : to);
  }
  const leaves = shareInputs ? [] : graphInputs(outputs, copies);
  for (const leaf of leaves)
    if (!copies.has(leaf) && !(leaf instanceof TensorConstant || leaf instanceof SharedVariable))
      copies.set(leaf, leaf.clone());
  const results = copyGraph(outputs, copies, strict);
  return output instanceof TensorVariable ? results[0] : results;
}

/**
 * Copies the graph of `outputs`, replacing the variables that `copies` names by what it says; the map is filled with the
 * copy of every variable met. Unless `strict`, nodes over other types are made anew, and their types follow.
 */
export function copyGraph(outputs: readonly Variable[], copies: Map<Variable, Variable>, strict: boolean): Variable[] {
  if (strict) return cloneGraph(outputs, copies);
  const of = (v: Variable): Variable => copies.get(v) ?? v;
  for (const node of toposort(outputs, copies)) {
    const inputs = node.inputs.map(of);
    const isSame = inputs.every((input, i) => input.type.equals(node.inputs[i].type));
    const copy = isSame ? node.cloneWith(inputs) : node.op.apply(...inputs);
    node.outputs.forEach((before, i) => {
      if (!copies.has(before)) copies.set(before, copy.outputs[i]);
    });
  }
  return outputs.map(of);
}

/** @throws ValueError for what holds no pairs. */
function replacementPairs(replace: Replacements): Iterable<readonly [Variable, TensorLike]> {
  if (replace instanceof Map || Array.isArray(replace)) return replace;
  throw new ValueError(
    `replace is neither a dictionary, list, tuple or None ! The value provided is ${replace}, of type ${typeof replace}; give a Map, or a list of pairs.`,
  );
}
