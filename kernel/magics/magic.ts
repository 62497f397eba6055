/** What a magic is, and what it may do to the cell that called it. */
import type { CellHost } from "../engine/services.ts";
import type { MagicSpec } from "../messages.ts";

/** The calling cell, as a magic sees it. The configuration is not here: a magic that needs it imports it. */
export interface MagicContext extends CellHost {
  /** The number of the calling cell. */
  readonly cell: number;
  /** Settles when the cell is over, however it ended. After an interrupt, code that waits for `body` may never run. */
  readonly ended: Promise<void>;
}

/**
 * A magic: its description for the language, and its behaviour.
 *
 * What `run` or `wrap` returns (a promise is awaited where the cell ends with the magic) is the magic's value,
 * shown like any last value of a cell; `undefined` shows nothing. What they throw is the cell's error.
 */
export interface Magic extends MagicSpec {
  /**
   * `%name argument`.
   * @param value evaluates the argument; present when the magic's argument is an `expression`.
   */
  run?(context: MagicContext, argument: string, value?: () => unknown): unknown;
  /**
   * `%%name argument`.
   * @param body runs the rest of the cell and returns its last value, or a promise of it.
   */
  wrap?(context: MagicContext, argument: string, body: () => unknown): unknown;
}
