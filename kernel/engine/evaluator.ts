/**
 * Runs a cell's program in V8's REPL scope, where later cells see its top-level names.
 *
 * V8 only *loads* the program: its text calls `CellHooks.run`, which keeps the cell's function. The function is
 * called afterwards, from a fresh turn of the event loop with nothing of the inspector on the stack, because
 * stopping code that runs below an inspector call can abort the process.
 */
import { type Runtime, Session } from "node:inspector";
import { MessageChannel } from "node:worker_threads";
import { type CellProgram, cellFile, KERNEL_SYMBOL } from "../messages.ts";
import type { CellSources } from "./sources.ts";

/** A cell's function, or why there is none. */
export type Loaded =
  | { readonly ok: true; readonly body: () => unknown }
  | { readonly ok: false; readonly error: Error };

type Evaluated = Runtime.EvaluateReturnType;

export class Evaluator {
  readonly #session = new Session();
  readonly #sources: CellSources;
  readonly #turns = new MessageChannel();
  #body: (() => unknown) | null = null;
  #next: (() => void) | null = null;

  constructor(sources: CellSources) {
    this.#sources = sources;
    this.#session.connect();
    this.#turns.port1.on("message", () => this.#next?.());
  }

  /** What `CellHooks.run` does: takes over the function of the program being loaded. */
  takeBody(body: () => unknown): void {
    this.#body = body;
  }

  /** Declares a program's names and hands its function to `done`, in a later turn of the event loop. */
  load(program: CellProgram, done: (loaded: Loaded) => void): void {
    // On the body's first line, so that no line moves.
    const prefix = `${program.hoist.replaceAll("\n", " ")}globalThis[Symbol.for("${KERNEL_SYMBOL}")].run(${program.cell}, `;
    const expression = `${prefix}${program.body}\n)\n//# sourceURL=${cellFile(program.cell)}`;
    this.#sources.add(program, prefix.length);
    this.#body = null;
    this.#session.post("Runtime.evaluate", { expression, replMode: true }, (failure, answer?: Partial<Evaluated>) => {
      const loaded = this.#loaded(failure, answer?.exceptionDetails);
      this.#inFreshTurn(() => done(loaded));
    });
  }

  /**
   * Not by `setImmediate`: the cell would run in the middle of Node's queue of immediates, and stopping it there
   * loses those of other cells, or leaves a queue that fails for ever.
   */
  #inFreshTurn(next: () => void): void {
    this.#next = next;
    this.#turns.port2.postMessage(null);
  }

  #loaded(failure: Error | null, details: Runtime.ExceptionDetails | undefined): Loaded {
    if (this.#body) return { ok: true, body: this.#body };
    const reason = details?.exception?.description ?? failure?.message ?? "the cell could not be loaded";
    const [headline = ""] = reason.split("\n");
    const error = new SyntaxError(headline.replace(/^SyntaxError: /, ""));
    // Where it was made says nothing about the cell.
    error.stack = "";
    return { ok: false, error };
  }
}
