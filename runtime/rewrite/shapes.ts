/** Rewrites of shapes: lengths are told by inference, so that nothing is computed for its shape alone. */
import type { Feature, FunctionGraph } from "../graph/fgraph.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { inferLengths, ShapeInference, type SymbolicShape } from "../ops/infershape.ts";
import { patternbroadcast } from "../ops/rebroadcast.ts";
import { ShapeI } from "../ops/shape.ts";
import { MakeVector } from "../ops/shapevector.ts";
import { graphRewrite, nodeRewrite, type Registration } from "./rewrite.ts";

/** Knows the symbolic lengths of a graph's variables while it is rewritten; Theano's feature of this name. */
export class ShapeFeature implements Feature {
  readonly #inference = new ShapeInference();

  lengths(variable: Variable): SymbolicShape {
    return this.#inference.lengths(variable);
  }

  onChangeInput(): void {
    this.#inference.graphChanged();
  }
}

/** Gives the graph a {@link ShapeFeature}. */
export const shapeOpt = graphRewrite("ShapeOpt", ({ fgraph }) => {
  if (fgraph.feature(ShapeFeature) === null) fgraph.attach(new ShapeFeature());
});

/** Takes it away again, so that the passes after it leave shapes alone. */
export const unShapeOpt = graphRewrite("UnShapeOpt", ({ fgraph }) => {
  const feature = fgraph.feature(ShapeFeature);
  if (feature !== null) fgraph.detach(feature);
});

/** The lengths of a variable of the graph. */
export function lengthsIn(fgraph: FunctionGraph, variable: Variable): SymbolicShape {
  return fgraph.feature(ShapeFeature)?.lengths(variable) ?? inferLengths(variable);
}

/** Shape(f(x)) → MakeVector of lengths. */
export const localShapeToShapeI = nodeRewrite("local_shape_to_shape_i", ["Shape"], (node, fgraph) => {
  if (fgraph.feature(ShapeFeature) === null) return null;
  const vector = new MakeVector("int64").apply(...lengthsIn(fgraph, node.inputs[0])).out;
  return patternbroadcast(vector, node.out.broadcastable);
});

/** Shape_i(f(x)) → the length as an expression of those of x. */
export const localTrackShapeI = nodeRewrite("local_track_shape_i", ["Shape_i"], (node, fgraph) => {
  const { op } = node;
  const [x] = node.inputs;
  if (!(op instanceof ShapeI) || fgraph.feature(ShapeFeature) === null) return null;
  if (x.type.shape[op.axis] === null && x.owner?.op.inferShape === undefined) return null;
  const length = lengthsIn(fgraph, x)[op.axis];
  const same = length.owner?.op instanceof ShapeI && length.owner.inputs[0] === x;
  return same || !length.type.equals(node.out.type) ? null : length;
});

/** Whether two lengths are known to be equal: the same variable, equal constants, or the same `Shape_i`. */
export function sameLength(a: Variable, b: Variable): boolean {
  if (a === b) return true;
  if (a instanceof TensorConstant && b instanceof TensorConstant)
    return Number(a.value.item()) === Number(b.value.item());
  const [m, n] = [a.owner, b.owner];
  return m?.op instanceof ShapeI && n !== null && m.op.equals(n.op) && m.inputs[0] === n.inputs[0];
}

export const SHAPES: readonly Registration[] = [
  { rewrite: localShapeToShapeI, stages: ["canonicalize", "specialize"], tags: ["fast_run"] },
  { rewrite: localTrackShapeI, stages: ["canonicalize", "specialize"], tags: ["fast_run"] },
];
