import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inProject, venv, venvPython } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { capture, onPath } from "./process.mjs";
import { keyOf, Stamp } from "./stamp.mjs";

/** The oldest Python that we test with. */
const OLDEST = [3, 11];

/** Names under which a Python may go, the person's own choice first. */
const NAMES = ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11"];

const requirements = inProject("scripts", "requirements.txt");
const constraints = inProject("scripts", "constraints.txt");
const stamp = new Stamp(join(venv, ".theanotes-stamp"));

// An environment holds absolute paths, so that a moved project needs a new one.
const key = () => keyOf([requirements, constraints], [venv]);

/**
 * A Python environment of our own, with JupyterLab in it.
 * @type {import("./progress.mjs").Step}
 */
export const python = {
  title: "JupyterLab in .venv",
  isCurrent: () => existsSync(venvPython) && stamp.matches(key()),
  run: async (report) => {
    stamp.remove();
    const { program, version } = findPython();
    report(`making .venv with Python ${version}`);
    const made = await capture(program, ["-m", "venv", "--clear", venv]);
    if (made.status !== 0) throw new Problem(`${program} could not make the folder .venv:\n${made.output}`);
    // JupyterLab runs scripts in here that are CommonJS, which our own package.json above would turn into modules.
    writeFileSync(join(venv, "package.json"), '{ "type": "commonjs" }\n');
    await pipInstall(report);
    stamp.write(key());
    return `installed, with Python ${version}`;
  },
};

/**
 * @typedef {object} Python
 * @property {string} program
 * @property {string} version such as "3.11.7"
 */

/**
 * The first Python on the PATH that is new enough and can make environments.
 * @returns {Python}
 * @throws {Problem} when there is none
 */
function findPython() {
  /** @type {string[]} */
  const unfit = [];
  for (const program of NAMES.flatMap(onPath)) {
    const probe = probePython(program);
    if (typeof probe !== "string") return probe;
    unfit.push(`  ${program}: ${probe}`);
  }
  const needed = `Theanotes needs Python ${OLDEST.join(".")} or newer, with venv and pip, to run JupyterLab.`;
  throw new Problem(
    unfit.length === 0 ? `${needed} None was found.` : `${needed} None of these will do:\n${unfit.join("\n")}`,
    "On Debian or Ubuntu: `apt install python3 python3-venv`. Elsewhere: https://www.python.org/downloads/. " +
      "Then run the same command again.",
  );
}

const PROBE = `
import sys
print(*sys.version_info[:3], sep=".")
import venv, ensurepip
`;

/**
 * @param {string} program
 * @returns {Python | string} the Python, or why it will not do
 */
function probePython(program) {
  const { status, stdout } = spawnSync(program, ["-c", PROBE], { encoding: "utf8" });
  const version = stdout?.trim() ?? "";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  if (version === "") return "does not run";
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) return `is ${version}, too old`;
  if (status !== 0) return `is ${version} but lacks venv (on Debian and Ubuntu it is a package: python3-venv)`;
  return { program, version };
}

/**
 * @param {(detail: string) => void} report
 */
async function pipInstall(report) {
  const args = [
    "install",
    "--no-user",
    "--no-input",
    "--disable-pip-version-check",
    "-r",
    requirements,
    "-c",
    constraints,
  ];
  const { status, output } = await capture(venvPython, ["-m", "pip", ...args], (line) => {
    const collected = /^Collecting ([\w.-]+)/.exec(line)?.[1];
    if (collected) report(`fetching ${collected}`);
    else if (line.startsWith("Installing collected packages")) report("unpacking");
  });
  if (status === 0) return;
  const unreachable = output.split("\n").findLast((line) => line.startsWith("WARNING: Retrying"));
  if (unreachable !== undefined) {
    const cause = /\[Errno[^')]*|timed out|certificate verify failed|Tunnel connection failed[^')]*/.exec(unreachable);
    throw new Problem(
      `pip could not reach the package index: ${cause?.[0] ?? unreachable}`,
      "Is there a network, and does it reach the index that `pip config list` names (PyPI where it names none)? " +
        "Behind a proxy, set HTTPS_PROXY. Then run the same command again.",
    );
  }
  const errors = output.split("\n").filter((line) => line.startsWith("ERROR"));
  throw new Problem(
    `pip could not install JupyterLab:\n  ${(errors.length > 0 ? errors : [output]).join("\n  ")}`,
    "Put right what pip says and run the same command again.",
  );
}
