/** `theano.function`: from a graph to something that can be called. */
import type { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import { asTensor, constant, type TensorLike } from "../graph/constant.ts";
import { destroyedInputs, respectDestroyMaps } from "../graph/destroy.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import { captureOrigin } from "../graph/origin.ts";
import { SharedVariable } from "../graph/shared.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { cloneGraph, graphInputs } from "../graph/walk.ts";
import { link } from "../link/linker.ts";
import { combineTracers } from "../link/trace.ts";
import type { Program } from "../link/vm.ts";
import { optimize } from "../rewrite/engine.ts";
import { linkDebug } from "./debugmode.ts";
import { Executable, type TheanoFunction, toCallable } from "./executable.ts";
import { type In, type Input, normalizeInputs, UnusedInputError } from "./io.ts";
import { getMode, type Mode } from "./mode.ts";
import { checkNanGuardInputs, nanGuardTracer } from "./nanguard.ts";
import { now, ProfileStats } from "./profile.ts";
import { printAtExit } from "./profileregistry.ts";
import { ProfileSession } from "./profilesession.ts";

/** Pairs of a shared variable and its next value: an expression, or a value of its type. */
export type Updates = ReadonlyMap<SharedVariable, TensorLike> | readonly (readonly [SharedVariable, TensorLike])[];
/**
 * Pairs of a variable of the graph and what stands for it in this function: an expression, or a value of its type. All
 * are put in place at once: a given does not change what another one puts there.
 */
export type Givens = ReadonlyMap<Variable, TensorLike> | readonly (readonly [Variable, TensorLike])[];

export interface FunctionOptions {
  /** A mode or the name of one; absent: `config.mode`. */
  readonly mode?: string | Mode;
  readonly updates?: Updates;
  readonly givens?: Givens;
  /** true: ignore every `defaultUpdate`; a list: of these variables only. */
  readonly noDefaultUpdates?: boolean | readonly SharedVariable[];
  /** Shown in errors and profiles; absent: the file and line of the call. */
  readonly name?: string;
  /** true: narrow arguments silently; false: never; absent: only plain numbers into floatX. */
  readonly allowInputDowncast?: boolean | null;
  /** Collect a profile; a string is its message. Absent: `config.profile`. */
  readonly profile?: boolean | string | ProfileStats;
  /** The graph may contain ops that overwrite their inputs; absent: that is a TypeError. */
  readonly acceptInplace?: boolean;
  /** What to do with an input the graph does not use; absent: `config.on_unused_input`. */
  readonly onUnusedInput?: "raise" | "warn" | "ignore";
}

/** What a function may compute: one value, a list, values by name, or only updates. */
export type Outputs = TensorLike | readonly Variable[] | Readonly<Record<string, Variable>> | null;
/** What calling it returns. */
export type Results<O extends Outputs> = O extends null
  ? null
  : O extends readonly Variable[]
    ? NDArray[]
    : O extends TensorVariable | number
      ? NDArray
      : O extends Readonly<Record<string, Variable>>
        ? { readonly [K in keyof O]: NDArray }
        : NDArray;

/**
 * Compiles a function of `inputs` that computes `outputs` and then applies the updates.
 *
 * @throws UnusedInputError, MissingInputError, TypeError, ValueError as Theano does; each names the variable.
 */
export function compileFunction<const O extends Outputs>(
  inputs: readonly Input[],
  outputs: O,
  options: FunctionOptions = {},
): TheanoFunction<Results<O>> {
  const start = now();
  const name = options.name ?? callSite();
  const mode = getMode(options.mode ?? null);
  const ins = normalizeInputs(inputs, options.allowInputDowncast ?? null);
  const shape = outputShape(outputs);
  const plan = substitute(ins, shape.variables, options);
  checkInputsUsed(ins, plan, options.onUnusedInput ?? config.on_unused_input);
  const { fgraph } = FunctionGraph.cloneOf(
    [...plan.inputs, ...plan.shared],
    [...plan.outputs, ...plan.updates.map(([, next]) => next)],
    updatePositions(plan),
  );
  if (options.acceptInplace) respectDestroyMaps(fgraph);
  else refuseInplace(fgraph);
  const profile = makeProfile(name, options, mode);
  const program = build(fgraph, mode, profile);
  profile?.compiled({ total: now() - start });
  const executable = new Executable({
    name,
    mode,
    fgraph,
    program,
    profile,
    relink: mode.behaviour.kind === "debug" ? null : (stats) => linkProgram(fgraph, mode, stats),
    inputs: ins,
    shared: plan.shared,
    updateTargets: plan.updates.map(([target]) => target),
    beforeCall: guard(fgraph, mode),
  });
  return toCallable<Results<O>>(executable, shape.pack);
}

/** Output index → index of the input that it updates. */
function updatePositions({ inputs, shared, outputs, updates }: Plan): ReadonlyMap<number, number> {
  return new Map(updates.map(([target], i) => [outputs.length + i, inputs.length + shared.indexOf(target)]));
}

/** @throws TypeError in Theano's words when a node of the graph overwrites an input: users ask for values, not for memory. */
function refuseInplace(fgraph: FunctionGraph): void {
  for (const node of fgraph.nodes)
    if (destroyedInputs(node.op).length > 0)
      throw new TypeError(
        `('Graph must not contain inplace operations', ${node}, ${node.op}) Pass the option acceptInplace: true if this is meant.`,
      );
}

function callSite(): string {
  const frame = captureOrigin().frame;
  return frame === null ? "function" : `${frame.file.slice(frame.file.lastIndexOf("/") + 1)}:${frame.line}`;
}

/** The list of variables behind `outputs`, and how a list of values goes back into its form. */
function outputShape<O extends Outputs>(
  outputs: O,
): { readonly variables: readonly Variable[]; pack(values: NDArray[]): unknown } {
  if (outputs === null) return { variables: [], pack: () => null };
  if (outputs instanceof TensorVariable || typeof outputs === "number")
    return { variables: [asTensor(outputs)], pack: ([value]) => value };
  if (isVariableList(outputs)) return { variables: outputs.map(requireVariable), pack: (values) => values };
  if (isVariableRecord(outputs)) {
    const names = Object.keys(outputs);
    return {
      variables: names.map((name) => requireVariable(outputs[name])),
      pack: (values) => Object.fromEntries(names.map((name, i) => [name, values[i]])),
    };
  }
  return { variables: [asTensor(outputs)], pack: ([value]) => value };
}

function isVariableList(outputs: Outputs): outputs is readonly Variable[] {
  return Array.isArray(outputs) && (outputs.length === 0 || outputs.some((o) => o instanceof TensorVariable));
}

function isVariableRecord(outputs: Outputs): outputs is Readonly<Record<string, Variable>> {
  return typeof outputs === "object" && outputs !== null && Object.getPrototypeOf(outputs) === Object.prototype;
}

function requireVariable(output: unknown): Variable {
  if (output instanceof TensorVariable) return output;
  throw new TypeError(`Outputs must be theano Variable or Out instances. Received ${output} of type ${typeof output}.`);
}

type Update = readonly [target: SharedVariable, next: Variable];

/** A function's graph after givens, shared variables and updates are known. */
interface Plan {
  readonly inputs: readonly Variable[];
  readonly shared: readonly SharedVariable[];
  readonly outputs: readonly Variable[];
  readonly updates: readonly Update[];
}

function substitute(ins: readonly In[], outputs: readonly Variable[], options: FunctionOptions): Plan {
  const inputs = ins.map((input) => input.variable);
  // An input stands for itself, also one that is computed: what it was computed from is not needed.
  const replacements = new Map<Variable, Variable>(inputs.map((input) => [input, input]));
  for (const [from, to] of options.givens ?? []) addGiven(replacements, inputs, from, to);
  const explicit = [...(options.updates ?? [])].map(([target, value]) => checkedUpdate(target, value));
  const duplicate = explicit.find(([target], i) => explicit.findIndex(([other]) => other === target) !== i);
  if (duplicate) throw new ValueError(`This variable already has an update expression: ${duplicate[0]}.`);
  const results = cloneGraph(outputs, replacements);
  const replaced = (next: Variable): Variable => cloneGraph([next], replacements)[0];
  const updates = explicit.map(([target, next]): Update => [target, replaced(next)]);
  const given = new Set(inputs);
  const reads = (): SharedVariable[] =>
    graphInputs([...results, ...updates.map(([, next]) => next)], given).filter((v) => v instanceof SharedVariable);
  addDefaultUpdates(updates, reads, replaced, options);
  const shared = [...new Set([...reads(), ...updates.map(([target]) => target)])];
  return { inputs, shared, outputs: results, updates };
}

function addGiven(
  replacements: Map<Variable, Variable>,
  inputs: readonly Variable[],
  from: Variable,
  value: TensorLike,
): void {
  if (inputs.includes(from))
    throw new ValueError(
      `You are trying to replace variable '${from}' through the \`givens\` parameter, but this variable is an input to your function. Replacing inputs is currently forbidden because it has no effect.`,
    );
  if (replacements.has(from)) throw new ValueError(`givens: two things are to stand for ${from}; give one.`);
  const to = valueFor(from, value);
  if (!from.type.admits(to.type))
    throw new TypeError(`givens: ${from} has type ${from.type}, and ${to} of type ${to.type} cannot stand for it.`);
  replacements.set(from, to);
}

/** What may stand for `variable`: an expression as it is, a value as a constant of the variable's dtype. */
function valueFor(variable: Variable, value: TensorLike): Variable {
  return value instanceof TensorVariable ? value : constant(variable.type.filter(value));
}

function checkedUpdate(target: unknown, value: TensorLike): Update {
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
  updates: Update[],
  reads: () => readonly SharedVariable[],
  replaced: (next: Variable) => Variable,
  { noDefaultUpdates = false }: FunctionOptions,
): void {
  if (noDefaultUpdates === true) return;
  const done = new Set([...updates.map(([target]) => target), ...(noDefaultUpdates || [])]);
  const due = (): Update[] =>
    reads().flatMap((v): Update[] => (v.defaultUpdate === null || done.has(v) ? [] : [[v, v.defaultUpdate]]));
  for (let found = due(); found.length > 0; found = due())
    for (const [target, next] of found) {
      done.add(target);
      updates.push([target, replaced(checkedUpdate(target, next)[1])]);
    }
}

function checkInputsUsed(ins: readonly In[], plan: Plan, reaction: "raise" | "warn" | "ignore"): void {
  const variables = ins.map((input) => input.variable);
  variables.forEach((variable, i) => {
    const first = variables.indexOf(variable);
    if (first !== i)
      throw new UnusedInputError(
        `Variable ${variable} is used twice in inputs to theano.function, at indices ${first} and ${i}.  This would result in values provided for it being ignored. Please do not duplicate variables in the inputs list.`,
      );
  });
  if (reaction === "ignore") return;
  const used = new Set(graphInputs([...plan.outputs, ...plan.updates.map(([, next]) => next)], new Set(variables)));
  variables.forEach((variable, i) => {
    if (used.has(variable)) return;
    const message = `theano.function was asked to create a function computing outputs given certain inputs, but the provided input variable at index ${i} is not part of the computational graph needed to compute the outputs: ${variable}.`;
    if (reaction === "warn") {
      process.emitWarning(message, "UserWarning");
      return;
    }
    throw new UnusedInputError(
      `${message}\nTo make this error into a warning, you can pass the parameter onUnusedInput: "warn" to theano.function. To disable it completely, use onUnusedInput: "ignore".`,
    );
  });
}

function makeProfile(name: string, { profile = config.profile }: FunctionOptions, mode: Mode): ProfileStats | null {
  if (profile instanceof ProfileStats) return profile;
  const wanted = profile !== false || mode.behaviour.kind === "profile";
  if (!wanted && ProfileSession.current === null) return null;
  if (mode.behaviour.kind === "debug") {
    // The flag profile=True may be on for a whole session; only a profile asked for here is a contradiction.
    if (!wanted || config.profile) return null;
    throw new ValueError("DebugMode cannot be profiled: every node runs several times in it.");
  }
  const stats = new ProfileStats(typeof profile === "string" ? profile : name, config.profiling.time_thunks);
  if (config.profile || mode.behaviour.kind === "profile") printAtExit(stats);
  return stats;
}

/** Optimizes and links the graph as the mode says. */
function build(fgraph: FunctionGraph, mode: Mode, profile: ProfileStats | null): Program {
  const rewrite = (graph: FunctionGraph): void => {
    optimize(graph, mode.optimizer);
  };
  if (mode.behaviour.kind === "debug") return linkDebug(fgraph, rewrite, mode.behaviour.options);
  const start = now();
  rewrite(fgraph);
  const optimized = now();
  const program = linkProgram(fgraph, mode, profile);
  profile?.compiled({ optimize: optimized - start, link: now() - optimized });
  return program;
}

/** Links an optimized graph; `profile` and the mode's own checks watch it run. */
function linkProgram(fgraph: FunctionGraph, mode: Mode, profile: ProfileStats | null): Program {
  const guardTracer = mode.behaviour.kind === "nanguard" ? nanGuardTracer(fgraph, mode.behaviour.options) : null;
  const program = link(fgraph, mode.linker, combineTracers([profile, guardTracer]));
  profile?.linked(program.thunks);
  return program;
}

function guard(fgraph: FunctionGraph, mode: Mode): (values: readonly NDArray[]) => void {
  const { behaviour } = mode;
  return behaviour.kind === "nanguard" ? (values) => checkNanGuardInputs(fgraph, values, behaviour.options) : () => {};
}
