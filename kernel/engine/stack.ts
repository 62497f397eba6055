/** Stack traces as a notebook's user should see them: their own places, none of the kernel's. */
import { cellFile } from "../messages.ts";
import type { CellSources } from "./sources.ts";

const KERNEL_FOLDER = new URL("..", import.meta.url).href;

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
  if (file.startsWith("node:internal/") || file.startsWith(KERNEL_FOLDER)) return null;
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  const place = line === null || column === null ? null : sources.place(file, line, column);
  if (!place) return frame.toString();
  const mapped = `${cellFile(place.cell)}:${place.line}:${place.column}`;
  return frame.toString().replace(`${file}:${line}:${column}`, () => mapped);
}
