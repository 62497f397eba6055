/**
 * DebugMode: compiles a function so that every call checks itself.
 *
 * While compiling, the graph is optimized `patience` times and the rewrites applied are compared. While running,
 * every node that ever existed, also one that was rewritten away, is run by its reference implementation and by its
 * compiled one; inputs, outputs and both implementations' results are checked, and so is every replacement.
 */
import type { NDArray } from "../array/ndarray.ts";
import type { Backend } from "../backend/backend.ts";
import { backendByName, nativeMachines } from "../backend/registry.ts";
import { ValueError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import type { Apply } from "../graph/apply.ts";
import { debugprint } from "../graph/debugprint.ts";
import { destroyedInputs } from "../graph/destroy.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { toposort } from "../graph/walk.ts";
import { NativeGroup } from "../link/native/group.ts";
import { tieredBackend } from "../link/native/tiered.ts";
import { type FailedNode, raiseWithOp } from "../link/report.ts";
import { innerThunk, kernelThunk, type LinkInner, performThunk, type Thunk } from "../link/thunk.ts";
import { linkInner, type Program } from "../link/vm.ts";
import {
  badDestroyMap,
  badOptimization,
  badThunkOutput,
  badViewMap,
  invalidValueError,
  stochasticOrder,
} from "./debugerrors.ts";
import { RewriteLog } from "./rewritelog.ts";

/** What is checked; what is left out or null comes from the `DebugMode.*` flags when the function is compiled. */
export interface DebugModeOptions {
  /** How many times the graph is optimized and compared. */
  readonly patience?: number | null;
  /** Run compiled implementations. */
  readonly checkC?: boolean | null;
  /** Run reference implementations: the loop IR's interpreter, or the op's own `perform`. */
  readonly checkPy?: boolean | null;
  /** NaN and infinities are errors. */
  readonly checkFinite?: boolean | null;
}

export const DEBUG_MODE_DEFAULTS: DebugModeOptions = { patience: null, checkC: null, checkPy: null, checkFinite: null };

interface Checks {
  readonly checkC: boolean;
  readonly checkPy: boolean;
  readonly checkFinite: boolean;
  /** Warnings given already. */
  readonly warnings: Set<string>;
}

/** A node with the implementations that DebugMode compares. */
interface CheckedNode {
  readonly node: Apply;
  readonly reference: Thunk | null;
  readonly compiled: Thunk | null;
}

/**
 * Optimizes a graph under watch and links it with all checks.
 * @throws StochasticOrder when two optimizations differ; ValueError when neither implementation is to be checked.
 */
export function linkDebug(
  fgraph: FunctionGraph,
  optimize: (fgraph: FunctionGraph) => void,
  options: DebugModeOptions,
): Program {
  const checks: Checks = {
    checkC: options.checkC ?? config.DebugMode.check_c,
    checkPy: options.checkPy ?? config.DebugMode.check_py,
    checkFinite: options.checkFinite ?? config.DebugMode.check_finite,
    warnings: new Set(),
  };
  if (!checks.checkC && !checks.checkPy) throw new ValueError("DebugMode has to check at least one of c and py code");
  const copies = Array.from(
    { length: (options.patience ?? config.DebugMode.patience) - 1 },
    () => FunctionGraph.cloneOf(fgraph.inputs, fgraph.outputs, fgraph.updates).fgraph,
  );
  const log = watched(fgraph, optimize);
  copies.forEach((copy, i) => {
    compareLogs(log, watched(copy, optimize), i + 1);
  });
  const nodes = everyNode(fgraph, log);
  const native = new NativeGroup(nativeMachines());
  const checked = nodes.map((node) => withImplementations(node, checks, native));
  return {
    native,
    ownsResults: false,
    nodes: fgraph.toposort(),
    thunks: checked.flatMap(({ reference, compiled }) => compiled ?? reference ?? []),
    run(inputs, wanted) {
      const results = runChecked(fgraph, checked, log, checks, inputs);
      return wanted === undefined ? results : wanted.map((i) => results[i]);
    },
  };
}

function watched(fgraph: FunctionGraph, optimize: (fgraph: FunctionGraph) => void): RewriteLog {
  const log = new RewriteLog();
  fgraph.attach(log);
  optimize(fgraph);
  fgraph.detach(log);
  return log;
}

function compareLogs(first: RewriteLog, other: RewriteLog, run: number): void {
  const longest = Math.max(first.events.length, other.events.length);
  for (let i = 0; i < longest; i++)
    if (first.events[i] !== other.events[i]) throw stochasticOrder(run, i, first.events[i], other.events[i]);
}

/** Every node there ever was, in an order in which each comes after those it reads. */
function everyNode(fgraph: FunctionGraph, log: RewriteLog): Apply[] {
  const outputs = [...log.nodes].flatMap((node) => node.outputs);
  return toposort([...fgraph.outputs, ...outputs], new Set(fgraph.inputs));
}

function withImplementations(node: Apply, { checkPy, checkC }: Checks, native: NativeGroup): CheckedNode {
  const reference = checkPy ? referenceThunk(node) : null;
  const compiled = checkC ? compiledThunk(node, native) : null;
  // A node with one implementation only is run by it, whichever is asked for.
  if (reference === null && compiled === null) return { node, reference: referenceThunk(node), compiled };
  return { node, reference, compiled };
}

function referenceThunk(node: Apply): Thunk | null {
  const interp = backendByName("interp");
  return performThunk(node) ?? innerThunk(node, interp, linkInnerBy(interp)) ?? kernelThunk(node, interp);
}

/** JavaScript, and native code as soon as it is there. */
function compiledThunk(node: Apply, native: NativeGroup): Thunk | null {
  const js = backendByName("js");
  const tiered = tieredBackend(js, native);
  return kernelThunk(node, tiered) ?? innerThunk(node, tiered, linkInnerBy(tiered));
}

/** Inner graphs run as a whole: once by the reference, once compiled, and the results of the node are compared. */
function linkInnerBy(backend: Backend): LinkInner {
  return (inner) => linkInner(inner, { backend, tracer: null, native: null, reusesResults: false });
}

function runChecked(
  fgraph: FunctionGraph,
  checked: readonly CheckedNode[],
  log: RewriteLog,
  checks: Checks,
  inputs: readonly NDArray[],
): NDArray[] {
  const values = new Map<Variable, NDArray>();
  fgraph.inputs.forEach((variable, i) => {
    checkLeaf(variable, inputs[i], checks);
    values.set(variable, inputs[i]);
  });
  checked.forEach((step, index) => {
    runNode(step, index, values, fgraph, checks);
  });
  for (const { before, after, reason } of log.replacements) compareReplacement(before, after, reason, values);
  return fgraph.outputs.map((output) => storedValue(values, output));
}

function storedValue(values: ReadonlyMap<Variable, NDArray>, variable: Variable): NDArray {
  const value = variable instanceof TensorConstant ? variable.value : values.get(variable);
  if (value === undefined) throw new Error(`${variable} was read before it was computed`);
  return value;
}

function checkLeaf(variable: Variable, value: NDArray, checks: Checks): void {
  const complaint = invalidBecause(variable, value, checks);
  if (complaint === null) return;
  const kind = variable instanceof TensorConstant ? "Graph constant" : "Graph Input";
  throw invalidValueError({
    variable,
    value,
    client: null,
    clientInputs: [],
    hint: `${kind} '${variable}' has invalid value ${value}`,
    specificHint: "none",
  });
}

/** Why a value is not legal for its variable, or null. */
function invalidBecause(variable: Variable, value: NDArray, { checkFinite }: Checks): string | null {
  if (value.dtype !== variable.dtype) return `wrong dtype: expected ${variable.dtype}, got ${value.dtype}`;
  if (value.ndim !== variable.ndim) return `wrong number of dimensions: expected ${variable.ndim}, got ${value.ndim}`;
  const wrong = variable.type.shape.findIndex((dim, i) => dim !== null && value.shape[i] !== dim);
  if (wrong >= 0) return `dimension ${wrong} must have length ${variable.type.shape[wrong]}, got ${value.shape[wrong]}`;
  return checkFinite && !value.isFinite() ? "non-finite elements not allowed" : null;
}

function runNode(
  { node, reference, compiled }: CheckedNode,
  index: number,
  values: Map<Variable, NDArray>,
  fgraph: FunctionGraph,
  checks: Checks,
): void {
  const inputs = node.inputs.map((v) => storedValue(values, v));
  const table = { fgraph, values };
  for (const [i, v] of node.inputs.entries()) if (v instanceof TensorConstant) checkLeaf(v, inputs[i], checks);
  const expected = reference === null ? null : runThunk(reference, "perform", inputs, index, table, checks);
  const found = compiled === null ? null : runThunk(compiled, "c", inputs, index, table, checks);
  if (expected !== null && found !== null) compareThunks(node, inputs, expected, found);
  (expected ?? found ?? []).forEach((value, i) => {
    values.set(node.outputs[i], value);
  });
}

/** Runs one implementation on copies of the inputs; its outputs must be valid, and the copies unchanged. */
function runThunk(
  thunk: Thunk,
  label: "perform" | "c",
  inputs: readonly NDArray[],
  index: number,
  table: Pick<FailedNode, "fgraph" | "values">,
  checks: Checks,
): readonly NDArray[] {
  const { node } = thunk;
  const copies = inputs.map((x) => x.copy());
  let outputs: readonly NDArray[];
  try {
    outputs = thunk.run(copies);
  } catch (error) {
    throw raiseWithOp(error, { node, index, inputs, ...table });
  }
  outputs.forEach((value, i) => {
    const complaint = invalidBecause(node.outputs[i], value, checks);
    if (complaint !== null)
      throw invalidValueError({
        variable: node.outputs[i],
        value,
        client: null,
        clientInputs: inputs,
        hint: `${label} output`,
        specificHint: complaint,
      });
  });
  const destroyed = new Set(destroyedInputs(node.op));
  copies.forEach((copy, i) => {
    if (!destroyed.has(i) && !copy.equals(inputs[i]))
      throw badDestroyMap(node, i, inputs[i], copy, thunk.implementation);
  });
  checkMemory(node, copies, outputs, checks);
  return outputs;
}

/**
 * Outputs share memory with inputs only where the op says so, and where it says so, they do.
 * @throws DebugModeError with the name BadViewMap.
 */
function checkMemory(node: Apply, inputs: readonly NDArray[], outputs: readonly NDArray[], { warnings }: Checks): void {
  const { views, destroys } = node.op;
  outputs.forEach((output, i) => {
    const shares = (position: number): boolean => inputs[position].data.buffer === output.data.buffer;
    const shared = inputs.map((_, position) => position).filter(shares);
    if (shared.some((position) => position !== views[i] && position !== destroys[i]))
      throw badViewMap(node, i, output, shared);
    if (!config.DebugMode.warn_input_not_reused) return;
    const [overwritten, viewed] = [destroys[i], views[i]];
    if (overwritten !== undefined && !shares(overwritten))
      warn(`input idx ${overwritten} marked as destroyed was not changed for node '${node}'`, warnings);
    // A lazy op shows whichever input it took.
    if (viewed !== undefined && node.op.needs === undefined && output.size > 1 && !shares(viewed))
      warn(`input idx ${viewed} marked as viewed but new memory allocated by node '${node}'`, warnings);
  });
}

/** A line of Theano's logger, once. */
function warn(text: string, warnings: Set<string>): void {
  if (warnings.has(text)) return;
  warnings.add(text);
  console.error(`WARNING (theano.compile.debugmode): Optimization Warning: ${text}`);
}

function compareThunks(
  node: Apply,
  inputs: readonly NDArray[],
  expected: readonly NDArray[],
  found: readonly NDArray[],
): void {
  node.outputs.forEach((output, i) => {
    if (!output.type.valuesClose(expected[i], found[i]))
      throw badThunkOutput({
        node,
        output,
        inputs,
        expected: expected[i],
        value: found[i],
        firstThunk: "perform",
        secondThunk: "c_code",
      });
  });
}

function compareReplacement(
  before: Variable,
  after: Variable,
  reason: string,
  values: ReadonlyMap<Variable, NDArray>,
): void {
  const beforeValue = storedValue(values, before);
  const afterValue = storedValue(values, after);
  if (before.type.valuesClose(afterValue, beforeValue)) return;
  const usedIds = new Map();
  const print = (v: Variable): string => debugprint(v, { prefix: "  ", depth: 6, printType: true, usedIds });
  throw badOptimization({
    before,
    after,
    beforeValue,
    afterValue,
    reason,
    beforeGraph: print(before),
    afterGraph: print(after),
  });
}
