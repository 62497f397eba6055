import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const onWindows = process.platform === "win32";

/** The project's folder. */
export const root = resolve(fileURLToPath(new URL("../..", import.meta.url)));

/**
 * A path inside the project.
 * @param {string[]} parts
 */
export const inProject = (...parts) => join(root, ...parts);

/** The project's own Python environment, and where it keeps its programs. */
export const venv = inProject(".venv");
export const venvPrograms = join(venv, onWindows ? "Scripts" : "bin");
export const venvPython = join(venvPrograms, onWindows ? "python.exe" : "python");

/** Where Jupyter looks for kernels, extensions and settings that belong to the environment. */
export const venvJupyter = join(venv, "share", "jupyter");
