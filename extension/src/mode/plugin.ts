import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IToolbarWidgetRegistry } from "@jupyterlab/apputils";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { ITranslator } from "@jupyterlab/translation";
import { IKernelLink } from "../link/plugin.ts";
import { bundleOf } from "../translation.ts";
import { ModeSwitch } from "./switch.ts";

/** Puts the mode switch into notebook toolbars; `schema/mode.json` says where. */
export const modePlugin: JupyterFrontEndPlugin<void> = {
  id: "@theanotes/jupyterlab:mode",
  description: "A switch for the compilation mode in the toolbar of notebooks.",
  autoStart: true,
  requires: [IKernelLink, IToolbarWidgetRegistry],
  optional: [ITranslator],
  activate: (_app, link: IKernelLink, toolbars: IToolbarWidgetRegistry, translator: ITranslator | null) => {
    const trans = bundleOf(translator);
    toolbars.addFactory<NotebookPanel>(
      "Notebook",
      "theanotes-mode",
      (panel) => new ModeSwitch(link.connectionOf(panel.sessionContext), trans),
    );
  },
};
