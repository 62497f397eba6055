import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { inProject, root, venvPython } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { passThrough } from "./process.mjs";

/**
 * A notebook to run, and the file for its result.
 * @typedef {{ source: string, target: string }} Job
 */

/**
 * Finds a notebook that was named on the command line.
 * @param {{ notebook: string, output: string | undefined }} wish
 * @returns {Job}
 * @throws {Problem} when there is no such file
 */
export function locateNotebook({ notebook, output }) {
  // npm runs us in the project's folder; INIT_CWD is where the person stands.
  const folders = [root, process.env.INIT_CWD ?? process.cwd()];
  const folder = folders.find((candidate) => existsSync(resolve(candidate, notebook)));
  if (folder === undefined) {
    throw new Problem(`There is no notebook ${notebook}`, `Looked in ${[...new Set(folders)].join(" and in ")}.`);
  }
  const source = resolve(folder, notebook);
  const target = output === undefined ? join(dirname(source), "output", basename(source)) : resolve(folder, output);
  return { source, target };
}

/**
 * Executes a notebook with its own folder as the working directory, and says where the result is.
 * @param {Job} job
 * @returns {Promise<number>} the exit code: 0 when every cell did what it should
 */
export function runNotebook({ source, target }) {
  return passThrough(venvPython, [inProject("scripts", "run_notebook.py"), source, target]);
}
