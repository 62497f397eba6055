/** Runs one program at a time and says what became of it: its end, its error, or an interrupt, whichever comes first. */
import { types } from "node:util";
import { interruptedError } from "../interrupted.ts";
import type { CellError, CellProgram, DisplayData, Outcome } from "../messages.ts";
import type { Displays } from "./displays.ts";
import { describeThrown, isKeyboardInterrupt } from "./errors.ts";
import { Evaluator } from "./evaluator.ts";
import type { CellContext, Outputs } from "./outputs.ts";
import type { EngineServices } from "./services.ts";
import type { CellSources } from "./sources.ts";

export interface RunnerParts {
  readonly outputs: Outputs;
  readonly sources: CellSources;
  readonly displays: Displays;
  readonly services: Pick<EngineServices, "describe" | "describeError">;
  /** Whether the user has interrupted and `interrupt` has not been called yet. */
  isInterruptPending(): boolean;
}

interface Run {
  readonly context: CellContext;
  readonly ended: PromiseWithResolvers<void>;
  readonly done: (outcome: Outcome) => void;
}

export class CellRunner {
  readonly #parts: RunnerParts;
  readonly #evaluator: Evaluator;
  /** Promises of magics, which stand for the values that they promise. */
  readonly #awaited = new WeakSet<object>();
  #run: Run | null = null;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#evaluator = new Evaluator(parts.sources);
  }

  /** Settles when the running program has ended, however it ends. */
  get ended(): Promise<void> {
    return this.#run?.ended.promise ?? Promise.resolve();
  }

  /** Takes over the function of the program that is being loaded; see `CellHooks.run`. */
  takeBody(body: () => unknown): void {
    this.#evaluator.takeBody(body);
  }

  /** A program that ends with this value ends with what the value promises, if it is a promise. */
  awaitValue(value: unknown): void {
    if (types.isPromise(value)) this.#awaited.add(value);
  }

  /** @param describes false when nobody wants to see the program's value. */
  run(context: CellContext, program: CellProgram, describes: boolean, done: (outcome: Outcome) => void): void {
    const { outputs } = this.#parts;
    const run: Run = { context, ended: Promise.withResolvers(), done };
    this.#run = run;
    outputs.begin(context);
    this.#evaluator.load(program, (loaded) => {
      // An interrupt may have come while V8 loaded the program.
      if (this.#run !== run) return;
      outputs.within(context, () => {
        if (loaded.ok) this.#call(run, loaded.body, describes);
        else void this.#fail(run, loaded.error);
      });
    });
  }

  /** Ends the running program, if there is one. What is left of it, such as its timers, may show nothing any more. */
  interrupt(): void {
    this.#parts.displays.abandon();
    if (!this.#run) return;
    this.#parts.outputs.refuse(this.#run.context);
    this.#settle(this.#run, { status: "interrupted", error: interruptedError() });
  }

  /** Shows an error that no cell can catch any more, in the cell that started it. */
  reportStray(what: string, thrown: unknown): void {
    const { outputs, sources } = this.#parts;
    if (!outputs.isRefused) outputs.stderr.write(`${what}:\n${describeThrown(thrown, sources).traceback.join("\n")}\n`);
  }

  /** Calls a cell's function. Not every promise is awaited: a plain cell may well have one as its value. */
  #call(run: Run, body: () => unknown, describes: boolean): void {
    let value: unknown;
    try {
      value = body();
    } catch (error) {
      void this.#fail(run, error);
      return;
    }
    // Not `instanceof`, which runs the traps of a proxy.
    const isAwaited = types.isPromise(value) && (types.isAsyncFunction(body) || this.#awaited.has(value));
    if (isAwaited) {
      Promise.resolve(value).then(
        (each) => this.#succeed(run, each, describes),
        (error) => this.#fail(run, error),
      );
    } else {
      void this.#succeed(run, value, describes);
    }
  }

  async #succeed(run: Run, value: unknown, describes: boolean): Promise<void> {
    try {
      const result = describes ? await this.#parts.services.describe(value) : null;
      await this.#allShown();
      this.#settle(run, { status: "ok", result });
    } catch (error) {
      await this.#fail(run, error);
    }
  }

  async #fail(run: Run, thrown: unknown): Promise<void> {
    if (this.#run !== run) return;
    if (isKeyboardInterrupt(thrown)) {
      this.#settle(run, { status: "interrupted", error: interruptedError() });
      return;
    }
    const display = this.#errorDisplay(thrown);
    if (display) this.#parts.displays.show(display);
    await this.#allShown();
    this.#settle(run, { status: "error", error: this.#describe(thrown) });
  }

  /** Everything that belongs before a cell's end is on its way, also what Node says of promises left rejected. */
  async #allShown(): Promise<void> {
    await this.#parts.displays.settled();
    await new Promise((resolve) => setImmediate(resolve));
  }

  #settle(run: Run, outcome: Outcome): void {
    if (this.#run !== run) return;
    run.ended.resolve();
    // A cell also ends when the interrupt has ended the child process that it waited for.
    const isInterrupted = this.#parts.isInterruptPending();
    // In this order: should an interrupt stop `done` half-way, it is called again.
    run.done(isInterrupted ? { status: "interrupted", error: interruptedError() } : outcome);
    if (this.#run === run) this.#run = null;
  }

  #describe(thrown: unknown): CellError {
    return describeThrown(thrown, this.#parts.sources);
  }

  #errorDisplay(thrown: unknown): DisplayData | null {
    try {
      return this.#parts.services.describeError(thrown);
    } catch (error) {
      this.reportStray("The error's own display failed", error);
      return null;
    }
  }
}
