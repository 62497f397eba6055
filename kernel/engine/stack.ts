/** Stack traces as a notebook's user should see them: their own places, none of the kernel's. */
import { findSourceMap } from "node:module";
import { cellFile } from "../messages.ts";
import { withoutEdition } from "./local-files.ts";
import type { CellSources } from "./sources.ts";

const KERNEL_FOLDER = new URL("..", import.meta.url).href;

/** What Node runs between a caller and what it called. */
const NODE_PLUMBING = /^node:(internal\/|async_hooks|diagnostics_channel)/;

/** How many frames a trace holds: enough that the frames of a library do not push the user's own out. */
const STACK_DEPTH = 50;

/** Makes every `stack` of this process, also those that user code prints itself, name places in the cells as written. */
export function installStackTraces(sources: CellSources): void {
  Error.stackTraceLimit = STACK_DEPTH;
  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.flatMap((frame) => frameText(frame, sources) ?? []);
    return [headline(error), ...lines.map((line) => `    at ${line}`)].join("\n");
  };
}

/** `name: message`, also for errors whose fields throw when they are read. */
export function headline(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

function frameText(frame: NodeJS.CallSite, sources: CellSources): string | null {
  const file = frame.getScriptNameOrSourceURL() ?? "";
  if (NODE_PLUMBING.test(file) || file.startsWith(KERNEL_FOLDER)) return null;
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (line === null || column === null) return frame.toString();
  const mapped = userPlace(file, line, column, sources);
  return frame.toString().replace(`${file}:${line}:${column}`, () => mapped);
}

/** A place in a cell, or in a file as it stands on the disk. */
function userPlace(file: string, line: number, column: number, sources: CellSources): string {
  const place = sources.place(file, line, column);
  if (place) return `${cellFile(place.cell)}:${place.line}:${place.column}`;
  const origin = findSourceMap(file)?.findOrigin(line, column);
  const { lineNumber, columnNumber } =
    origin && "lineNumber" in origin ? origin : { lineNumber: line, columnNumber: column };
  return `${withoutEdition(file)}:${lineNumber}:${columnNumber}`;
}
