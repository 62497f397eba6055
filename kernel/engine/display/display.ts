/** The global `display` of cells. */
import { randomUUID } from "node:crypto";
import type { MimeBundle } from "../../messages.ts";
import type { CellHost } from "../services.ts";
import { displayOf, isMimeBundle } from "./bundle.ts";

/** How a value is displayed. */
export interface DisplayOptions {
  /** A name for the display, under which any cell can update it. Without one it gets a new name. */
  readonly id?: string;
  /** Replace what the displays named `id` show instead of adding an output. */
  readonly update?: boolean;
  /** The value is a MIME bundle, to be shown as it is. */
  readonly raw?: boolean;
}

/** A display that is in the notebook. */
export class DisplayHandle {
  readonly id: string;
  /** Shows another value in place of the one that is shown. */
  readonly update: (value: unknown) => void;

  constructor(id: string, update: (value: unknown) => void) {
    this.id = id;
    this.update = update;
  }
}

/**
 * Shows a value, as a cell's last value would be shown.
 * @throws TypeError when an update names no display, or a raw value is no MIME bundle.
 */
export type Display = (value: unknown, options?: DisplayOptions) => DisplayHandle;

/** The function `display` of an engine. */
export function createDisplay(host: CellHost): Display {
  return (value, { id, update = false, raw = false } = {}) => {
    if (update && id === undefined) throw new TypeError("display: an update needs the id of the display to replace.");
    const displayId = id ?? randomUUID();
    const show = (shown: unknown, replaces: boolean): void => {
      const place = { displayId, update: replaces };
      if (raw) host.show(displayOf(requireBundle(shown)), place);
      else host.display(shown, place);
    };
    show(value, update);
    return new DisplayHandle(displayId, (next) => show(next, true));
  };
}

function requireBundle(value: unknown): MimeBundle {
  if (isMimeBundle(value)) return value;
  throw new TypeError('display: a raw value is a MIME bundle, such as { "text/html": "<b>bold</b>" }.');
}
