/**
 * The loop VM: runs the thunks of a graph one after the other over a table of storage cells.
 *
 * A node that overwrites an input works in its memory only where the program made that array itself. Arguments, shared
 * values and constants are never written to, also where the graph says so: a shared variable gets its new value after
 * the whole call has succeeded.
 */
import type { NDArray } from "../array/ndarray.ts";
import type { Backend } from "../backend/backend.ts";
import type { Apply } from "../graph/apply.ts";
import { destroyedInputs, respectDestroyMaps, viewRoot } from "../graph/destroy.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import type { InnerFunction, InnerGraph } from "../graph/op.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { raiseWithOp } from "./report.ts";
import { type Borrowed, makeThunk, type Thunk } from "./thunk.ts";
import type { Tracer } from "./trace.ts";

/** A linked graph. */
export interface Program {
  readonly nodes: readonly Apply[];
  readonly thunks: readonly Thunk[];
  /** Values of the graph's outputs for values of its inputs, both in the graph's order. */
  run(inputs: readonly NDArray[]): NDArray[];
}

export interface LinkOptions {
  readonly backend: Backend;
  /** Forget intermediate values after their last use (Theano's `allow_gc`). */
  readonly allowGc: boolean;
  /** Told of every node that ran; null when nobody listens. */
  readonly tracer: Tracer | null;
}

interface Step {
  readonly thunk: Thunk;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Cells nobody reads after this step. */
  readonly frees: readonly number[];
  /** Outputs that a later step overwrites, and that must not show the memory of an input. */
  readonly owned: readonly number[];
}

/** Strings the thunks of a graph together in topological order. */
export function linkLoop(fgraph: FunctionGraph, options: LinkOptions): Program {
  const nodes = fgraph.toposort();
  const outer = new Set<Variable>(fgraph.inputs);
  const thunks = nodes.map((node) =>
    makeThunk(node, options.backend, (inner) => linkInner(inner, options), borrowedInputs(node, outer)),
  );
  const cells = numberCells(fgraph, nodes);
  const steps = planSteps(fgraph, thunks, cells, options.allowGc);
  const constants = [...cells].filter(([v]) => v instanceof TensorConstant);
  const inputCells = fgraph.inputs.map((v) => cellOf(cells, v));
  const outputCells = fgraph.outputs.map((v) => cellOf(cells, v));
  return {
    nodes,
    thunks,
    run(inputs) {
      const storage = new Array<NDArray | null>(cells.size).fill(null);
      for (const [variable, cell] of constants) if (variable instanceof TensorConstant) storage[cell] = variable.value;
      inputCells.forEach((cell, i) => {
        storage[cell] = inputs[i];
      });
      for (const [index, step] of steps.entries()) runStep(step, index, storage, fgraph, options.tracer);
      return outputCells.map((cell) => read(storage, cell));
    },
  };
}

/** Makes the graph inside of an op runnable. */
export function linkInner(inner: InnerGraph, options: LinkOptions): InnerFunction {
  const fgraph = new FunctionGraph(inner.inputs, inner.outputs);
  respectDestroyMaps(fgraph);
  return linkLoop(fgraph, { ...options, tracer: null }).run;
}

/** Inputs of a node that it would overwrite, but which come from outside of the program. */
function borrowedInputs(node: Apply, outer: ReadonlySet<Variable>): Borrowed {
  const roots = destroyedInputs(node.op).map((index) => ({ index, root: viewRoot(node.inputs[index]) }));
  return new Set(roots.filter(({ root }) => root.owner === null || outer.has(root)).map(({ index }) => index));
}

function runStep(
  step: Step,
  index: number,
  storage: (NDArray | null)[],
  fgraph: FunctionGraph,
  tracer: Tracer | null,
): void {
  const inputs = step.inputs.map((cell) => read(storage, cell));
  const start = tracer?.now() ?? 0;
  let outputs: readonly NDArray[];
  try {
    outputs = step.thunk.run(inputs);
  } catch (error) {
    throw raiseWithOp(error, { node: step.thunk.node, index, inputs, fgraph });
  }
  tracer?.ran(index, step.thunk, inputs, outputs, start);
  step.outputs.forEach((cell, i) => {
    storage[cell] = step.owned.includes(i) ? notSharedWith(inputs, outputs[i]) : outputs[i];
  });
  for (const cell of step.frees) storage[cell] = null;
}

/** The array, or a copy where an op gave an input back without saying so. */
function notSharedWith(inputs: readonly NDArray[], output: NDArray): NDArray {
  return inputs.some((input) => input.data.buffer === output.data.buffer) ? output.copy() : output;
}

function read(storage: readonly (NDArray | null)[], cell: number): NDArray {
  const value = storage[cell];
  if (value === null) throw new Error(`cell ${cell} was read before it was written: the order of the nodes is wrong`);
  return value;
}

function numberCells(fgraph: FunctionGraph, nodes: readonly Apply[]): Map<Variable, number> {
  const cells = new Map<Variable, number>();
  const add = (v: Variable): void => {
    if (!cells.has(v)) cells.set(v, cells.size);
  };
  fgraph.inputs.forEach(add);
  for (const node of nodes) [...node.inputs, ...node.outputs].forEach(add);
  fgraph.outputs.forEach(add);
  return cells;
}

function cellOf(cells: ReadonlyMap<Variable, number>, variable: Variable): number {
  const cell = cells.get(variable);
  if (cell === undefined) throw new Error(`${variable} has no storage cell`);
  return cell;
}

function planSteps(
  fgraph: FunctionGraph,
  thunks: readonly Thunk[],
  cells: ReadonlyMap<Variable, number>,
  allowGc: boolean,
): Step[] {
  const kept = new Set<Variable>([...fgraph.inputs, ...fgraph.outputs]);
  const overwritten = new Set(
    thunks.flatMap(({ node }) => destroyedInputs(node.op).map((index) => viewRoot(node.inputs[index]))),
  );
  const lastUse = new Map<Variable, number>();
  thunks.forEach(({ node }, i) => {
    for (const v of node.inputs) lastUse.set(v, i);
  });
  return thunks.map((thunk, i) => ({
    thunk,
    inputs: thunk.node.inputs.map((v) => cellOf(cells, v)),
    outputs: thunk.node.outputs.map((v) => cellOf(cells, v)),
    frees: allowGc
      ? [...new Set(thunk.node.inputs)]
          .filter((v) => lastUse.get(v) === i && !kept.has(v) && !(v instanceof TensorConstant))
          .map((v) => cellOf(cells, v))
      : [],
    owned: thunk.node.outputs
      .map((v, position) => ({ v, position }))
      .filter(({ v, position }) => overwritten.has(v) && thunk.node.op.destroys[position] === undefined)
      .map(({ position }) => position),
  }));
}
