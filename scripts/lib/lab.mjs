import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { librariesKey } from "./build.mjs";
import { projectNode } from "./node.mjs";
import { inProject, venv, venvJupyter } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { capture } from "./process.mjs";
import { keyOf, Stamp } from "./stamp.mjs";

const stamp = new Stamp(join(venv, ".theanotes-lab-stamp"));
const extensionLink = join(venvJupyter, "labextensions", "@theanotes", "jupyterlab");

/** JupyterLab's news and update notices would cover a corner of the notebook, and ask the network. */
const SETTINGS = {
  "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
};

const key = () => keyOf([], [librariesKey(), projectNode(), JSON.stringify(SETTINGS)]);

/**
 * The kernel, the extension and our settings, made known to the JupyterLab of the environment.
 * @type {import("./progress.mjs").Step}
 */
export const lab = {
  title: "kernel and extension in JupyterLab",
  isCurrent: () => existsSync(extensionLink) && stamp.matches(key()),
  run: async () => {
    stamp.remove();
    await installKernel();
    linkExtension();
    writeSettings();
    stamp.write(key());
    return "installed";
  },
};

async function installKernel() {
  const args = [inProject("kernel", "dist", "install.js"), "--prefix", venv];
  const { status, output } = await capture(projectNode(), args);
  if (status !== 0) throw new Problem(`The kernel could not be installed:\n${output}`);
}

/** A link, not a copy: what is built next is what JupyterLab loads next. */
function linkExtension() {
  mkdirSync(dirname(extensionLink), { recursive: true });
  rmSync(extensionLink, { recursive: true, force: true });
  // "junction" matters on Windows only, where an ordinary link needs rights that few have.
  symlinkSync(inProject("extension", "labextension"), extensionLink, "junction");
}

function writeSettings() {
  const file = join(venvJupyter, "lab", "settings", "overrides.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(SETTINGS, null, 2)}\n`);
}
