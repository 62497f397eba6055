/** The graph of a function, once givens, shared variables and updates are known. */
import { inspect } from "node:util";
import { RuntimeError, ValueError } from "../base/errors.ts";
import { constant, type TensorLike } from "../graph/constant.ts";
import { SharedVariable } from "../graph/shared.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { graphInputs } from "../graph/walk.ts";
import { copyGraph } from "../ops/clone.ts";
import type { Cell } from "./container.ts";
import { type BoundInput, UnusedInputError } from "./io.ts";

/** Pairs of a shared variable and its next value: an expression, or a value of its type. */
export type Updates = ReadonlyMap<SharedVariable, TensorLike> | readonly (readonly [SharedVariable, TensorLike])[];
/**
 * Pairs of a variable of the graph and what stands for it in this function: an expression, or a value of its type. All
 * are put in place at once: a given does not change what another one puts there.
 */
export type Givens = ReadonlyMap<Variable, TensorLike> | readonly (readonly [Variable, TensorLike])[];

/** What `theano.function` is told about the graph. */
export interface PlanOptions {
  readonly updates?: Updates;
  readonly givens?: Givens;
  /** true: ignore every `defaultUpdate`; a list: of these variables only. */
  readonly noDefaultUpdates?: boolean | readonly SharedVariable[];
  /** true (the default): a given has the type of what it replaces. false: nodes over other types are made anew. */
  readonly rebuildStrict?: boolean;
}

type Update<Target> = readonly [target: Target, next: Variable];

/** A function's graph: its inputs are `inputs`, then `shared`. */
export interface Plan {
  readonly inputs: readonly Variable[];
  readonly shared: readonly SharedVariable[];
  readonly outputs: readonly Variable[];
  /** What is stored where after a call. */
  readonly updates: readonly Update<Cell>[];
  /** Output index → index of the input that it updates, where the outputs are `outputs`, then the updates. */
  readonly updatePositions: ReadonlyMap<number, number>;
}

/**
 * Puts givens in place, and collects shared variables and updates: those of inputs, those asked for, and default ones.
 * @throws TypeError, ValueError or RuntimeError as Theano does; each names the variable.
 */
export function makePlan(bound: readonly BoundInput[], outputs: readonly Variable[], options: PlanOptions): Plan {
  const inputs = bound.map(({ input }) => input.variable);
  // An input stands for itself, also one that is computed: what it was computed from is not needed.
  const replacements = new Map<Variable, Variable>(inputs.map((input) => [input, input]));
  const strict = options.rebuildStrict ?? true;
  for (const [from, to] of pairsOf("givens", options.givens)) addGiven(replacements, inputs, from, to, strict);
  const explicit = pairsOf("updates", options.updates).map(([target, value]) => checkedUpdate(target, value));
  const duplicate = explicit.find(([target], i) => explicit.findIndex(([other]) => other === target) !== i);
  if (duplicate) throw new ValueError(`This variable already has an update expression: ${duplicate[0]}.`);
  const results = copyGraph(outputs, replacements, strict);
  const replaced = (next: Variable): Variable => copyGraph([next], replacements, strict)[0];
  const states = bound.flatMap(({ input, cell }, index) =>
    input.update === null || cell === null ? [] : [{ index, update: [cell, replaced(input.update)] as const }],
  );
  const updates = explicit.map(([target, next]): Update<SharedVariable> => [target, replaced(next)]);
  const all = (): readonly Variable[] => [
    ...results,
    ...[...states.map((s) => s.update), ...updates].map(([, next]) => next),
  ];
  const given = new Set(inputs);
  const reads = (): SharedVariable[] => graphInputs(all(), given).filter((v) => v instanceof SharedVariable);
  addDefaultUpdates(updates, reads, replaced, options);
  const shared = [...new Set([...reads(), ...updates.map(([target]) => target)])];
  const targets = [
    ...states.map(({ index }) => index),
    ...updates.map(([target]) => inputs.length + shared.indexOf(target)),
  ];
  return {
    inputs,
    shared,
    outputs: results,
    updates: [...states.map(({ update }) => update), ...updates],
    updatePositions: new Map(targets.map((input, i) => [results.length + i, input])),
  };
}

/**
 * The pairs of an option, one by one.
 * @throws TypeError for what is neither a Map nor a list of pairs; an object's keys are texts, and not variables.
 */
function pairsOf<Pair extends readonly [unknown, unknown]>(option: string, given: Iterable<Pair> = []): Pair[] {
  const expected = `${option} must be a Map, or a list of pairs: [[variable, value], …]`;
  const isList: boolean = given instanceof Map || Array.isArray(given);
  if (!isList) throw new TypeError(`${expected}. Got ${inspect(given, { depth: 0 })}.`);
  return Array.from(given, (pair, index) => {
    if (Array.isArray(pair) && pair.length === 2) return pair;
    throw new TypeError(`${expected}. Number ${index} is ${pair}.`);
  });
}

function addGiven(
  replacements: Map<Variable, Variable>,
  inputs: readonly Variable[],
  from: Variable,
  value: TensorLike,
  strict: boolean,
): void {
  if (inputs.includes(from))
    throw new RuntimeError(
      `You are trying to replace variable '${from}' through the \`givens\` parameter, but this variable is an input to your function. Replacing inputs is currently forbidden because it has no effect. One way to modify an input \`x\` to a function evaluating f(x) is to define a new input \`y\` and use \`theano.function([y], f(x), givens={x: g(y)})\`. Another solution consists in using \`theano.clone\`, e.g. like this: \`theano.function([x], theano.clone(f(x), replace={x: g(x)}))\`.`,
    );
  if (!(from instanceof TensorVariable)) throw new TypeError(`givens keys must be Variable, got ${inspect(from)}.`);
  if (replacements.has(from)) throw new ValueError(`givens: two things are to stand for ${from}; give one.`);
  const to = valueFor(from, value);
  if (strict && !from.type.admits(to.type))
    throw new TypeError(`givens: ${from} has type ${from.type}, and ${to} of type ${to.type} cannot stand for it.`);
  replacements.set(from, to);
}

/** What may stand for `variable`: an expression as it is, a value as a constant of the variable's dtype. */
function valueFor(variable: Variable, value: TensorLike): Variable {
  return value instanceof TensorVariable ? value : constant(variable.type.filter(value));
}

function checkedUpdate(target: unknown, value: TensorLike): Update<SharedVariable> {
  if (!(target instanceof SharedVariable)) throw new TypeError(`update target must be a SharedVariable, got ${target}`);
  const next = valueFor(target, value);
  if (!target.type.admits(next.type))
    throw new TypeError(
      `An update must have the same type as the original shared variable (shared_var=${target}, shared_var.type=${target.type}, update_val=${next}, update_val.type=${next.type}). If only the dtype differs, cast the update to ${target.dtype}.`,
    );
  return [target, next];
}

/** Adds the default updates of the shared variables that the function `reads`; they may read others in turn. */
function addDefaultUpdates(
  updates: Update<SharedVariable>[],
  reads: () => readonly SharedVariable[],
  replaced: (next: Variable) => Variable,
  { noDefaultUpdates = false }: PlanOptions,
): void {
  if (noDefaultUpdates === true) return;
  const done = new Set([...updates.map(([target]) => target), ...(noDefaultUpdates || [])]);
  const due = (): Update<SharedVariable>[] =>
    reads().flatMap((v): Update<SharedVariable>[] =>
      v.defaultUpdate === null || done.has(v) ? [] : [[v, v.defaultUpdate]],
    );
  for (let found = due(); found.length > 0; found = due())
    for (const [target, next] of found) {
      done.add(target);
      updates.push([target, replaced(checkedUpdate(target, next)[1])]);
    }
}

type Policy = "raise" | "warn" | "ignore";
const POLICIES: readonly Policy[] = ["raise", "warn", "ignore"];

/** @throws UnusedInputError for an input that is given twice, or that the graph does not need; ValueError for an unknown policy. */
export function checkInputsUsed(bound: readonly BoundInput[], plan: Plan, policy: Policy): void {
  const { inputs } = plan;
  inputs.forEach((variable, i) => {
    const first = inputs.indexOf(variable);
    if (first !== i)
      throw new UnusedInputError(
        `Variable ${variable} is used twice in inputs to theano.function, at indices ${first} and ${i}.  This would result in values provided for it being ignored. Please do not duplicate variables in the inputs list.`,
      );
  });
  if (!POLICIES.includes(policy))
    throw new ValueError(
      `Invalid value of parameter 'on_unused_input': '${policy}'. Valid values for onUnusedInput are 'raise', 'warn', and 'ignore'.`,
    );
  if (policy === "ignore") return;
  const used = new Set(graphInputs([...plan.outputs, ...plan.updates.map(([, next]) => next)], new Set(inputs)));
  bound.forEach(({ input }, i) => {
    if (used.has(input.variable) || input.update !== null) return;
    const message = `theano.function was asked to create a function computing outputs given certain inputs, but the provided input variable at index ${i} is not part of the computational graph needed to compute the outputs: ${input.variable}.`;
    if (policy === "warn") {
      process.emitWarning(message, "UserWarning");
      return;
    }
    throw new UnusedInputError(
      `${message}\nTo make this error into a warning, you can pass the parameter onUnusedInput: "warn" to theano.function. To disable it completely, use onUnusedInput: "ignore".`,
    );
  });
}
