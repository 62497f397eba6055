/** Thunks: one node, ready to run on arrays. */
import { NDArray } from "../array/ndarray.ts";
import type { Backend, BackendName } from "../backend/backend.ts";
import { NotImplementedError } from "../base/errors.ts";
import type { Apply } from "../graph/apply.ts";
import type { InnerFunction, InnerGraph } from "../graph/op.ts";

/** What ran a node: the IR's interpreter, the op's own JavaScript, or a backend. */
export type Implementation = "perform" | BackendName;

export interface Thunk {
  readonly node: Apply;
  readonly implementation: Implementation;
  /** Outputs for inputs; new arrays, or views where the op says so. */
  run(inputs: readonly NDArray[]): readonly NDArray[];
}

/** Makes the inner graph of an op runnable. */
export type LinkInner = (inner: InnerGraph) => InnerFunction;

/**
 * A thunk from the node's loop IR, compiled by `backend`; from the op's inner graph or its own JavaScript where the op
 * has no loop IR or the backend refuses it.
 * @throws NotImplementedError when the op can be run in no way.
 */
export function makeThunk(node: Apply, backend: Backend, linkInner: LinkInner): Thunk {
  return (
    kernelThunk(node, backend) ??
    innerThunk(node, backend, linkInner) ??
    performThunk(node) ??
    noImplementation(node, backend)
  );
}

/** A thunk that runs the op's inner graph, linked once, or null when the op has none. */
export function innerThunk(node: Apply, backend: Backend, linkInner: LinkInner): Thunk | null {
  const { op } = node;
  if (op.inner === undefined || op.performInner === undefined) return null;
  const run = linkInner(op.inner);
  return {
    node,
    implementation: backend.name,
    run: (inputs) => op.performInner?.(node, inputs, run) ?? [],
  };
}

/** A thunk from the node's loop IR, or null when the op has none or the backend refuses it. */
export function kernelThunk(node: Apply, backend: Backend): Thunk | null {
  const lowered = node.op.lower?.(node) ?? null;
  if (lowered === null || backend.supports(lowered.kernel) !== true) return null;
  const [kernel] = backend.compile([lowered.kernel]);
  const dtypes = node.outputs.map((o) => o.dtype);
  return {
    node,
    implementation: backend.name,
    run(inputs) {
      const shapes = lowered.shapes(inputs.map((x) => x.shape));
      lowered.check?.(inputs);
      const outputs = shapes.map((shape, i) => NDArray.zeros(shape, dtypes[i]));
      kernel(inputs, outputs);
      return outputs;
    },
  };
}

/** A thunk from the op's own JavaScript, or null when it has none. */
export function performThunk(node: Apply): Thunk | null {
  const { op } = node;
  if (op.perform === undefined) return null;
  return {
    node,
    implementation: "perform",
    run(inputs) {
      const outputs = op.perform?.(node, inputs) ?? [];
      if (outputs.length !== node.outputs.length)
        throw new TypeError(
          `The perform method of ${op} gave ${outputs.length} values, and its node has ${node.outputs.length} outputs.`,
        );
      return outputs;
    },
  };
}

function noImplementation(node: Apply, backend: Backend): never {
  throw new NotImplementedError(
    `${node.op} can be run neither by the ${backend.name} backend nor by itself: give it \`lower\`, \`perform\` or an inner graph.`,
  );
}
