import { parseArgs } from "node:util";
import { Problem } from "./problem.mjs";

export const USAGE = `Usage:
  npm start                          set everything up and open JupyterLab on the tutorial
  npm start -- --no-browser          the same, without opening a browser
            -- --port N              at this port (else the first free one from 8888)
            -- --token T             with this token in the address (else a random one)
  npm start -- run NOTEBOOK          run a notebook without JupyterLab
            -- --output FILE         where to keep the result (else output/ beside the notebook)
  npm start -- --help                show this

Ctrl-C stops JupyterLab. Options go after the "--": npm keeps what stands before it for itself.`;

/**
 * What the person wants `npm start` to do.
 * @typedef {{ kind: "help" }
 *   | { kind: "lab", browser: boolean, port: number | undefined, token: string | undefined }
 *   | { kind: "run", notebook: string, output: string | undefined }} Wish
 */

/**
 * Reads the command line of `npm start`.
 * @param {string[]} args
 * @returns {Wish}
 * @throws {Problem} for an option that does not exist, lacks its value or does not fit the command
 */
export function parseOptions(args) {
  const { values, positionals } = parse(args);
  if (values.help) return { kind: "help" };
  const [command, notebook, ...rest] = positionals;
  if (command === undefined) {
    refuse(values.output !== undefined, "--output belongs to the command run");
    return { kind: "lab", browser: !values["no-browser"], port: portNumber(values.port), token: values.token };
  }
  refuse(command !== "run", `unknown command ${command}; the only one is run`);
  const forLab = Object.keys(values).find((name) => name !== "output");
  refuse(forLab !== undefined, `--${forLab} is for JupyterLab, which the command run does without`);
  if (notebook === undefined) throw new Problem("npm start: run needs the path of a notebook", USAGE);
  refuse(rest.length > 0, `run takes one notebook; ${rest.join(" ")} is too much`);
  return { kind: "run", notebook, output: values.output };
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        "no-browser": { type: "boolean" },
        port: { type: "string" },
        token: { type: "string" },
        output: { type: "string" },
      },
    });
  } catch (error) {
    // Node's message begins with the fault; what follows is advice for another kind of program.
    const [fault = ""] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw new Problem(`npm start: ${fault}`, USAGE);
  }
}

/**
 * @param {boolean} wrong
 * @param {string} why
 */
function refuse(wrong, why) {
  if (wrong) throw new Problem(`npm start: ${why}`, USAGE);
}

/** @param {string | undefined} text */
function portNumber(text) {
  if (text === undefined) return undefined;
  const port = Number(text);
  refuse(!/^\d+$/.test(text) || port > 65_535, `--port takes a number from 0 (any free port) to 65535, not ${text}`);
  return port;
}
