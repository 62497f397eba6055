/**
 * Tagged templates for what a notebook can draw: `html`, `svg` and `md`. Cells use them, and so do our own outputs.
 *
 * Interpolated text is escaped in `html` and `svg`, so that a value can never change the structure around it; markup put
 * into markup stays as it is, and arrays are joined.
 */
import { Buffer } from "node:buffer";
import type { MimeBundle } from "../../messages.ts";
import { DISPLAY_METHOD, type Displayable } from "./bundle.ts";

type MarkupMime = "text/html" | "image/svg+xml" | "text/markdown";

/** A piece of HTML, SVG or Markdown. As a cell's last value it is drawn. */
export class Markup implements Displayable {
  readonly mime: MarkupMime;
  readonly text: string;

  constructor(mime: MarkupMime, text: string) {
    this.mime = mime;
    this.text = text;
  }

  [DISPLAY_METHOD](): MimeBundle {
    return { [this.mime]: this.text, "text/plain": this.text };
  }

  toString(): string {
    return this.text;
  }
}

/** A template tag. */
export type MarkupTag = (strings: TemplateStringsArray, ...values: readonly unknown[]) => Markup;

/** HTML: `html`<b>${name}</b>``. */
export const html: MarkupTag = (strings, ...values) => new Markup("text/html", fill(strings, values, escapeMarkup));

/** An SVG image: `svg`<svg …>${shapes}</svg>``. */
export const svg: MarkupTag = (strings, ...values) => new Markup("image/svg+xml", fill(strings, values, escapeMarkup));

/** Markdown: `md`# ${title}``. Values are put in as they are. */
export const md: MarkupTag = (strings, ...values) =>
  new Markup(
    "text/markdown",
    fill(strings, values, (text) => text),
  );

/** `text` as it must be written in HTML or XML, in elements and in quoted attributes. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * An image of an SVG text, in HTML. As a data URI it survives the sanitizers that remove inline `<svg>`.
 * @param alt what to read where the image is not shown
 */
export function imageOf(drawing: string, alt: string): Markup {
  const data = Buffer.from(drawing).toString("base64");
  return html`<img src="data:image/svg+xml;base64,${data}" alt="${alt}" style="max-width:100%">`;
}

function fill(strings: TemplateStringsArray, values: readonly unknown[], encode: (text: string) => string): string {
  return strings.raw.reduce((text, part, i) => text + written(values[i - 1], encode) + part);
}

function written(value: unknown, encode: (text: string) => string): string {
  if (value === undefined || value === null || value === false) return "";
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map((item) => written(item, encode)).join("");
  return encode(String(value));
}
