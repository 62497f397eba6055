import type { ConfigFlagJson } from "@theanotes/runtime/json";

/**
 * What a front end and the kernel say to each other about the configuration, on a comm.
 *
 * The front end opens the comm with {@link Hello} as its data; the kernel answers with {@link Snapshot} and from
 * then on sends {@link Changed} for every change, whoever made it. Revisions count up by one with each change, so
 * that a front end that misses one notices, says hello again and gets a new snapshot. The kernel's registry is the
 * only source of truth: a front end shows a value only after the kernel has told it.
 */

/** The comm's target name. */
export type ConfigCommTarget = "theanotes.config";

/** The version of this protocol; a kernel that does not speak it closes the comm. */
export type ConfigCommApi = 1;

/** Asks for a snapshot. Travels in `comm_open`, and in `comm_msg` to ask again. */
export interface Hello {
  readonly op: "hello";
  readonly api: ConfigCommApi;
}

/** Asks for a flag's value to be changed. Answered by one {@link SetResult} with the same `req`. */
export interface SetFlag {
  readonly op: "set";
  /** A number of the sender's choice, unique among its requests on this comm. */
  readonly req: number;
  readonly name: string;
  /** The value as text, as it would be written in THEANO_FLAGS. */
  readonly value: string;
}

/** What a front end sends. */
export type ToConfigComm = Hello | SetFlag;

/** The whole configuration at revision `rev`. */
export interface Snapshot {
  readonly op: "snapshot";
  readonly rev: number;
  readonly flags: readonly ConfigFlagJson[];
  /** The names that the flag `mode` may have in a menu, in the order in which to list them. */
  readonly modes: readonly string[];
}

/** One flag has a new value. `rev` is one more than that of the message before. */
export interface Changed {
  readonly op: "changed";
  readonly rev: number;
  readonly name: string;
  readonly value: string;
  /** Where the value comes from now; `panel` when a front end set it through a comm. */
  readonly origin: ConfigFlagJson["origin"];
}

/** The outcome of a {@link SetFlag}; when it succeeded, the {@link Changed} it caused has been sent before it. */
export type SetResult =
  | { readonly op: "result"; readonly req: number; readonly ok: true }
  /** `error` says which flag, which value and what was expected. */
  | { readonly op: "result"; readonly req: number; readonly ok: false; readonly error: string };

/** What the kernel sends. */
export type FromConfigComm = Snapshot | Changed | SetResult;
