import type { Changed, Snapshot } from "@theanotes/kernel/comm-config";
import type { ConfigFlagJson } from "@theanotes/runtime/json";

/** A kernel's configuration as the kernel last told it. */
export interface Configuration {
  readonly rev: number;
  readonly flags: ReadonlyMap<string, ConfigFlagJson>;
  /** The names to list for the flag `mode`. */
  readonly modes: readonly string[];
}

/**
 * The configuration after a message.
 *
 * @returns null when a message must have been missed, so that a new snapshot is needed
 */
export function follow(known: Configuration | null, message: Snapshot | Changed): Configuration | null {
  if (message.op === "snapshot") {
    const flags = new Map(message.flags.map((flag) => [flag.name, flag]));
    return { rev: message.rev, flags, modes: message.modes };
  }
  if (known === null) return null;
  if (message.rev <= known.rev) return known;
  const flag = known.flags.get(message.name);
  if (message.rev > known.rev + 1 || flag === undefined) return null;
  const flags = new Map(known.flags).set(flag.name, { ...flag, value: message.value, origin: message.origin });
  return { ...known, rev: message.rev, flags };
}
