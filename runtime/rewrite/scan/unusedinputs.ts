/** Inputs of a Scan that its steps do not need: unread ones, repeated ones, constants. */
import { NDArray } from "../../array/ndarray.ts";
import type { Variable } from "../../graph/variable.ts";
import { TensorConstant } from "../../graph/variable.ts";
import { graphInputs } from "../../graph/walk.ts";
import { joinInnerOutputs } from "../../ops/scan/layout.ts";
import { Subtensor } from "../../ops/subtensor.ts";
import { type NodeRewrite, nodeRewrite } from "../rewrite.ts";
import { assemble, partsOf, pick, placesWhere } from "./parts.ts";

/**
 * Takes away non-sequences and sequences that no step reads or that are there twice, and moves constants, and sequences
 * whose rows are all the same constant, into the inner graph.
 */
export const removeConstantsAndUnusedInputs: NodeRewrite = nodeRewrite(
  "remove_constants_and_unused_inputs_scan",
  ["Scan"],
  (node) => {
    const parts = partsOf(node);
    if (parts === null) return null;
    const { outer, inner, results } = parts;
    const read = new Set(graphInputs(joinInnerOutputs(results)));
    const replacements = new Map<Variable, Variable>();
    const keep = (outside: readonly Variable[], inside: readonly Variable[], constantOf: ConstantOf): number[] => {
      const firsts = new Map<Variable, Variable>();
      return placesWhere(inside, (variable, i) => {
        if (!read.has(variable)) return false;
        const twin = constantOf(outside[i], variable) ?? firsts.get(outside[i]);
        if (twin === undefined) {
          firsts.set(outside[i], variable);
          return true;
        }
        if (!twin.type.equals(variable.type)) return true;
        replacements.set(variable, twin);
        return false;
      });
    };
    const others = keep(outer.others, inner.others, constantItself);
    const sequences = keep(outer.sequences, inner.sequences, constantRow);
    if (others.length === inner.others.length && sequences.length === inner.sequences.length) return null;
    return assemble(
      {
        ...parts,
        outer: { ...outer, sequences: pick(outer.sequences, sequences), others: pick(outer.others, others) },
        inner: { ...inner, sequences: pick(inner.sequences, sequences), others: pick(inner.others, others) },
      },
      replacements,
    ).outputs;
  },
);

/** The constant that stands for an input in the inner graph, if there is one. */
type ConstantOf = (outside: Variable, inside: Variable) => TensorConstant | undefined;

const constantItself: ConstantOf = (outside, inside) =>
  outside instanceof TensorConstant ? new TensorConstant(inside.type, outside.value) : undefined;

/** The row of a constant sequence, cut or not, whose rows are all the same. */
const constantRow: ConstantOf = (outside, inside) => {
  const { op, inputs } = outside.owner ?? {};
  const source = op instanceof Subtensor && inputs !== undefined ? inputs[0] : outside;
  if (!(source instanceof TensorConstant) || source.ndim !== outside.ndim || source.value.shape[0] === 0)
    return undefined;
  const first = source.value.slice(0);
  const rows = Array.from({ length: source.value.shape[0] }, (_, i) => source.value.slice(i));
  return rows.every((row) => row.equals(first))
    ? new TensorConstant(inside.type, NDArray.from(first.copy()))
    : undefined;
};
