import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { inProject } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { capture } from "./process.mjs";

/**
 * The npm packages, exactly as package-lock.json names them.
 * @type {import("./progress.mjs").Step}
 */
export const packages = {
  title: "npm packages",
  isCurrent: () => agree(lockedPackages("package-lock.json"), lockedPackages("node_modules/.package-lock.json")),
  run: async (report) => {
    report("asking the registry");
    // The packages' install scripts are not needed: zeromq, the only one that has any, ships compiled.
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=http"];
    const { status, output } = await npm(args, fetchReporter(report));
    if (status !== 0) throw installProblem(output);
    return `${/added (\d+) packages/.exec(output)?.[1] ?? "all"} packages installed`;
  },
};

/**
 * Where each package goes, with its version. Packages for other systems are optional, and not there.
 * @typedef {Record<string, { version?: string, optional?: boolean }>} Packages
 */

/**
 * The packages of a lock file: of ours, or of the one in which npm writes down what it has installed.
 * @param {string} file
 * @returns {Packages}
 */
function lockedPackages(file) {
  const path = inProject(file);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).packages : {};
}

/**
 * Whether everything that is wanted is there.
 * @param {Packages} wanted
 * @param {Packages} present
 */
export function agree(wanted, present) {
  return Object.entries(wanted).every(([path, { version, optional = false }]) => {
    if (!path.includes("node_modules/")) return true; // the workspace itself and its members
    const there = present[path];
    return there === undefined ? optional : there.version === version;
  });
}

/**
 * Makes progress of npm's log: how many packages came, or that the registry keeps us waiting.
 * @param {(detail: string) => void} report
 * @returns {(line: string) => void}
 */
function fetchReporter(report) {
  let fetched = 0;
  return (line) => {
    const trouble = /attempt \d+ failed with (\w+)/.exec(line);
    if (trouble) report(`no answer from the registry yet (${trouble[1]})`);
    else if (/http fetch GET 200 .*\.tgz/.test(line)) report(`${++fetched} packages fetched`);
  };
}

/**
 * Runs npm, hiding what it prints: the npm that started us, else the one on the PATH.
 * @param {string[]} args
 * @param {(line: string) => void} [onLine]
 */
export function npm(args, onLine) {
  const script = process.env.npm_execpath ?? "";
  if (basename(script) === "npm-cli.js") return capture(process.execPath, [script, ...args], onLine);
  return process.platform === "win32"
    ? capture("cmd.exe", ["/d", "/s", "/c", "npm", ...args], onLine)
    : capture("npm", args, onLine);
}

/** What npm's error codes mean for the person who waits for the packages. */
const ADVICE = new Map([
  ["ENOTFOUND", "The registry's name was not found: is there a network, and is `npm config get registry` right?"],
  ["EAI_AGAIN", "The registry's name was not found: is there a network, and is `npm config get registry` right?"],
  ["ECONNREFUSED", "The registry or the proxy refused the connection: look at `npm config get registry` and `proxy`."],
  ["ECONNRESET", "The connection broke off. Run the same command again."],
  ["ETIMEDOUT", "The registry did not answer in time. Behind a proxy? `npm config set proxy …` tells npm of it."],
  ["E401", "The registry wants a login: `npm login`."],
  ["E403", "The registry does not hand out this package to you; whoever runs it knows why."],
  ["E404", "The registry in use lacks this package: `npm config get registry` tells which one it is."],
  ["EUSAGE", "package.json and package-lock.json disagree: run `npm install` and look at what changes."],
  ["EACCES", "npm may not write here. Does the folder belong to you?"],
  ["ENOSPC", "The disk is full."],
]);

/**
 * @param {string} output npm's
 */
function installProblem(output) {
  const code = /npm (?:error|ERR!) code (\w+)/.exec(output)?.[1] ?? "";
  const lines = [...output.matchAll(/^npm (?:error|ERR!) (.*)$/gm)]
    .map(([, text = ""]) => text)
    .filter((text) => !/A complete log of this run|^(code|errno|syscall) |^ +at /.test(text));
  return new Problem(
    `npm could not install the packages${code && ` (${code})`}:\n  ${lines.slice(0, 8).join("\n  ")}`,
    ADVICE.get(code) ?? "Run `npm ci` to see all that npm says.",
  );
}
