/** `theano.function`: from a graph to something that can be called. */
import type { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import { destroyedInputs, respectDestroyMaps } from "../graph/destroy.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import { captureOrigin } from "../graph/origin.ts";
import { link } from "../link/linker.ts";
import { combineTracers } from "../link/trace.ts";
import type { Program } from "../link/vm.ts";
import { type OptimizeResult, optimize } from "../rewrite/engine.ts";
import { linkDebug } from "./debugmode.ts";
import { insertDeepCopies } from "./deepcopies.ts";
import { Executable, type TheanoFunction, toCallable } from "./executable.ts";
import { bindInput, type Input, normalizeInputs } from "./io.ts";
import { getMode, type Mode } from "./mode.ts";
import { checkNanGuardInputs, nanGuardTracer } from "./nanguard.ts";
import { OutputForm, type Outputs, type Results } from "./outputs.ts";
import { checkInputsUsed, makePlan, type PlanOptions } from "./plan.ts";
import { now, ProfileStats } from "./profile.ts";
import { countAtExit, printAtExit, profileOfProfileMode } from "./profileregistry.ts";
import { ProfileSession } from "./profilesession.ts";

export type { Outputs, Results } from "./outputs.ts";
export type { Givens, Updates } from "./plan.ts";

const TIERS = ["auto", "js", "native"] as const;
/** How soon a function runs as native code; see {@link FunctionOptions.tier}. */
export type Tier = (typeof TIERS)[number];

function isTier(tier: string): tier is Tier {
  return TIERS.some((one) => one === tier);
}

export interface FunctionOptions extends PlanOptions {
  /** A mode or the name of one; absent: `config.mode`. */
  readonly mode?: string | Mode;
  /** Shown in errors and profiles; absent: the file and line of the call. */
  readonly name?: string;
  /** true: narrow arguments silently; false: never; absent: only plain numbers into floatX. */
  readonly allowInputDowncast?: boolean | null;
  /** Collect a profile; a string is its message. Absent: `config.profile`. */
  readonly profile?: boolean | string | ProfileStats;
  /** The graph may contain ops that overwrite their inputs; absent: that is a TypeError. */
  readonly acceptInplace?: boolean;
  /**
   * What runs the function: `auto`, JavaScript at once and native code when it has proved worth compiling; `js`, always
   * JavaScript; `native`, native code from the first call on, for which compiling is waited for. Absent: `auto`.
   */
  readonly tier?: Tier;
  /** What to do with an input the graph does not use; absent: `config.on_unused_input`. */
  readonly onUnusedInput?: "raise" | "warn" | "ignore";
}

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
  const bound = normalizeInputs(inputs, options.allowInputDowncast ?? null).map(bindInput);
  const form = new OutputForm(outputs);
  const plan = makePlan(bound, form.variables, options);
  checkInputsUsed(bound, plan, options.onUnusedInput ?? config.on_unused_input);
  const { fgraph } = FunctionGraph.cloneOf(
    [...plan.inputs, ...plan.shared],
    [...plan.outputs, ...plan.updates.map(([, next]) => next)],
    plan.updatePositions,
  );
  if (options.acceptInplace) respectDestroyMaps(fgraph);
  else refuseInplace(fgraph);
  const profile = makeProfile(name, options, mode);
  const { tier = "auto" } = options;
  if (!isTier(tier))
    throw new ValueError(`The option tier of ${name} is one of ${TIERS.join(", ")}; got ${JSON.stringify(tier)}.`);
  const program = build(fgraph, mode, profile, tier);
  if (tier === "native" || (tier === "auto" && mode.linker.awaits)) program.native?.wait();
  profile?.compiled({ total: now() - start });
  const executable = new Executable({
    name,
    mode,
    fgraph,
    program,
    profile,
    relink: mode.behaviour.kind === "debug" ? null : (stats) => linkProgram(fgraph, mode, stats, tier),
    inputs: bound,
    form,
    shared: plan.shared,
    updateTargets: plan.updates.map(([target]) => target),
    beforeCall: guard(fgraph, mode),
  });
  return toCallable<Results<O>>(executable);
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

function makeProfile(name: string, options: FunctionOptions, mode: Mode): ProfileStats | null {
  const { profile = config.profile } = options;
  if (profile instanceof ProfileStats) return profile;
  const isProfileMode = mode.behaviour.kind === "profile";
  const wanted = profile !== false || isProfileMode;
  // A profile that is refused for this function is no mistake.
  if (!wanted && options.profile === undefined && config.profile_optimizer)
    process.emitWarning("config.profile_optimizer requires config.profile to  be set to True as well", "UserWarning");
  if (!wanted && !config.print_global_stats && ProfileSession.current === null) return null;
  if (mode.behaviour.kind === "debug") {
    // The flag profile=True may be on for a whole session; only a profile asked for here is a contradiction.
    if (!wanted || config.profile) return null;
    throw new ValueError("DebugMode cannot be profiled: every node runs several times in it.");
  }
  const message = typeof profile === "string" ? profile : name;
  if (isProfileMode) return profileOfProfileMode(message);
  const stats = new ProfileStats(message, config.profiling.time_thunks);
  if (wanted && config.profile) printAtExit(stats);
  else if (config.print_global_stats) countAtExit(stats);
  return stats;
}

/** Optimizes and links the graph as the mode says. */
function build(fgraph: FunctionGraph, mode: Mode, profile: ProfileStats | null, tier: Tier): Program {
  const rewrite = (graph: FunctionGraph): OptimizeResult => optimize(graph, mode.optimizer);
  if (mode.behaviour.kind === "debug") return linkDebug(fgraph, rewrite, mode.behaviour.options);
  const optimized = rewrite(fgraph);
  insertDeepCopies(fgraph);
  profile?.optimized(optimized);
  const start = now();
  const program = linkProgram(fgraph, mode, profile, tier);
  profile?.compiled({ link: now() - start });
  return program;
}

/** Links an optimized graph; `profile` and the mode's own checks watch it run. */
function linkProgram(fgraph: FunctionGraph, mode: Mode, profile: ProfileStats | null, tier: Tier): Program {
  const guardTracer = mode.behaviour.kind === "nanguard" ? nanGuardTracer(fgraph, mode.behaviour.options) : null;
  return link(fgraph, mode.linker, combineTracers([profile, guardTracer]), tier !== "js");
}

function guard(fgraph: FunctionGraph, mode: Mode): (values: readonly NDArray[]) => void {
  const { behaviour } = mode;
  return behaviour.kind === "nanguard" ? (values) => checkNanGuardInputs(fgraph, values, behaviour.options) : () => {};
}
