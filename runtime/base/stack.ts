/** The user's own frames of a V8 stack: not this library's, not Node's, and nothing around a notebook's cell. */

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

/** The stack of whoever called, deep enough for `limit` user frames (-1: all); its text is made only when it is read. */
export function captureStack(limit: number): Error {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = limit < 0 ? Number.POSITIVE_INFINITY : limit + OWN_FRAMES;
  const error = new Error();
  Error.stackTraceLimit = before;
  return error;
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
