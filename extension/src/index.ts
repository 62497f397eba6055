import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { type IKernelLink, linkPlugin } from "./link/plugin.ts";
import { modePlugin } from "./mode/plugin.ts";
import { renderersPlugin } from "./renderers/plugin.ts";

/** The plugins; each can be switched off by its id in JupyterLab. */
const plugins: readonly [JupyterFrontEndPlugin<IKernelLink>, JupyterFrontEndPlugin<void>, JupyterFrontEndPlugin<void>] =
  [linkPlugin, modePlugin, renderersPlugin];

export default plugins;
