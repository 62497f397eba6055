/** Execution order where nodes have to wait for more than their inputs. */
import type { Apply } from "./apply.ts";
import { InconsistencyError } from "./errors.ts";
import type { Variable } from "./variable.ts";
import type { VariableSet } from "./walk.ts";

/** Node → the nodes that have to run before it, besides those that compute its inputs. */
export type Orderings = ReadonlyMap<Apply, Iterable<Apply>>;

/** Variables and nodes alike, as Theano's general sort walks them. */
type Item = Apply | Variable;

/**
 * Nodes needed for `outputs`, each after those it depends on and those that the orderings put before it.
 *
 * The order is that of Theano's `gof.graph.general_toposort`, which is not the one it has without orderings: what
 * depends on nothing comes first, in the order in which a depth-first walk from the last output meets it, and then
 * whatever has just become ready.
 * @throws InconsistencyError when no order satisfies all.
 */
export function orderedToposort(outputs: readonly Variable[], given: VariableSet, orderings: Orderings): Apply[] {
  const dependencies = (item: Item): readonly Item[] => {
    if (!isApply(item)) return item.owner === null || given.has(item) ? [] : [item.owner];
    return [...item.inputs, ...(orderings.get(item) ?? [])];
  };
  const waitingFor = new Map<Item, number>();
  const dependents = new Map<Item, Item[]>();
  const todo: Item[] = [...outputs];
  const ready: Item[] = [];
  for (let item = todo.pop(); item !== undefined; item = todo.pop()) {
    if (waitingFor.has(item)) continue;
    const needed = dependencies(item);
    const distinct = new Set(needed);
    waitingFor.set(item, distinct.size);
    if (distinct.size === 0) ready.push(item);
    for (const other of distinct) {
      const known = dependents.get(other);
      if (known === undefined) dependents.set(other, [item]);
      else known.push(item);
    }
    for (const other of needed) todo.push(other);
  }
  // The list grows while it is read: whoever waits for nothing more goes to its end.
  for (const item of ready)
    for (const dependent of dependents.get(item) ?? []) {
      const left = (waitingFor.get(dependent) ?? 0) - 1;
      waitingFor.set(dependent, left);
      if (left === 0) ready.push(dependent);
    }
  if (ready.length !== waitingFor.size) throw cyclic();
  return ready.filter(isApply);
}

/**
 * As {@link orderedToposort}, where only the question is whether there is an order: nodes alone are walked, depth first.
 * @throws InconsistencyError when no order satisfies all.
 */
export function requireOrder(outputs: readonly Variable[], given: VariableSet, orderings: Orderings): void {
  const isDone = new Map<Apply, boolean>();
  const ownersOf = (variables: readonly Variable[]): Apply[] =>
    variables.flatMap((v) => (v.owner === null || given.has(v) ? [] : v.owner));
  const todo = ownersOf(outputs);
  for (let node = todo.at(-1); node !== undefined; node = todo.at(-1)) {
    if (isDone.has(node)) {
      isDone.set(node, true);
      todo.pop();
      continue;
    }
    isDone.set(node, false);
    for (const needed of [...ownersOf(node.inputs), ...(orderings.get(node) ?? [])]) {
      const known = isDone.get(needed);
      // A node that has been begun and is not done stands on the way here.
      if (known === false) throw cyclic();
      if (known === undefined) todo.push(needed);
    }
  }
}

function cyclic(): InconsistencyError {
  return new InconsistencyError("Dependency graph contains cycles: nodes that overwrite an input wait for each other.");
}

function isApply(item: Item): item is Apply {
  return "op" in item;
}
