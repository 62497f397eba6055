/** The shape of what a step of a Scan gives, known without running it. */
import { constant } from "../../graph/constant.ts";
import { TensorConstant, type Variable } from "../../graph/variable.ts";
import { ancestors, cloneGraph, toposort } from "../../graph/walk.ts";
import { shapeI } from "../shape.ts";
import { type InnerInputs, joinInnerInputs, type OuterInputs } from "./layout.ts";

/**
 * The lengths of values that a step computes, in terms of what is outside of the loop; null for those that are not known
 * before the loop has run.
 *
 * @param outer the inputs of the node.
 * @param lengths the lengths of these.
 */
export function rowLengths(
  values: readonly Variable[],
  inner: InnerInputs<Variable>,
  outer: OuterInputs<Variable>,
  lengths: OuterInputs<readonly Variable[]>,
): readonly (readonly (Variable | null)[])[] {
  const known = new Map<Variable, readonly Variable[]>();
  inner.sequences.forEach((x, i) => {
    known.set(x, lengths.sequences[i].slice(1));
  });
  inner.states.forEach((rows, i) => {
    for (const row of rows) known.set(row, lengths.states[i].slice(1));
  });
  inner.others.forEach((x, i) => {
    known.set(x, lengths.others[i]);
  });
  const lengthsOf = (x: Variable): readonly Variable[] =>
    known.get(x) ?? x.type.shape.map((dim, axis) => lengthOf(x, dim, axis));
  for (const node of toposort(values, known)) {
    const inferred = node.op.inferShape?.(node, node.inputs.map(lengthsOf));
    node.outputs.forEach((output, i) => {
      known.set(output, inferred?.[i] ?? lengthsOf(output));
    });
  }
  const outside = new Map<Variable, Variable>(inner.others.map((x, i) => [x, outer.others[i]]));
  const inside = new Set(joinInnerInputs(inner));
  return values.map((x) =>
    cloneGraph(lengthsOf(x), outside).map((length) => (readsAny(length, inside) ? null : length)),
  );
}

function lengthOf(x: Variable, dim: number | null, axis: number): Variable {
  if (x instanceof TensorConstant) return constant(x.value.shape[axis], null, "int64");
  return dim === null ? shapeI(x, axis) : constant(dim, null, "int64");
}

function readsAny(variable: Variable, leaves: ReadonlySet<Variable>): boolean {
  return ancestors([variable]).some((x) => leaves.has(x));
}
