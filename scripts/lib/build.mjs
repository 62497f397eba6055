import { existsSync } from "node:fs";
import { packageScript, projectNode } from "./node.mjs";
import { npm } from "./packages.mjs";
import { inProject } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { capture } from "./process.mjs";
import { keyOf, Stamp } from "./stamp.mjs";

const SOURCES = ["package-lock.json", "tsconfig.json", "tsconfig.base.json", "runtime", "kernel"];

/** A key for all that the runtime and the kernel are built from. */
export const librariesKey = () => keyOf(SOURCES.map((path) => inProject(path)));

/** A key for all that the extension is built from; it shares types with the libraries. */
const extensionKey = () => keyOf([inProject("extension")], [librariesKey()]);

const librariesStamp = new Stamp(inProject(".cache", "libraries.stamp"));
const extensionStamp = new Stamp(inProject(".cache", "extension.stamp"));

/**
 * The runtime and the kernel, compiled.
 * @type {import("./progress.mjs").Step}
 */
export const libraries = {
  title: "runtime and kernel",
  isCurrent: () =>
    ["runtime", "kernel"].every((folder) => existsSync(inProject(folder, "dist", "index.js"))) &&
    librariesStamp.matches(librariesKey()),
  run: async (report) => {
    librariesStamp.remove();
    report("tsc -b");
    const key = librariesKey();
    const { status, output } = await capture(projectNode(), [packageScript("typescript", "tsc"), "-b"]);
    if (status !== 0) throw new Problem(`TypeScript found errors:\n${output}`);
    librariesStamp.write(key);
    return "built";
  },
};

/**
 * The JupyterLab extension, bundled.
 * @type {import("./progress.mjs").Step}
 */
export const extension = {
  title: "JupyterLab extension",
  isCurrent: () =>
    existsSync(inProject("extension", "labextension", "package.json")) && extensionStamp.matches(extensionKey()),
  run: async (report) => {
    extensionStamp.remove();
    const key = extensionKey();
    const { status, output } = await npm(["run", "build", "--workspace=extension", "--loglevel=error"], report);
    if (status !== 0) throw new Problem(`The JupyterLab extension could not be built:\n${output}`);
    extensionStamp.write(key);
    return "built";
  },
};
