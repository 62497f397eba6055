import type { FlagType, FlagValue } from "./kinds.ts";

/** What a computed default may look at. */
export interface DefaultContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** The present value of another flag. */
  get(flag: string): FlagValue;
}

/** One flag: the only place that knows its name, values, default and meaning. */
export interface FlagSpec<
  Name extends string = string,
  Value extends FlagValue = FlagValue,
  Mutable extends boolean = boolean,
> {
  readonly name: Name;
  readonly type: FlagType<Value>;
  readonly default: Value | ((context: DefaultContext) => Value);
  /** False for flags that only the environment and the files can set. */
  readonly mutable: Mutable;
  /** False when this version accepts the flag and does nothing with it. */
  readonly effective: boolean;
  readonly doc: string;
  /** Makes the value usable before code reads it (not before it is listed), as a directory that must exist. */
  prepare?(value: Value): void;
}

interface Details<Value extends FlagValue, Mutable extends boolean> {
  readonly default: NoInfer<Value> | ((context: DefaultContext) => NoInfer<Value>);
  readonly doc: string;
  /** Default: true. */
  readonly mutable?: Mutable;
  /** Default: false, so that no flag claims more than it does. */
  readonly effective?: boolean;
  prepare?(value: NoInfer<Value>): void;
}

/** Describes a flag; see {@link FlagSpec}. */
export function flag<const Name extends string, Value extends FlagValue>(
  name: Name,
  type: FlagType<Value>,
  details: Details<Value, false> & { readonly mutable: false },
): FlagSpec<Name, Value, false>;
export function flag<const Name extends string, Value extends FlagValue>(
  name: Name,
  type: FlagType<Value>,
  details: Details<Value, true>,
): FlagSpec<Name, Value, true>;
export function flag(name: string, type: FlagType<FlagValue>, details: Details<FlagValue, boolean>): FlagSpec {
  return { name, type, mutable: true, effective: false, ...details };
}
