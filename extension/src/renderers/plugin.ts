import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { ITranslator } from "@jupyterlab/translation";
import { CONFIG_MIME, DEBUG_MIME, GRAPH_MIME } from "@theanotes/runtime/json";
import { configSchema, debugSchema, graphSchema } from "../schemas.ts";
import { bundleOf } from "../translation.ts";
import { configView } from "./config.ts";
import { debugView } from "./debug.ts";
import { cellFinder } from "./go-to-cell.ts";
import { graphView } from "./graph.ts";
import { rendererFactory } from "./json-renderer.ts";

/** Before every renderer of JupyterLab's own: theirs show what a bundle offers to other front ends. */
const RANK = 0;

/** Shows configurations, reports and graphs. */
export const renderersPlugin: JupyterFrontEndPlugin<void> = {
  id: "@theanotes/jupyterlab:renderers",
  description: "Renderers for the configurations, DebugMode reports and graphs of Theanotes.",
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [INotebookTracker, ITranslator],
  activate: (
    _app,
    rendermime: IRenderMimeRegistry,
    notebooks: INotebookTracker | null,
    translator: ITranslator | null,
  ) => {
    const trans = bundleOf(translator);
    const goTo = notebooks === null ? async () => false : cellFinder(notebooks);
    const factories = [
      rendererFactory(CONFIG_MIME, configSchema, (config) => configView(config, trans)),
      rendererFactory(DEBUG_MIME, debugSchema, (report) => debugView(report, trans, goTo)),
      rendererFactory(GRAPH_MIME, graphSchema, (graph) => graphView(graph, trans)),
    ];
    for (const factory of factories) rendermime.addFactory(factory, RANK);
  },
};
