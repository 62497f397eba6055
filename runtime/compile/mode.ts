/** Compilation modes: an optimizer, a linker, and what is watched while a function runs. */
import { inspect } from "node:util";
import { AssertionError, ValueError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import { didYouMean, nearest } from "../config/suggest.ts";
import { type Linker, linkerNamed } from "../link/linker.ts";
import { type ExtraRewrite, optimizerNamed, Query } from "../rewrite/db.ts";
import { DEBUG_MODE_DEFAULTS, type DebugModeOptions } from "./debugmode.ts";
import { NAN_GUARD_DEFAULTS, type NanGuardOptions } from "./nanguard.ts";

/** What a mode does besides running the graph. */
export type ModeKind =
  | { readonly kind: "plain" }
  /** Runs every function with a profile that is printed when the process ends: Theano's deprecated ProfileMode. */
  | { readonly kind: "profile" }
  | { readonly kind: "debug"; readonly options: DebugModeOptions }
  | { readonly kind: "nanguard"; readonly options: NanGuardOptions };

const PLAIN: ModeKind = { kind: "plain" };

export interface ModeOptions {
  /** Absent: the flag `linker`. */
  readonly linker?: string | Linker;
  /** Absent: the flag `optimizer`; null, as `"None"`: no rewrites. */
  readonly optimizer?: string | Query | null;
  readonly behaviour?: ModeKind;
}

/**
 * An immutable pair of linker and optimizer; `including` and its sisters give changed copies.
 * A name that is left out comes from the configuration at the moment of construction.
 */
export class Mode {
  readonly linker: Linker;
  readonly optimizer: Query;
  readonly behaviour: ModeKind;

  /** @throws KeyError for an unknown linker or optimizer name. */
  constructor({ linker = config.linker, optimizer = config.optimizer, behaviour = PLAIN }: ModeOptions = {}) {
    // What is neither an object nor a name is named by the error.
    this.linker = typeof linker === "object" ? linker : linkerNamed(`${linker}`);
    this.optimizer = typeof optimizer === "object" ? (optimizer ?? new Query()) : optimizerNamed(`${optimizer}`);
    this.behaviour = behaviour;
  }

  /**
   * A copy with another linker or optimizer.
   * @throws KeyError for an unknown linker or optimizer name.
   */
  clone(changes: Pick<ModeOptions, "linker" | "optimizer"> = {}): Mode {
    return new Mode({ ...this, ...changes });
  }

  including(...tags: readonly string[]): Mode {
    return this.#withOptimizer(this.optimizer.including(...tags));
  }

  excluding(...tags: readonly string[]): Mode {
    return this.#withOptimizer(this.optimizer.excluding(...tags));
  }

  requiring(...tags: readonly string[]): Mode {
    return this.#withOptimizer(this.optimizer.requiring(...tags));
  }

  /** Runs rewrites besides those that tags select: `mode.register({ rewrite, position: 2.5 })`. */
  register(...extra: readonly ExtraRewrite[]): Mode {
    return this.#withOptimizer(this.optimizer.register(...extra));
  }

  #withOptimizer(optimizer: Query): Mode {
    return this.clone({ optimizer });
  }

  /** `Mode(linker = cvm, optimizer = Query{…})`. */
  toString(): string {
    return `${MODE_CLASS[this.behaviour.kind]}(linker = ${this.linker.name}, optimizer = ${this.optimizer})`;
  }

  /** What `console.log` prints. */
  [inspect.custom](): string {
    return this.toString();
  }
}

const MODE_CLASS: Readonly<Record<ModeKind["kind"], string>> = {
  plain: "Mode",
  profile: "ProfileMode",
  debug: "DebugMode",
  nanguard: "NanGuardMode",
};

/** A mode that checks every node on every call; see `debugmode.ts`. Options left out come from the `DebugMode.*` flags when the function is compiled. */
export function DebugMode(options: DebugModeOptions & { readonly optimizer?: string | Query } = {}): Mode {
  const { optimizer, ...checks } = options;
  if (checks.checkC === false && checks.checkPy === false)
    throw new ValueError("DebugMode has to check at least one of c and py code");
  return new Mode({
    optimizer: optimizer ?? "fast_run",
    behaviour: { kind: "debug", options: { ...DEBUG_MODE_DEFAULTS, ...checks } },
  });
}

/** A mode that stops at the first NaN, infinity or very large value; see `nanguard.ts`. */
export function NanGuardMode(
  options: NanGuardOptions & { readonly optimizer?: string | Query; readonly linker?: string } = {},
): Mode {
  const { optimizer, linker, ...checks } = options;
  if (checks.nanIsError === false && checks.infIsError === false && checks.bigIsError === false)
    throw new AssertionError("NanGuardMode has to look for at least one of NaN, infinity and big values");
  return new Mode({
    optimizer,
    linker,
    behaviour: { kind: "nanguard", options: { ...NAN_GUARD_DEFAULTS, ...checks } },
  });
}

/** A predefined mode: its name in the configuration, and how it is made. */
export interface PredefinedMode {
  readonly name: string;
  readonly doc: string;
  make(): Mode;
}

/** In the order in which the configuration lists them. */
export const PREDEFINED_MODES: readonly PredefinedMode[] = [
  { name: "Mode", doc: "the linker and the optimizer that the configuration names", make: () => new Mode() },
  {
    name: "ProfileMode",
    doc: "deprecated in favour of profile=True: as Mode, and a profile is printed at the end",
    make: () => new Mode({ behaviour: { kind: "profile" } }),
  },
  {
    name: "DebugMode",
    doc: "checks every node on every call: invalid and non-finite values, compiled against reference results",
    make: () => DebugMode({ optimizer: config.optimizer }),
  },
  {
    name: "FAST_RUN",
    doc: "all rewrites, compiled thunks",
    make: () => new Mode({ linker: "cvm", optimizer: "fast_run" }),
  },
  { name: "NanGuardMode", doc: "stops at the first NaN, infinity or very large value", make: () => NanGuardMode() },
  {
    name: "FAST_COMPILE",
    doc: "few rewrites, JavaScript only: quick to build, slower to run",
    make: () => new Mode({ linker: "py", optimizer: "fast_compile" }),
  },
  {
    name: "PROFILE_MODE",
    doc: "old spelling of ProfileMode",
    make: () => new Mode({ behaviour: { kind: "profile" } }),
  },
  { name: "DEBUG_MODE", doc: "old spelling of DebugMode, always with fast_run", make: () => DebugMode() },
];

/**
 * The mode of a name, the mode itself, or that of `config.mode` when none is given. The flags `optimizer_including`,
 * `_excluding` and `_requiring` apply in every case, and nothing is cached: changing `config.mode` works at once.
 * @throws ValueError for an unknown name.
 */
export function getMode(mode: string | Mode | null = null): Mode {
  return withConfiguredTags(mode instanceof Mode ? mode : predefined(`${mode ?? config.mode}`));
}

function predefined(name: string): Mode {
  const found = PREDEFINED_MODES.find((m) => m.name === name);
  if (found !== undefined) return found.make();
  const names = PREDEFINED_MODES.map((m) => m.name);
  throw new ValueError(
    `No predefined mode exist for string: ${name}. The modes are ${names.join(", ")}.${didYouMean(nearest(name, names))}`,
  );
}

function withConfiguredTags(mode: Mode): Mode {
  const tags = (text: string): string[] => text.split(":").filter((tag) => tag !== "");
  return mode
    .including(...tags(config.optimizer_including))
    .excluding(...tags(config.optimizer_excluding))
    .requiring(...tags(config.optimizer_requiring));
}
