import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import type { GenericSchema } from "valibot";
import { element } from "../dom.ts";
import { read } from "../schemas.ts";

/** Draws data of type T. */
export type View<T> = (data: T) => HTMLElement;

/** Shows the JSON of one MIME type through a view, or the bundle's plain text when the JSON cannot be read. */
class JsonRenderer<T> extends Widget implements IRenderMime.IRenderer {
  readonly #mimeType: string;
  readonly #schema: GenericSchema<unknown, T>;
  readonly #view: View<T>;

  constructor(mimeType: string, schema: GenericSchema<unknown, T>, view: View<T>) {
    super();
    this.addClass("theanotes-Output");
    this.#mimeType = mimeType;
    this.#schema = schema;
    this.#view = view;
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const data = read(this.#schema, model.data[this.#mimeType]);
    this.node.replaceChildren(data === null ? plain(model) : this.#view(data));
  }
}

function plain(model: IRenderMime.IMimeModel): HTMLElement {
  const text = model.data["text/plain"];
  return element("pre", {}, Array.isArray(text) ? text.join("") : String(text ?? ""));
}

/** A factory for outputs of one MIME type. It is safe for files from strangers: views build nodes, never HTML text. */
export function rendererFactory<T>(
  mimeType: string,
  schema: GenericSchema<unknown, T>,
  view: View<T>,
): IRenderMime.IRendererFactory {
  return {
    safe: true,
    mimeTypes: [mimeType],
    defaultRank: 0,
    createRenderer: () => new JsonRenderer(mimeType, schema, view),
  };
}
