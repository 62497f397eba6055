/**
 * Fusion: elementwise nodes that follow one another become one, so that intermediate arrays are neither allocated nor
 * read back. A node is taken in when nobody else reads it and it computes as many elements as the node that reads it.
 *
 * The order in which nodes are taken in, and so the numbering of the inputs, is that of Theano's
 * `local_elemwise_fusion_op`.
 */
import { config } from "../config/index.ts";
import { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { FusedElemwise } from "../ops/composite.ts";
import { Elemwise } from "../ops/elemwise.ts";
import { Composite, call, type Part } from "../scalar/composite.ts";
import { input } from "../scalar/expr.ts";
import type { ScalarOpName } from "../scalar/table.ts";
import { type GraphRewrite, graphRewrite } from "./rewrite.ts";
import type { RewriteRun } from "./run.ts";

/** Inputs that a fused node may have. */
const MOST_INPUTS = 32;
/** Scalar ops that a fused node may hold: compiling a loop takes more than proportionally longer. */
const MOST_OPS = 300;

/** Ops that Theano has no C code for. They take so long that sharing a loop with others saves nothing. */
const ALONE: ReadonlySet<ScalarOpName> = new Set<ScalarOpName>(["erfinv", "erfcinv", "erfcx", "i0", "i1", "iv", "jv"]);

/** Nested sums and products first, then whole expressions; Theano's `elemwise_fusion`. */
export const elemwiseFusion: GraphRewrite = graphRewrite("FusionOptimizer", (run) => {
  if (!config.tensor.local_elemwise_fusion) return;
  repeat(run, flattened);
  repeat(run, fused);
});

/** Looks at all nodes from the outputs up, again and again until nothing changes. */
function repeat(run: RewriteRun, fuse: (node: Apply, fgraph: FunctionGraph) => Variable | null): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of run.fgraph.toposort().reverse()) {
      if (!run.fgraph.nodes.has(node)) continue;
      const replacement = fuse(node, run.fgraph);
      if (replacement === null) continue;
      run.replace([[node.out, replacement]], "FusionOptimizer");
      changed = true;
    }
  }
}

/** (a + b) + c → a + b + c, and so for products: what is computed stays the same to the last digit. */
function flattened(node: Apply, fgraph: FunctionGraph): Variable | null {
  const { op } = node;
  if (!(op instanceof Elemwise) || (op.scalarName !== "add" && op.scalarName !== "mul")) return null;
  const { out } = node;
  let inputs: readonly Variable[] = node.inputs;
  for (;;) {
    const [first, ...rest] = inputs;
    const { owner } = first;
    if (owner === null || !owner.op.equals(op)) break;
    if (first.dtype !== out.dtype || fgraph.clients(first).length > 1) break;
    inputs = [...owner.inputs, ...rest];
  }
  return inputs === node.inputs ? null : new Apply(op, inputs, [out.type], node.origin).out;
}

/** What an elementwise node computes, or null for other nodes. */
function scalarOf(node: Apply): ScalarOpName | Composite | null {
  if (Object.keys(node.op.destroys).length > 0) return null;
  if (node.op instanceof FusedElemwise) return node.op.composite;
  return node.op instanceof Elemwise && !ALONE.has(node.op.scalarName) ? node.op.scalarName : null;
}

/** The inputs of a fused node in the making, and the parts of its expression that stand for them. */
class Inputs {
  readonly variables: Variable[] = [];
  readonly parts: Part[] = [];

  /** The part that stands for a variable: one that is there already, or a new input. */
  of(variable: Variable): Part {
    const at = this.variables.indexOf(variable);
    return at < 0 ? this.add(variable) : this.parts[at];
  }

  add(variable: Variable): Part {
    const part = input(this.variables.length, variable.dtype);
    this.variables.push(variable);
    this.parts.push(part);
    return part;
  }
}

/** The node with those of its inputs taken in that can be, or null when there is none. */
function fused(node: Apply, fgraph: FunctionGraph): Variable | null {
  const op = scalarOf(node);
  if (op === null) return null;
  const inputs = new Inputs();
  let count = node.inputs.length;
  let size = sizeOf(op);
  let isFused = false;
  const parts = node.inputs.map((variable) => {
    const producer = fusible(variable, node, fgraph);
    if (producer !== null) {
      const isNew = (v: Variable): boolean => !inputs.variables.includes(v);
      const added = [...new Set(producer.node.inputs.filter(isNew))];
      const grown = count - 1 + added.filter((v) => !node.inputs.includes(v)).length;
      if (grown <= MOST_INPUTS && size + sizeOf(producer.op) <= MOST_OPS) {
        isFused = true;
        count = grown;
        size += sizeOf(producer.op);
        return part(
          producer.op,
          producer.node.inputs.map((v) => inputs.of(v)),
          variable.dtype,
        );
      }
    }
    // As in Theano: what the node reads several times becomes several inputs.
    const isComplete = occurrences(inputs.variables, variable) === occurrences(node.inputs, variable);
    return isComplete ? inputs.of(variable) : inputs.add(variable);
  });
  if (!isFused) return null;
  const composite = new Composite(call(op, parts, node.out.dtype));
  return new Apply(new FusedElemwise(composite), inputs.variables, [node.out.type], node.origin).out;
}

function part(op: ScalarOpName | Composite, args: readonly Part[], dtype: Part["dtype"]): Part {
  return { kind: "call", op, args, dtype };
}

function sizeOf(op: ScalarOpName | Composite): number {
  return typeof op === "string" ? 1 : op.size;
}

function occurrences(list: readonly Variable[], variable: Variable): number {
  return list.filter((v) => v === variable).length;
}

/** The elementwise node behind an input of `node`, when `node` alone reads it and needs all of its elements once. */
function fusible(
  variable: Variable,
  node: Apply,
  fgraph: FunctionGraph,
): { readonly node: Apply; readonly op: ScalarOpName | Composite } | null {
  const { owner } = variable;
  const op = owner === null ? null : scalarOf(owner);
  if (owner === null || op === null) return null;
  const alone = fgraph.clients(variable).every((client) => client.node === node);
  const sameElements = variable.broadcastable.every((repeats, axis) => repeats === node.out.broadcastable[axis]);
  return alone && sameElements ? { node: owner, op } : null;
}
