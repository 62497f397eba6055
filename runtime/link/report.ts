/** Run-time errors: which node failed, on what, and where the user wrote it. The format is Theano 1.0.5's. */
import type { NDArray } from "../array/ndarray.ts";
import { MemoryError } from "../base/errors.ts";
import { pyList, pyTuple } from "../base/python.ts";
import { config } from "../config/index.ts";
import type { Apply } from "../graph/apply.ts";
import { debugprint } from "../graph/debugprint.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { storageFootprint } from "./footprint.ts";

/** A node at the moment it failed. */
export interface FailedNode {
  readonly node: Apply;
  /** Position in execution order. */
  readonly index: number;
  readonly inputs: readonly NDArray[];
  readonly fgraph: FunctionGraph;
  /** What the program holds; null: whoever reports does not know. */
  readonly values: ReadonlyMap<Variable, NDArray> | null;
}

/** Values of up to this many elements are shown. */
const SHOWN_ELEMENTS = 5;

/**
 * The same error, its message followed by the report on the node; what is not an Error becomes one. The failing node
 * is kept under `applyNode`.
 */
export function raiseWithOp(error: unknown, failed: FailedNode): Error {
  const original = error instanceof Error ? error : new Error(String(error));
  original.message = `${original.message}${nodeReport(failed, original instanceof MemoryError)}`;
  // Not enumerable: whoever prints or copies an error must not walk the whole graph behind the node.
  return Object.defineProperty(original, "applyNode", { value: failed.node, configurable: true });
}

/** The lines Theano appends to an error that a node raised. */
export function nodeReport(failed: FailedNode, isOutOfMemory = false): string {
  const { node, index, inputs, fgraph } = failed;
  const lines = [
    `Apply node that caused the error: ${node}`,
    `Toposort index: ${index}`,
    `Inputs types: ${pyList(node.inputs.map((v) => String(v.type)))}`,
    `Inputs shapes: ${pyList(inputs.map((x) => pyTuple(x.shape)))}`,
    `Inputs strides: ${pyList(inputs.map((x) => pyTuple(x.byteStrides)))}`,
    `Inputs values: ${pyList(inputs.map((x) => (x.size <= SHOWN_ELEMENTS ? x.repr() : "'not shown'")))}`,
    `Outputs clients: ${pyList(node.outputs.map((o) => pyList(fgraph.clients(o).map((c) => (c.node === "output" ? "'output'" : String(c.node))))))}`,
  ];
  return `\n${lines.join("\n")}\n${createdAt(node)}${verbose(failed, isOutOfMemory)}${hints(node)}`;
}

function createdAt(node: Apply): string {
  const trace = node.origin.traceback();
  if (trace === "") return "";
  return `\nBacktrace when the node is created(use Theano flag traceback.limit=N to make it longer):\n${trace}`;
}

function verbose({ node, fgraph, values }: FailedNode, isOutOfMemory: boolean): string {
  const isHigh = config.exception_verbosity === "high";
  const footprint = values !== null && (isHigh || isOutOfMemory) ? `\n${storageFootprint(fgraph, values)}` : "";
  if (!isHigh) return footprint;
  return `\nDebugprint of the apply node: \n${debugprint(node, { printType: true, stopOnName: true })}${footprint}`;
}

function hints(node: Apply): string {
  const lines: string[] = [];
  if (node.origin.frames.length === 0)
    lines.push(
      "HINT: Re-running with a Theano flag traceback.limit greater than 0 gives a back-trace of when this node was created.",
    );
  if (config.exception_verbosity !== "high")
    lines.push(
      "HINT: Use the Theano flag 'exception_verbosity=high' for a debugprint and storage map footprint of this apply node.",
    );
  return lines.length === 0 ? "" : `\n${lines.join("\n")}`;
}
