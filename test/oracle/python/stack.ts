/**
 * Makes programs run under stack frames of their own file and line, so that the origins and errors of the runtime name
 * the Python line, as they name the line of a cell.
 */
import { runInThisContext } from "node:vm";

/** The name under which the oracle's programs run. */
export const PROGRAM = "program.py";

type Frame = (run: () => unknown) => unknown;
const frames = new Map<string, Frame>();

/** Runs something under a frame of a line; `name` is that of the function that the line is in. */
export function atLine<T>(line: number, name: string, run: () => T): T {
  const key = `${name}:${line}`;
  const frame = frames.get(key) ?? makeFrame(line, name);
  frames.set(key, frame);
  let result: { readonly value: T } | null = null;
  frame(() => {
    result = { value: run() };
  });
  return given<T>(result);
}

function given<T>(result: { readonly value: T } | null): T {
  if (result === null) throw new Error("a frame has not run");
  return result.value;
}

function makeFrame(line: number, name: string): Frame {
  const own = /^[A-Za-z_]\w*$/.test(name) ? `py_${name}` : "";
  const source = `${"\n".repeat(line - 1)}(function ${own}(run) { return run(); })`;
  const made: unknown = runInThisContext(source, { filename: PROGRAM });
  if (typeof made !== "function") throw new Error("no function was made");
  if (own !== "") Object.defineProperty(made, "name", { value: name });
  return (run) => made(run);
}

const lines = new WeakMap<object, number>();

/** Notes the innermost line that an error has passed. */
export function rememberLine(thrown: unknown, line: number): void {
  if (typeof thrown === "object" && thrown !== null && !lines.has(thrown)) lines.set(thrown, line);
}

/** The line of the program where an error came up. */
export function lineOf(error: Error): number {
  return lines.get(error) ?? 0;
}

const INTERPRETER = new URL("..", import.meta.url).pathname;
type Prepare = (error: Error, sites: NodeJS.CallSite[]) => unknown;
const before: Prepare | undefined = Error.prepareStackTrace;

/**
 * Leaves out the interpreter's own frames, and all outside of the program. It stays for the life of the process,
 * because origins read their stacks only when they are shown.
 */
Error.prepareStackTrace = (error, sites) => {
  const outermost = sites.findLastIndex((site) => site.getFileName() === PROGRAM);
  if (outermost < 0 && before !== undefined) return before(error, sites);
  const kept = sites
    .slice(0, outermost < 0 ? sites.length : outermost + 1)
    .filter((site) => outermost < 0 || !isInterpreter(site.getFileName()));
  return `${error}${kept.map((site) => `\n    at ${site}`).join("")}`;
};

function isInterpreter(file: string | null | undefined): boolean {
  return file?.replace(/^file:\/\//, "").startsWith(INTERPRETER) === true;
}
