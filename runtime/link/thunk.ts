/** Thunks: one node, ready to run on arrays. */
import { NDArray } from "../array/ndarray.ts";
import { sameShape } from "../array/shape.ts";
import type { Backend, BackendName } from "../backend/backend.ts";
import { NotImplementedError } from "../base/errors.ts";
import type { Apply } from "../graph/apply.ts";
import { destroyedInputs } from "../graph/destroy.ts";
import type { InnerFunction, InnerGraph, Op } from "../graph/op.ts";
import { stage } from "../loop/stage.ts";
import { KernelCache } from "./kernels.ts";

/** What ran a node: the IR's interpreter, the op's own JavaScript, or a backend. */
export type Implementation = "perform" | BackendName;

export interface Thunk {
  readonly node: Apply;
  readonly implementation: Implementation;
  /** Outputs for inputs: new arrays, views where the op says so, or overwritten inputs where it says that. */
  run(inputs: readonly NDArray[]): readonly NDArray[];
}

/** Inputs whose memory a thunk must leave as it is, also where its op overwrites them, by their positions. */
export type Borrowed = ReadonlySet<number>;
const NOTHING: Borrowed = new Set();

/** Makes the inner graph of an op runnable; what it gives may lie where the results of its last run did if the op copies it. */
export type LinkInner = (inner: InnerGraph, copies: boolean) => InnerFunction;

/**
 * A thunk from the node's loop IR, compiled by `backend`; from the op's inner graph or its own JavaScript where the op
 * has no loop IR or the backend refuses it. A kernel that `kernels` knows is not compiled again.
 * @throws NotImplementedError when the op can be run in no way.
 */
export function makeThunk(
  node: Apply,
  backend: Backend,
  linkInner: LinkInner,
  borrowed: Borrowed = NOTHING,
  kernels = new KernelCache(),
): Thunk {
  return (
    kernelThunk(node, backend, borrowed, kernels) ??
    innerThunk(node, backend, linkInner, borrowed) ??
    performThunk(node, borrowed) ??
    noImplementation(node, backend)
  );
}

/** A thunk that runs the op's inner graph, linked once, or null when the op has none. */
export function innerThunk(
  node: Apply,
  backend: Backend,
  linkInner: LinkInner,
  borrowed: Borrowed = NOTHING,
): Thunk | null {
  const { op } = node;
  if (op.inner === undefined || op.performInner === undefined) return null;
  const run = linkInner(op.inner, op.copiesInner);
  const writable = writableInputs(op, borrowed);
  return {
    node,
    implementation: backend.name,
    run: (inputs) => op.performInner?.(node, writable(inputs), run) ?? [],
  };
}

/**
 * A thunk from the node's loop IR, or null when the op has none or the backend refuses it. What the op overwrites is
 * handed to the kernel as the output: it reads an element of it only where it writes one.
 */
export function kernelThunk(
  node: Apply,
  backend: Backend,
  borrowed: Borrowed = NOTHING,
  kernels = new KernelCache(),
): Thunk | null {
  const lowered = node.op.lower?.(node) ?? null;
  if (lowered === null || (lowered.nativeOnly && backend.name === "js")) return null;
  if (backend.supports(lowered.kernel) !== true) return null;
  const kernel = kernels.compile(node, stage(`lowering ${node.op}`, lowered.kernel), backend);
  const dtypes = node.outputs.map((o) => o.dtype);
  const overwritten = node.outputs.map((_, i): number | undefined => {
    const input = node.op.destroys[i];
    return borrowed.has(input) ? undefined : input;
  });
  return {
    node,
    get implementation() {
      return kernel.tier?.() ?? backend.name;
    },
    run(inputs) {
      const shapes = lowered.shapes(
        inputs.map((x) => x.shape),
        inputs,
      );
      lowered.check?.run(inputs);
      const outputs = shapes.map((shape, i) => {
        const input = overwritten[i];
        if (input !== undefined && canHold(inputs[input], shape)) return inputs[input];
        return NDArray.zeros(shape, dtypes[i]);
      });
      kernel(inputs, outputs);
      return outputs;
    },
  };
}

/** Copies what the op would overwrite and must not. */
function writableInputs(op: Op, borrowed: Borrowed): (inputs: readonly NDArray[]) => readonly NDArray[] {
  const copied = destroyedInputs(op).filter((input) => borrowed.has(input));
  if (copied.length === 0) return (inputs) => inputs;
  return (inputs) => inputs.map((x, i) => (copied.includes(i) ? x.copy() : x));
}

/** Whether every element of the shape has a place of its own in the array. */
function canHold(array: NDArray, shape: readonly number[]): boolean {
  return sameShape(array.shape, shape) && array.strides.every((stride, axis) => stride !== 0 || shape[axis] <= 1);
}

/** A thunk from the op's own JavaScript, or null when it has none. */
export function performThunk(node: Apply, borrowed: Borrowed = NOTHING): Thunk | null {
  const { op } = node;
  if (op.perform === undefined) return null;
  const writable = writableInputs(op, borrowed);
  return {
    node,
    implementation: "perform",
    run(inputs) {
      const outputs = op.perform?.(node, writable(inputs)) ?? [];
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
