/** The configuration: `config.floatX`, `config.toString()`, `changeFlags({ floatX: "float32" }, () => …)`. */
import { ConfigRegistry } from "./registry.ts";
import { type Config, viewOf } from "./view.ts";

export { type FlagItem, parseFlags } from "./flagstext.ts";
export type { FlagKind, FlagType, FlagValue, Given } from "./kinds.ts";
export { bool, choice, float, int, text } from "./kinds.ts";
export type { ConfigProblem, ConfigSources } from "./load.ts";
export { ConfigRegistry } from "./registry.ts";
export type { FlagOrigin, FlagSource } from "./source.ts";
export { showSource } from "./source.ts";
export type { DefaultContext, FlagSpec } from "./spec.ts";
export { flag } from "./spec.ts";
export type {
  ConfigChange,
  ConfigDescription,
  ConfigTree,
  FlagChanges,
  FlagDescription,
  FlagName,
  FlagValueOf,
  MutableFlagName,
} from "./types.ts";
export type { Config, ConfigMethods } from "./view.ts";
export { viewOf } from "./view.ts";

/** The configuration of this process, from its environment and files. Loading it never throws: see `config.problems`. */
export const config: Config = viewOf(ConfigRegistry.load());

/** {@link ConfigRegistry.changeFlags} of this process's configuration. */
export const changeFlags: Config["changeFlags"] = config.changeFlags;

// Whoever shows problems in a better place does so right after importing this; what is left then goes to stderr.
setImmediate(() => config.reportProblems((message) => process.emitWarning(message, "TheanoConfigWarning")));
