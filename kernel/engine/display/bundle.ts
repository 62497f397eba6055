/** MIME bundles: how a value of a cell becomes what front ends show. */
import type { DisplayData, MimeBundle } from "../../messages.ts";

/** The method by which TypeScript notebook libraries say how a value is shown: it returns a MIME bundle, or a promise of one. */
export const DISPLAY_METHOD: unique symbol = Symbol.for("Jupyter.display");

/** A value that says itself how it is shown. */
export interface Displayable {
  [DISPLAY_METHOD](): MimeBundle | Promise<MimeBundle>;
}

/** A bundle with the given data and no metadata. */
export function displayOf(data: MimeBundle): DisplayData {
  return { data, metadata: {} };
}

/** A bundle of text alone. */
export function textDisplay(text: string): DisplayData {
  return displayOf({ "text/plain": text });
}

/** Whether `value` has the method of the display convention. */
export function isDisplayable(value: unknown): value is { [DISPLAY_METHOD](): unknown } {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    DISPLAY_METHOD in value &&
    typeof value[DISPLAY_METHOD] === "function"
  );
}

const MIME_TYPE = /^[\w.+-]+\/[\w.+-]+$/;

/** Whether `value` is a plain object whose keys are all MIME types. */
export function isMimeBundle(value: unknown): value is MimeBundle {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => MIME_TYPE.test(key));
}
