/**
 * Where in the user's code a node was written. Every Apply and every named variable carries one, and rewrites hand
 * it on, so that an error, a profile row or a report can name the user's cell and line.
 */
import { config } from "../config/index.ts";

/** A place in the user's code, 1-based as editors show it. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Name of the function the frame is in, or null at top level. */
  readonly functionName: string | null;
  /** The notebook cell's number, when the frame is in a cell. */
  readonly cell: number | null;
}

const CELL_FILE = /(?:^|\/)cell-(\d+)\.ts$/;
const RUNTIME_ROOT = new URL("..", import.meta.url);
/** Frames of our own kept beside the user's, so that a limit of N still reaches N user frames. */
const OWN_FRAMES = 40;

/** The user's frames at the time of capture, innermost first; parsed only when asked for. */
export class Origin {
  #error: Error | null;
  #limit: number;
  #frames: readonly Frame[] | null = null;

  constructor(error: Error | null, limit: number) {
    this.#error = error;
    this.#limit = limit;
  }

  /** Innermost first; empty when `traceback.limit` was 0 at capture. */
  get frames(): readonly Frame[] {
    if (this.#frames === null) {
      this.#frames = this.#error === null ? [] : userFrames(this.#error.stack ?? "", this.#limit);
      this.#error = null;
    }
    return this.#frames;
  }

  /** The user's own line, or null when none is known. */
  get frame(): Frame | null {
    return this.frames[0] ?? null;
  }

  /** Python-style lines, outermost frame first, each followed by a newline; "" when nothing is known. */
  traceback(): string {
    return [...this.frames]
      .reverse()
      .map((f) => `  File "${f.file}", line ${f.line}, in ${f.functionName ?? "<module>"}\n`)
      .join("");
  }
}

export const NO_ORIGIN = new Origin(null, 0);

/** Records the caller's stack, `traceback.limit` user frames deep (-1: all, 0: none). */
export function captureOrigin(): Origin {
  const limit = config.traceback.limit;
  if (limit === 0) return NO_ORIGIN;
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = limit < 0 ? Number.POSITIVE_INFINITY : limit + OWN_FRAMES;
  const error = new Error();
  Error.stackTraceLimit = before;
  return new Origin(error, limit);
}

/** `cell 4, line 3` in a notebook, `file.ts:3` elsewhere. */
export function describeFrame(frame: Frame): string {
  return frame.cell === null ? `${frame.file}:${frame.line}` : `cell ${frame.cell}, line ${frame.line}`;
}

/** The frames of a V8 stack text that belong to the user: not this library's, not Node's, nothing around a cell. */
export function userFrames(stack: string, limit: number): readonly Frame[] {
  const all = stack
    .split("\n")
    .map(parseFrame)
    .filter((f) => f !== null);
  const outermostCell = all.findLastIndex((f) => f.cell !== null);
  const ours = outermostCell < 0 ? all : all.slice(0, outermostCell + 1);
  const users = ours.filter((f) => !isLibraryFile(f.file));
  return limit < 0 ? users : users.slice(0, limit);
}

const FRAME_LINE = /^\s+at (?:async )?(?:(.*?) \()?((?:file:\/\/|node:)?[^()]*?):(\d+):(\d+)\)?$/;

function parseFrame(text: string): Frame | null {
  const match = FRAME_LINE.exec(text);
  if (match === null) return null;
  const [, functionName, file, line, column] = match;
  const cell = CELL_FILE.exec(file);
  const anonymous = functionName === undefined || functionName === "" || functionName === "<anonymous>";
  return {
    file: cell === null ? file.replace(/^file:\/\//, "") : `cell-${cell[1]}.ts`,
    line: Number(line),
    column: Number(column),
    functionName: anonymous || cell !== null ? null : functionName,
    cell: cell === null ? null : Number(cell[1]),
  };
}

function isLibraryFile(file: string): boolean {
  if (file.startsWith("node:") || file.includes("/node_modules/")) return true;
  return file.startsWith(RUNTIME_ROOT.pathname) && !file.endsWith(".test.ts");
}
