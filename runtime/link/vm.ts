/**
 * The loop VM: runs the thunks of a graph one after the other over a table of storage cells.
 *
 * A node that overwrites an input works in its memory only where the program made that array itself. Arguments, shared
 * values and constants are never written to, also where the graph says so: a shared variable gets its new value after
 * the whole call has succeeded.
 */
import type { NDArray } from "../array/ndarray.ts";
import type { Backend } from "../backend/backend.ts";
import { config } from "../config/index.ts";
import type { Apply } from "../graph/apply.ts";
import { DestroyHandler, destroyedInputs, respectDestroyMaps, viewRoot } from "../graph/destroy.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import type { InnerFunction, InnerGraph, Steps } from "../graph/op.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { toposort } from "../graph/walk.ts";
import { KernelCache } from "./kernels.ts";
import { isLazy, LazySteps } from "./lazy.ts";
import type { NativeGroup } from "./native/group.ts";
import { NativeProgram } from "./native/program.ts";
import { tieredBackend } from "./native/tiered.ts";
import { type CellTable, read, runStep, type Step, type Storage } from "./step.ts";
import { type Borrowed, makeThunk, type Thunk } from "./thunk.ts";
import type { InnerTracer, Tracer } from "./trace.ts";

/** A linked graph. */
export interface Program {
  readonly nodes: readonly Apply[];
  readonly thunks: readonly Thunk[];
  /** The native code that runs it, or will; null: there is none. */
  readonly native: NativeGroup | null;
  /** Whether the last run's results are known to share memory with nothing else; false: whoever keeps them has to look. */
  readonly ownsResults: boolean;
  /**
   * Values of the graph's outputs for values of its inputs, both in the graph's order. Where `wanted` names outputs by
   * their positions, only those are computed and returned.
   */
  run(inputs: readonly NDArray[], wanted?: readonly number[]): NDArray[];
}

export interface LinkOptions {
  readonly backend: Backend;
  /** Forget intermediate values after their last use (Theano's `allow_gc`). */
  readonly allowGc: boolean;
  /** Told of every node that ran; null when nobody listens. */
  readonly tracer: Tracer | null;
  /** The native code that takes over, also for graphs inside of ops; null: none does. */
  readonly native: NativeGroup | null;
  /** Whether a run may put its results where those of the last one were. */
  readonly reusesResults?: boolean;
}

/** Strings the thunks of a graph together in topological order. */
export function linkLoop(fgraph: FunctionGraph, options: LinkOptions): Program {
  const nodes = fgraph.toposort();
  const outer = new Set<Variable>(fgraph.inputs);
  const lazy = isLazy(nodes);
  const borrowed = (node: Apply): Borrowed => borrowedInputs(fgraph, node, outer, lazy);
  const kernels = new KernelCache();
  const { native, tracer } = options;
  // What is watched node by node runs so; otherwise native code takes whole stretches.
  const watched =
    native === null || tracer === null ? options : { ...options, backend: tieredBackend(options.backend, native) };
  const thunks = nodes.map((node) => makeTracedThunk(node, watched, borrowed(node), kernels));
  tracer?.linked?.(fgraph, thunks);
  const loop = new LoopProgram(fgraph, nodes, thunks, options);
  return native === null || tracer !== null ? loop : new NativeProgram(loop, native, options.reusesResults ?? false);
}

/** Thunks with the storage cells that they read and write. */
export class LoopProgram implements Program, CellTable {
  readonly nodes: readonly Apply[];
  readonly thunks: readonly Thunk[];
  readonly steps: readonly Step[];
  readonly isLazy: boolean;
  readonly ownsResults = false;
  readonly fgraph: FunctionGraph;
  readonly cells: ReadonlyMap<Variable, number>;
  readonly #lazySteps: LazySteps | null;
  readonly #start: Storage;
  readonly #inputCells: readonly number[];
  readonly #outputCells: readonly number[];
  readonly #tracer: Tracer | null;
  readonly native: NativeGroup | null;

  constructor(fgraph: FunctionGraph, nodes: readonly Apply[], thunks: readonly Thunk[], options: LinkOptions) {
    this.fgraph = fgraph;
    this.nodes = nodes;
    this.thunks = thunks;
    this.#tracer = options.tracer;
    this.native = options.native;
    const cells = numberCells(fgraph, nodes);
    this.cells = cells;
    this.steps = planSteps(fgraph, thunks, cells, options.allowGc);
    this.isLazy = isLazy(nodes);
    this.#lazySteps = this.isLazy ? new LazySteps(this.steps) : null;
    this.#start = [...cells.keys()].map((v) => (v instanceof TensorConstant ? v.value : null));
    this.#inputCells = fgraph.inputs.map((v) => cellOf(cells, v));
    this.#outputCells = fgraph.outputs.map((v) => cellOf(cells, v));
  }

  run(inputs: readonly NDArray[], wanted?: readonly number[]): NDArray[] {
    const { fgraph, steps } = this;
    const storage = this.storageFor(inputs);
    const results = wanted === undefined ? this.#outputCells : wanted.map((i) => this.#outputCells[i]);
    if (this.#lazySteps !== null) this.#lazySteps.run(results, storage, this, this.#tracer);
    else runInOrder(steps, wanted === undefined ? null : neededNodes(fgraph, wanted), storage, this, this.#tracer);
    return results.map((cell) => read(storage, cell));
  }

  /** The cells of a call before its first step. */
  storageFor(inputs: readonly NDArray[]): Storage {
    const storage = this.#start.slice();
    for (let i = 0; i < inputs.length; i++) storage[this.#inputCells[i]] = inputs[i];
    return storage;
  }

  /** The graph's outputs after its last step. */
  outputsIn(storage: Readonly<Storage>): NDArray[] {
    return this.#outputCells.map((cell) => read(storage, cell));
  }

  /** The number of a variable's cell. */
  cellOf(variable: Variable): number {
    return cellOf(this.cells, variable);
  }
}

/** A thunk; the tracer hears how long it took to make. */
function makeTracedThunk(node: Apply, options: LinkOptions, borrowed: Borrowed, kernels: KernelCache): Thunk {
  const { tracer } = options;
  let compiling = 0;
  const start = performance.now();
  const backend: Backend = {
    name: options.backend.name,
    supports: (kernel) => options.backend.supports(kernel),
    compile(kernels) {
      const before = performance.now();
      const compiled = options.backend.compile(kernels);
      compiling += performance.now() - before;
      return compiled;
    },
  };
  const inside = { backend, tracer: tracer?.inner?.(node) ?? null, native: tracer === null ? options.native : null };
  const thunk = makeThunk(
    node,
    backend,
    (inner, copies) => linkInner(inner, { ...inside, reusesResults: copies }),
    borrowed,
    kernels,
  );
  tracer?.made?.(node, (performance.now() - start) / 1000, compiling / 1000);
  return thunk;
}

/** Runs the steps one after the other; with `needed`, those of these nodes only. */
function runInOrder(
  steps: readonly Step[],
  needed: ReadonlySet<Apply> | null,
  storage: Storage,
  table: CellTable,
  tracer: Tracer | null,
): void {
  for (const [index, step] of steps.entries())
    if (needed === null || needed.has(step.thunk.node)) runStep(step, index, storage, table, tracer);
}

/** The nodes that some of a graph's outputs depend on. */
function neededNodes(fgraph: FunctionGraph, wanted: readonly number[]): ReadonlySet<Apply> {
  return new Set(
    toposort(
      wanted.map((i) => fgraph.outputs[i]),
      new Set(fgraph.inputs),
    ),
  );
}

/** How the graph inside of an op is linked. */
export interface InnerLinkOptions {
  readonly backend: Backend;
  /** Told of every node of the inner graph that ran, and of every run. */
  readonly tracer: InnerTracer | null;
  readonly native: NativeGroup | null;
  /** Whether a run may put its results where those of the last one were. */
  readonly reusesResults: boolean;
}

/** Makes the graph inside of an op runnable; whether it forgets intermediate values between runs is a flag of its own. */
export function linkInner(
  inner: InnerGraph,
  { backend, tracer, native, reusesResults }: InnerLinkOptions,
): InnerFunction {
  const fgraph = new FunctionGraph(inner.inputs, inner.outputs);
  respectDestroyMaps(fgraph);
  const program = linkLoop(fgraph, { backend, allowGc: config.scan.allow_gc, tracer, native, reusesResults });
  if (tracer === null) {
    const run = (inputs: readonly NDArray[]): NDArray[] => program.run(inputs);
    return Object.assign(
      run,
      program instanceof NativeProgram && { runSteps: (steps: Steps) => program.runSteps(steps) },
    );
  }
  return (inputs) => {
    const start = performance.now();
    const outputs = program.run(inputs);
    tracer.finished((performance.now() - start) / 1000);
    return outputs;
  };
}

/**
 * Inputs of a node that it would overwrite, but which come from outside of the program. Where nodes run on demand, no
 * order keeps those who read an array before the one who overwrites it, so what others read is not overwritten either.
 */
function borrowedInputs(fgraph: FunctionGraph, node: Apply, outer: ReadonlySet<Variable>, lazy: boolean): Borrowed {
  const isRead = (index: number): boolean =>
    fgraph.feature(DestroyHandler)?.readersOf(node, node.inputs[index]).length !== 0;
  const isBorrowed = (index: number): boolean => {
    const root = viewRoot(node.inputs[index]);
    return root.owner === null || outer.has(root) || (lazy && isRead(index));
  };
  return new Set(destroyedInputs(node.op).filter(isBorrowed));
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
