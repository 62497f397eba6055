/**
 * Where in the user's code a node was written. Every Apply and every named variable carries one, and rewrites hand
 * it on, so that an error, a profile row or a report can name the user's cell and line.
 */
import { captureStack, type Frame, userFrames } from "../base/stack.ts";
import { config } from "../config/index.ts";

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
  return new Origin(captureStack(limit), limit);
}
