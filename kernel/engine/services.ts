/** The door between the evaluation of cells and what is shown to their users: display, magics, bound names. */
import type { Magic } from "../magics/magic.ts";
import type { DisplayData, MimeBundle } from "../messages.ts";

/** How a display relates to those shown before it. */
export interface ShowOptions {
  /** A name under which the display can be updated later; without one it cannot. */
  readonly displayId?: string;
  /** True: replace every display of that name instead of adding an output. */
  readonly update?: boolean;
}

/** What code that runs on behalf of a cell may send to the notebook. Outputs go to the cell whose code is running. */
export interface CellHost {
  /**
   * Shows any value as a last value would be shown, with `EngineServices.describe`. Outputs keep the order of their
   * calls, also where one is described later, and a cell ends when all of its outputs are shown.
   */
  display(value: unknown, options?: ShowOptions): void;
  /** Shows a MIME bundle as it is. */
  show(data: DisplayData, options?: ShowOptions): void;
  /** Clears the cell's outputs; with `wait` only when the next output arrives. */
  clear(wait: boolean): void;
  /** Opens the front end's pager on a bundle; `text/plain` must be in it. */
  page(data: MimeBundle): void;
  /** Writes to the cell's stdout or stderr, as it is: no line end is added. */
  print(text: string, stream?: "stdout" | "stderr"): void;
  /** Asks the user for a line and waits for it. Throws when the front end does not allow questions. */
  input(prompt?: string, options?: { readonly password?: boolean }): string;
}

/** The engine's end of a comm: a channel of JSON messages that a front end opened. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  send(data: unknown): void;
  close(data?: unknown): void;
}

/** What serves a comm once it is open. */
export interface CommHandler {
  message(data: unknown): void;
  /** The front end has closed its side, or has gone. */
  close?(): void;
}

/** What the engine needs from the rest of the kernel. Made once, when the engine starts. */
export interface EngineServices {
  /**
   * How a value looks, or null when there is nothing to show (`undefined`). A throwing value is described, not thrown.
   * A promise (it never rejects) for charts, which are drawn by a library loaded on demand, and for values whose own
   * display method is asynchronous.
   */
  describe(value: unknown): DisplayData | null | Promise<DisplayData | null>;
  /** A rich display to show before an error's message (a DebugMode report), or null. */
  describeError(error: unknown): DisplayData | null;
  readonly magics: readonly Magic[];
  /** Global names of every cell: `theano`, `T`, `display` … */
  readonly bindings: Readonly<Record<string, unknown>>;
  /**
   * Work that makes cells faster, part by part; the engine does it while it has nothing else to do. What it throws is
   * ignored: cells that need the same will tell.
   */
  warmUp(): Iterator<void>;
  /** Comm targets by name. */
  readonly comms: Readonly<Record<string, (comm: Comm, data: unknown) => CommHandler>>;
}

/** Makes the services of one engine; `host` stays valid as long as the engine lives. */
export type CreateServices = (host: CellHost) => EngineServices;
