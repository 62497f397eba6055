/** Charts: a Vega-Lite specification for front ends that draw it, an SVG twin for those that do not, and text. */
import type { TopLevelSpec } from "vega-lite";
import type { MimeBundle } from "../../messages.ts";
import { DISPLAY_METHOD, type Displayable } from "./bundle.ts";
import { drawVegaLite, vegaLiteMime } from "./vega.ts";

/**
 * A chart as a value: the last value of a cell, or an argument of `display`.
 *
 * Its bundle has no HTML on purpose: JupyterLab would show that instead of the interactive chart.
 */
export class Chart implements Displayable {
  readonly spec: TopLevelSpec & { readonly $schema: string };
  readonly text: string;

  /** @param text what to read where nothing can be drawn */
  constructor(spec: TopLevelSpec & { readonly $schema: string }, text: string) {
    this.spec = spec;
    this.text = text;
  }

  async [DISPLAY_METHOD](): Promise<MimeBundle> {
    const data: MimeBundle = { [vegaLiteMime(this.spec.$schema)]: this.spec, "text/plain": this.text };
    try {
      return { ...data, "image/svg+xml": await drawVegaLite(this.spec) };
    } catch {
      // The front end draws the specification itself and shows what is wrong with it; only the twin is missing.
      return data;
    }
  }
}
