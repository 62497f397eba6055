/**
 * Fusion: elementwise nodes that follow one another become one, so that intermediate arrays are neither allocated nor
 * read back. A node is taken in when nobody else reads it and it computes as many elements as the node that reads it.
 *
 * The order in which nodes are taken in, and so the numbering of the inputs, is that of Theano's
 * `local_elemwise_fusion_op`.
 */
import type { DType } from "../array/dtype.ts";
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
const MOST_OPS = 256;

/** Terms of a sum and factors of a product that one node may take: each is an argument of the compiled loop. */
const MOST_TERMS = 256;

/** Ops that Theano has no C code for. They take so long that sharing a loop with others saves nothing. */
const ALONE: ReadonlySet<ScalarOpName> = new Set<ScalarOpName>(["erfinv", "erfcinv", "erfcx", "i0", "i1", "iv", "jv"]);

/** Nested sums and products first, then whole expressions; Theano's `elemwise_fusion`. */
export const elemwiseFusion: GraphRewrite = graphRewrite("FusionOptimizer", fuseAll, "FusionOptimizer");

function fuseAll(run: RewriteRun): void {
  if (!config.tensor.local_elemwise_fusion) return;
  repeat(run, flattened);
  repeat(run, fused);
}

/** Looks at all nodes from the outputs up, again and again until nothing changes. */
function repeat(run: RewriteRun, fuse: (node: Apply, fgraph: FunctionGraph) => Variable | null): void {
  for (let changed = true; changed; ) {
    changed = false;
    run.count("nb_iter");
    for (const node of run.toposort().reverse()) {
      if (!run.fgraph.nodes.has(node)) continue;
      const replacement = fuse(node, run.fgraph);
      if (replacement === null) continue;
      run.replace([[node.out, replacement]], "FusionOptimizer");
      run.count("nb_replacement");
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
    if (owner.inputs.length + rest.length > MOST_TERMS) break;
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

/** A place of the expression where a variable is read, until the node that computes it is taken in. */
interface Leaf {
  readonly variable: Variable;
  /** What the place has become: a call, or another place where the same variable is read. */
  value: Growing | null;
}

type Growing =
  | Leaf
  | { readonly op: ScalarOpName | Composite; readonly args: readonly Growing[]; readonly dtype: DType };

/** What has been taken in so far: how many scalar ops, and the places where variables are read, in the order of inputs. */
interface Level {
  readonly size: number;
  readonly leaves: readonly Leaf[];
}

/** The node with all that can be taken in, level by level, or null when there is nothing. */
function fused(node: Apply, fgraph: FunctionGraph): Variable | null {
  const op = scalarOf(node);
  if (op === null) return null;
  const first = node.inputs.map((variable): Leaf => ({ variable, value: null }));
  const start: Level = { size: sizeOf(op), leaves: first };
  let level = start;
  for (let next = deeper(level, node, fgraph); next !== null; next = deeper(level, node, fgraph)) level = next;
  if (level === start) return null;
  const { leaves } = level;
  const composite = new Composite(call(op, partsOf(first, leaves), node.out.dtype));
  const inputs = leaves.map((leaf) => leaf.variable);
  return new Apply(new FusedElemwise(composite), inputs, [node.out.type], node.origin).out;
}

/** Takes in the nodes that compute the inputs of a level; null when none can be. */
function deeper({ size, leaves }: Level, node: Apply, fgraph: FunctionGraph): Level | null {
  // Taking in a node frees one place at most; a sum of thousands of terms need not be looked at.
  if (leaves.length - 1 > MOST_INPUTS) return null;
  const variables = leaves.map((leaf) => leaf.variable);
  const next: Leaf[] = [];
  const placeOf = (variable: Variable): Leaf | undefined => next.find((leaf) => leaf.variable === variable);
  const values = new Map<Leaf, Growing>();
  let count = leaves.length;
  let grownSize = size;
  let isFused = false;
  for (const leaf of leaves) {
    const { variable } = leaf;
    const producer = fusible(variable, node, fgraph);
    const added = new Set(producer?.node.inputs.filter((v) => placeOf(v) === undefined));
    const grown = count - 1 + [...added].filter((v) => !variables.includes(v)).length;
    if (producer !== null && grown <= MOST_INPUTS && grownSize + sizeOf(producer.op) <= MOST_OPS) {
      isFused = true;
      count = grown;
      grownSize += sizeOf(producer.op);
      next.push(...[...added].map((v): Leaf => ({ variable: v, value: null })));
      const args = producer.node.inputs.flatMap((v) => placeOf(v) ?? []);
      values.set(leaf, { op: producer.op, args, dtype: variable.dtype });
      continue;
    }
    // As in Theano: what is read several times becomes several inputs.
    const known = placeOf(variable);
    const isComplete =
      occurrences(
        next.map((one) => one.variable),
        variable,
      ) === occurrences(variables, variable);
    if (known !== undefined && isComplete) values.set(leaf, known);
    else next.push(leaf);
  }
  if (!isFused) return null;
  for (const [leaf, value] of values) leaf.value = value;
  return { size: grownSize, leaves: next };
}

/** The expressions that places have become, over the last places as inputs. */
function partsOf(first: readonly Leaf[], last: readonly Leaf[]): Part[] {
  const parts = new Map<Growing, Part>(last.map((leaf, i) => [leaf, input(i, leaf.variable.dtype)]));
  const part = (growing: Growing): Part => {
    const known = parts.get(growing);
    if (known !== undefined) return known;
    const made =
      "variable" in growing ? resolved(growing) : { ...growing, kind: "call" as const, args: growing.args.map(part) };
    parts.set(growing, made);
    return made;
  };
  const resolved = ({ variable, value }: Leaf): Part => {
    if (value === null) throw new Error(`${variable} is no input of the fused node`);
    return part(value);
  };
  return first.map(part);
}

function sizeOf(op: ScalarOpName | Composite): number {
  return typeof op === "string" ? 1 : op.size;
}

function occurrences(list: readonly Variable[], variable: Variable): number {
  return list.filter((v) => v === variable).length;
}

/**
 * The elementwise node behind an input of `node`, when one node alone reads it, which is `node` or has been taken in by it,
 * and needs all of its elements once.
 */
function fusible(
  variable: Variable,
  node: Apply,
  fgraph: FunctionGraph,
): { readonly node: Apply; readonly op: ScalarOpName | Composite } | null {
  const { owner } = variable;
  const op = owner === null ? null : scalarOf(owner);
  if (owner === null || op === null) return null;
  const [client, ...others] = fgraph.clients(variable);
  const alone = client?.node !== "output" && others.every((other) => other.node === client?.node);
  const sameElements = variable.broadcastable.every((repeats, axis) => repeats === node.out.broadcastable[axis]);
  return alone && sameElements ? { node: owner, op } : null;
}
