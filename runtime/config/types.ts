/** The types of the configuration, derived from the table of flags. */
import type { FLAGS } from "./flags.ts";
import type { FlagKind, FlagValue } from "./kinds.ts";
import type { FlagOrigin, FlagSource } from "./source.ts";
import type { FlagSpec } from "./spec.ts";

type Flag = (typeof FLAGS)[number];

/** The full dotted name of a flag: `floatX`, `DebugMode.patience`. */
export type FlagName = Flag["name"];

/** What a flag holds. */
export type FlagValueOf<Name extends FlagName> =
  Extract<Flag, { readonly name: Name }> extends FlagSpec<string, infer Value> ? Value : never;

/** The flags that code may set. */
export type MutableFlagName = Extract<Flag, { readonly mutable: true }>["name"];

/** The flags below a prefix such as `dnn.`, without it. */
type Below<Prefix extends string, Names extends string = FlagName> = Names extends `${Prefix}${infer Rest}`
  ? Rest
  : never;
type Leaf<Name extends string> = Name extends `${string}.${string}` ? never : Name;
type Section<Name extends string> = Name extends `${infer Head}.${string}` ? Head : never;

type ValueAt<Name extends string> = Name extends FlagName ? FlagValueOf<Name> : never;

type Tree<Prefix extends string> = {
  [Name in Leaf<Below<Prefix, MutableFlagName>>]: ValueAt<`${Prefix}${Name}`>;
} & {
  readonly [Name in Leaf<Below<Prefix, Exclude<FlagName, MutableFlagName>>>]: ValueAt<`${Prefix}${Name}`>;
} & {
  readonly [Name in Section<Below<Prefix>>]: Tree<`${Prefix}${Name}.`>;
};

/** The flags as properties: `config.floatX`, `config.dnn.conv.algo_fwd`. Those that code may not set are read-only. */
export type ConfigTree = Tree<"">;

type Changes<Prefix extends string> = {
  readonly [Name in Leaf<Below<Prefix, MutableFlagName>>]?: ValueAt<`${Prefix}${Name}`>;
} & {
  readonly [Name in Section<Below<Prefix, MutableFlagName>>]?: Changes<`${Prefix}${Name}.`>;
};

/** New values of some flags, under dotted names or in nested objects, or both. */
export type FlagChanges = Changes<""> & { readonly [Name in MutableFlagName]?: FlagValueOf<Name> };

/** One flag and its present state, in a form that JSON can hold. */
export interface FlagDescription {
  readonly name: string;
  readonly kind: FlagKind;
  readonly choices?: readonly string[];
  /** The value as it would be written in THEANO_FLAGS. */
  readonly value: string;
  readonly default: string;
  readonly origin: FlagOrigin;
  /** Where exactly it was set: `~/.theanorc:3`, `THEANO_FLAGS`, `cell-4.ts:1`. */
  readonly originDetail?: string;
  readonly mutable: boolean;
  /** False when this version accepts the flag and does nothing with it. */
  readonly effective: boolean;
  readonly doc: string;
}

/** The whole configuration in a form that JSON can hold. */
export interface ConfigDescription {
  readonly schema: "theanotes.config";
  readonly minor: number;
  readonly flags: readonly FlagDescription[];
}

/** A flag that got a new value. */
export interface ConfigChange {
  readonly name: string;
  readonly value: FlagValue;
  readonly previous: FlagValue;
  readonly source: FlagSource;
}
