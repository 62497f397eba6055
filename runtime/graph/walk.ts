/** Walks over graphs. None recurses: a graph may be deeper than the call stack. */
import type { Apply } from "./apply.ts";
import { TensorConstant, type Variable } from "./variable.ts";

/** A set of variables at which a walk stops. */
export interface VariableSet {
  has(variable: Variable): boolean;
}

const NONE: VariableSet = new Set<Variable>();

/**
 * Nodes needed for `outputs`, each after those it depends on; variables in `given` need nothing.
 *
 * The order is Theano's (`gof.graph.io_toposort`): depth first, and of a node's inputs the last one first, so that
 * the positions printed by `debugprint` agree.
 */
export function toposort(outputs: readonly Variable[], given: VariableSet = NONE): Apply[] {
  const done = new Set<Apply>();
  const order: Apply[] = [];
  const todo: Apply[] = [];
  const require = (variable: Variable): void => {
    const { owner } = variable;
    if (owner !== null && !done.has(owner) && !given.has(variable)) todo.push(owner);
  };
  for (let i = outputs.length - 1; i >= 0; i--) require(outputs[i]);
  for (let node = todo.at(-1); node !== undefined; node = todo.at(-1)) {
    const waiting = todo.length;
    if (!done.has(node)) for (const input of node.inputs) require(input);
    if (todo.length > waiting) continue;
    todo.pop();
    if (done.has(node)) continue;
    done.add(node);
    order.push(node);
  }
  return order;
}

/** Every variable reachable from `variables`, these included, stopping at `blockers`; in order of first sight, depth first. */
export function ancestors(variables: readonly Variable[], blockers: VariableSet = NONE): Variable[] {
  const seen = new Set<Variable>();
  const todo = [...variables].reverse();
  for (let v = todo.pop(); v !== undefined; v = todo.pop()) {
    if (seen.has(v)) continue;
    seen.add(v);
    if (v.owner !== null && !blockers.has(v)) for (const input of [...v.owner.inputs].reverse()) todo.push(input);
  }
  return [...seen];
}

/** The variables without owner that `variables` depend on, in order of first sight. */
export function graphInputs(variables: readonly Variable[], blockers: VariableSet = NONE): Variable[] {
  return ancestors(variables, blockers).filter((v) => v.owner === null || blockers.has(v));
}

/**
 * Copies the graph of `outputs`, replacing the variables that `replacements` names by what it says; the map is
 * filled with the copy of every variable met. Leaves not named stay as they are.
 */
export function cloneGraph(outputs: readonly Variable[], replacements: Map<Variable, Variable>): Variable[] {
  const of = (v: Variable): Variable => replacements.get(v) ?? v;
  for (const node of toposort(outputs, replacements)) {
    const clone = node.cloneWith(node.inputs.map(of));
    node.outputs.forEach((output, i) => {
      if (!replacements.has(output)) replacements.set(output, clone.outputs[i]);
    });
  }
  return outputs.map(of);
}

/** Whether two lists of outputs are the same computation, `leftInputs[i]` standing for `rightInputs[i]`. */
export function equalComputations(
  left: readonly Variable[],
  right: readonly Variable[],
  leftInputs: readonly Variable[] = [],
  rightInputs: readonly Variable[] = [],
): boolean {
  if (left.length !== right.length || leftInputs.length !== rightInputs.length) return false;
  // Equal computations get the same number; those of the right graph first.
  const numbers = new Map<Variable | string, number>();
  const ofRight = (v: Variable): number => {
    const leaf = v instanceof TensorConstant ? v.key : v;
    const number = numbers.get(leaf) ?? numbers.size;
    numbers.set(leaf, number);
    return number;
  };
  const twins = new Map<Variable, number>(leftInputs.map((v, i) => [v, ofRight(rightInputs[i])]));
  const ofLeft = (v: Variable): number => twins.get(v) ?? ofRight(v);
  const nodes = new Map<string, Apply>();
  for (const node of toposort(right, new Set(rightInputs))) {
    const text = signature(node, ofRight);
    const twin = nodes.get(text);
    if (twin === undefined) nodes.set(text, node);
    else for (const [i, output] of node.outputs.entries()) numbers.set(output, ofRight(twin.outputs[i]));
  }
  for (const node of toposort(left, new Set(leftInputs))) {
    const twin = nodes.get(signature(node, ofLeft));
    if (twin === undefined) return false;
    for (const [i, output] of node.outputs.entries()) twins.set(output, ofRight(twin.outputs[i]));
  }
  return left.every((v, i) => ofLeft(v) === ofRight(right[i]));
}

/** Equal for nodes of equal ops on inputs of equal numbers. */
function signature(node: Apply, numberOf: (variable: Variable) => number): string {
  return `${node.op.key}(${node.inputs.map(numberOf).join()})`;
}
