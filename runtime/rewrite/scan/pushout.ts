/** Work that does not change from step to step, or that whole sequences can do at once, moves out of a Scan. */
import type { Apply } from "../../graph/apply.ts";
import { TensorConstant, TensorVariable, type Variable } from "../../graph/variable.ts";
import { ancestors, graphInputs, toposort } from "../../graph/walk.ts";
import { Assert } from "../../ops/assert.ts";
import { DimShuffle, type DimShuffleItem } from "../../ops/dimshuffle.ts";
import { applyElemwise, Elemwise } from "../../ops/elemwise.ts";
import { joinInnerOutputs } from "../../ops/scan/layout.ts";
import { ShapeI, shapeI } from "../../ops/shape.ts";
import { Shape } from "../../ops/shapevector.ts";
import { type NodeRewrite, nodeRewrite } from "../rewrite.ts";
import { assemble, hasRowsLike, partsOf, type ScanParts } from "./parts.ts";

/** Families that do something besides computing, so that how often they run matters. */
const EFFECTS: ReadonlySet<string> = new Set(["Print"]);

/** Nodes of the inner graph that depend on non-sequences and constants only are computed once, before the loop. */
export const pushOutNonSequences: NodeRewrite = nodeRewrite("scanOp_pushout_nonseqs_ops", ["Scan"], (node) => {
  const parts = partsOf(node);
  if (parts === null) return null;
  const outside = new Map<Variable, Variable>(parts.inner.others.map((x, i) => [x, parts.outer.others[i]]));
  const pushed = new Set<Apply>();
  for (const inside of toposort(joinInnerOutputs(parts.results))) {
    if (EFFECTS.has(inside.op.family) || !inside.inputs.every((x) => outside.has(x) || x instanceof TensorConstant))
      continue;
    const twin = inside.cloneWith(inside.inputs.map((x) => outside.get(x) ?? x));
    inside.outputs.forEach((output, i) => {
      outside.set(output, twin.outputs[i]);
    });
    pushed.add(inside);
  }
  const used = borderOf(parts, pushed);
  // Views and constants cost nothing inside; alone they are no reason to move.
  if (!used.some((x) => x.owner !== null && !isFree(x.owner))) return null;
  const replacements = standIns(used);
  const found = (x: Variable): Variable => outside.get(x) ?? x;
  return assemble(
    {
      ...parts,
      outer: { ...parts.outer, others: [...parts.outer.others, ...used.map(found)] },
      inner: { ...parts.inner, others: [...parts.inner.others, ...replacements.values()] },
    },
    replacements,
  ).outputs;
});

/** Whether a node only shows the memory of its input another way, or is computed from nothing but constants. */
function isFree(node: Apply): boolean {
  return node.op instanceof DimShuffle || node.inputs.every((x) => x instanceof TensorConstant);
}

/**
 * Elementwise nodes of the inner graph that depend on sequences, non-sequences and constants only are computed for all
 * steps at once, before the loop; their results are new sequences.
 */
export const pushOutSequences: NodeRewrite = nodeRewrite("scanOp_pushout_seqs_ops", ["Scan"], (node) => {
  const parts = partsOf(node);
  if (parts === null || parts.info.isWhile) return null;
  const fixed = new Map<Variable, Variable>(parts.inner.others.map((x, i) => [x, parts.outer.others[i]]));
  const rows = new Map<Variable, Variable>();
  parts.inner.sequences.forEach((x, i) => {
    if (hasRowsLike(parts.outer.sequences[i], x)) rows.set(x, parts.outer.sequences[i]);
  });
  const pushed = new Set<Apply>();
  for (const inside of toposort(joinInnerOutputs(parts.results))) {
    if (!inside.inputs.every((x) => rows.has(x) || fixed.has(x) || x instanceof TensorConstant)) continue;
    if (!inside.inputs.some((x) => rows.has(x))) {
      if (inside.op instanceof DimShuffle)
        fixed.set(inside.out, inside.cloneWith(inside.inputs.map((x) => fixed.get(x) ?? x)).out);
      continue;
    }
    const whole = forAllSteps(inside, rows, fixed);
    if (whole === null || !hasRowsLike(whole, inside.out)) continue;
    rows.set(inside.out, whole);
    pushed.add(inside);
  }
  const used = borderOf(parts, pushed);
  if (!used.some((x) => x.owner !== null && !(x.owner.op instanceof DimShuffle))) return null;
  const replacements = standIns(used);
  const found = (x: Variable): Variable => rows.get(x) ?? x;
  const after = assemble(
    {
      ...parts,
      outer: { ...parts.outer, sequences: [...parts.outer.sequences, ...used.map(found)] },
      inner: { ...parts.inner, sequences: [...parts.inner.sequences, ...replacements.values()] },
    },
    replacements,
  );
  return after.outputs.map((output, i) => {
    const k = i - parts.info.states.length;
    const whole = k < 0 ? undefined : rows.get(parts.results.collected[k]);
    // A step that only hands on a row of a sequence needs no loop.
    const isWhole =
      whole !== undefined && parts.outer.lengths[k] === parts.outer.steps && whole.type.equals(output.type);
    return isWhole ? withAllRows(whole, parts.outer.steps) : output;
  });
});

const TOO_SHORT = new Assert("Sequence is shorter than the required number of steps");

/** The rows that took the place of a loop; where the number of steps was given, there must be as many. */
function withAllRows(whole: Variable, steps: Variable): Variable {
  return followsFrom(steps, whole) ? whole : TOO_SHORT.call(whole, applyElemwise("eq", shapeI(whole, 0), steps));
}

/** Whether a number of steps was read from lengths of what the rows are made of. */
function followsFrom(steps: Variable, whole: Variable): boolean {
  const leaves = new Set(graphInputs([whole]));
  return ancestors([steps]).some(({ owner }) => {
    const readsLength = owner?.op instanceof ShapeI || owner?.op instanceof Shape;
    return readsLength && graphInputs(owner.inputs).some((leaf) => leaves.has(leaf));
  });
}

/** What a node computes for all steps, or null for an op that does not keep rows apart. */
function forAllSteps(
  { op, inputs }: Apply,
  rows: ReadonlyMap<Variable, Variable>,
  fixed: ReadonlyMap<Variable, Variable>,
): Variable | null {
  const wholes = inputs.map((x) => rows.get(x) ?? fixed.get(x) ?? x);
  // Inputs that are the same in every step have no dimension for the steps; they broadcast along it.
  if (op instanceof Elemwise) return op.apply(...wholes).out;
  if (!(op instanceof DimShuffle)) return null;
  const order: DimShuffleItem[] = [0, ...op.order.map((item): DimShuffleItem => (item === "x" ? "x" : item + 1))];
  return new DimShuffle(wholes[0].broadcastable, order).apply(wholes[0]).out;
}

/** The variables computed by `pushed` that the rest of the inner graph, or an output, needs. */
function borderOf({ results }: ScanParts, pushed: ReadonlySet<Apply>): Variable[] {
  const isPushed = (x: Variable): boolean => x.owner !== null && pushed.has(x.owner);
  const outputs = joinInnerOutputs(results);
  const rest = toposort(outputs).filter((node) => !pushed.has(node));
  return [...new Set([...rest.flatMap((node) => node.inputs), ...outputs])].filter(isPushed);
}

/** New inner inputs for variables that come from outside now. */
function standIns(used: readonly Variable[]): Map<Variable, Variable> {
  return new Map(used.map((x) => [x, new TensorVariable(x.type)]));
}
