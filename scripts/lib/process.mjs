import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { inProject, root, venvPrograms } from "./paths.mjs";

/**
 * @typedef {object} Result
 * @property {number} status the exit code; 127 when the program could not be started
 * @property {string} output standard output and standard error together
 */

/**
 * Runs a program in the project's folder and keeps what it prints.
 * @param {string} program
 * @param {string[]} args
 * @param {(line: string) => void} [onLine] hears every line as it comes
 * @returns {Promise<Result>}
 */
export function capture(program, args, onLine = () => {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env: environment(), stdio: ["ignore", "pipe", "pipe"] });
    /** @type {string[]} */
    const lines = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        onLine(line);
      });
    }
    child.on("error", (error) => resolve({ status: 127, output: error.message }));
    child.on("close", (status) => resolve({ status: status ?? 1, output: lines.join("\n") }));
  });
}

/**
 * Runs a program in the project's folder, on the caller's terminal.
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<number>} its exit code; 1 when a signal ended it
 */
export function passThrough(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env: environment(), stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (status) => resolve(status ?? 1));
  });
}

/** The caller's environment, where `node` and `python` are first of all the project's own. */
export function environment() {
  const env = { ...process.env };
  // Windows calls it "Path", and keeps one of two spellings at random.
  const key = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  env[key] = [venvPrograms, inProject("node_modules", ".bin"), env[key]].filter(Boolean).join(delimiter);
  return env;
}

/**
 * Every program of this name on the caller's PATH, first come first.
 * @param {string} name
 */
export function onPath(name) {
  const file = process.platform === "win32" ? `${name}.exe` : name;
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, file))
    .filter((path) => existsSync(path));
}
