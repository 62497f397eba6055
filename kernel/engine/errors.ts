/** What users see of an error: its name, its message, the line of the cell, the way there, and its causes. */
import { realpathSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect, types } from "node:util";
import { style } from "../codeframe.ts";
import { INTERRUPT_MESSAGE, INTERRUPT_NAME } from "../interrupted.ts";
import type { CellError } from "../messages.ts";
import type { CellSources } from "./sources.ts";
import { headline } from "./stack.ts";

/** Thrown into code that waits for the user's answer while the user interrupts the cell. */
export class KeyboardInterrupt extends Error {
  override readonly name = INTERRUPT_NAME;
  constructor() {
    super(INTERRUPT_MESSAGE);
  }
}

/** Safe for anything that was thrown: a proxy's traps do not run. */
export function isKeyboardInterrupt(thrown: unknown): thrown is KeyboardInterrupt {
  return types.isNativeError(thrown) && thrown instanceof KeyboardInterrupt;
}

/** More frames than these help nobody; a recursion's are all the same. */
const SHOWN_FRAMES = 20;
const FRAME_LINE = /^\s+at /;
const RUNTIME = "@theanotes/runtime";
const RUNTIME_LINE = `    at ${RUNTIME}`;
const RUNTIME_FOLDER = folderOf(RUNTIME);
const CELL_PLACE = /(cell--?\d+\.ts):(\d+):(\d+)/;

/** Describes anything that was thrown. Never throws, whatever the value's fields do. */
export function describeThrown(thrown: unknown, sources: CellSources): CellError {
  try {
    return thrown instanceof Error
      ? { ename: errorName(thrown), evalue: thrown.message, traceback: errorLines(thrown, sources, new Set()) }
      : describeNonError(thrown);
  } catch (error) {
    const evalue = `an error that cannot be shown (${error instanceof Error ? headline(error) : "it throws"})`;
    return { ename: "Error", evalue, traceback: [`${style.error("Error")}: ${evalue}`] };
  }
}

function describeNonError(thrown: unknown): CellError {
  const evalue = inspect(thrown);
  const advice = "A value was thrown that is not an Error, so there is no stack trace.";
  return { ename: "Thrown", evalue, traceback: [`${style.error("Thrown")}: ${evalue}`, style.faint(advice)] };
}

/** The class's name where the author gave the error none of its own. */
function errorName(error: Error): string {
  return error.name === "Error" ? error.constructor.name || error.name : error.name;
}

function errorLines(error: Error, sources: CellSources, seen: Set<Error>): string[] {
  seen.add(error);
  const message = error.message === "" ? "" : `: ${error.message}`;
  const frames = stackFrames(error);
  const lines = [`${style.error(errorName(error))}${message}`];
  const frame = topCellFrame(frames, sources);
  if (frame !== "") lines.push(frame);
  lines.push(...frames.slice(0, SHOWN_FRAMES).map((each) => style.faint(each)));
  if (frames.length > SHOWN_FRAMES) lines.push(style.faint(`    … ${frames.length - SHOWN_FRAMES} more`));
  for (const cause of causes(error)) {
    if (cause instanceof Error && seen.has(cause)) continue;
    lines.push("", style.strong("Caused by"));
    lines.push(...(cause instanceof Error ? errorLines(cause, sources, seen) : [inspect(cause)]));
  }
  return lines;
}

/** The lines of an error's stack. The way through the graph compiler, however long, is one of them. */
function stackFrames(error: Error): string[] {
  const stack: unknown = error.stack;
  if (typeof stack !== "string") return [];
  const lines: string[] = [];
  for (const line of stack.split("\n").filter((each) => FRAME_LINE.test(each))) {
    const isInside = lines.at(-1) === RUNTIME_LINE;
    const goesOn = isInside && line.endsWith("(<anonymous>)"); // a built-in that calls back, such as forEach
    if (goesOn || (RUNTIME_FOLDER !== null && line.includes(RUNTIME_FOLDER))) {
      if (!isInside) lines.push(RUNTIME_LINE);
    } else {
      lines.push(line);
    }
  }
  return lines;
}

/** The URL that the files of a package begin with; null when it is not installed. */
function folderOf(packageName: string): string | null {
  const manifest = findPackageJSON(packageName, import.meta.url);
  return manifest === undefined ? null : pathToFileURL(`${dirname(realpathSync(manifest))}/`).href;
}

function topCellFrame(frames: readonly string[], sources: CellSources): string {
  for (const frame of frames) {
    const [, file = "", line, column] = CELL_PLACE.exec(frame) ?? [];
    const cell = Number(/-?\d+/.exec(file.slice("cell-".length))?.[0]);
    if (file !== "") return sources.frame({ cell, line: Number(line), column: Number(column) });
  }
  return "";
}

function causes(error: Error): unknown[] {
  const members: unknown[] = error instanceof AggregateError ? error.errors : [];
  return error.cause === undefined ? members : [error.cause, ...members];
}
