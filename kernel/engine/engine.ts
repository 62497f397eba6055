/** The engine: runs cells one at a time and tells the front what became of them. */
import { types } from "node:util";
import { interruptedError } from "../interrupted.ts";
import type { Magic, MagicContext } from "../magics/magic.ts";
import { type CellError, type CellHooks, KERNEL_SYMBOL, type Outcome, type ToEngine } from "../messages.ts";
import { Comms } from "./comms.ts";
import { Control } from "./control.ts";
import { Displays } from "./displays.ts";
import { describeThrown, KeyboardInterrupt } from "./errors.ts";
import { Evaluator } from "./evaluator.ts";
import { createImporter } from "./imports.ts";
import type { CellContext, Outputs } from "./outputs.ts";
import type { CellHost, CreateServices, EngineServices } from "./services.ts";
import { CellSources } from "./sources.ts";
import { installStackTraces } from "./stack.ts";

type Execute = Extract<ToEngine, { readonly type: "execute" }>;
type Evaluate = Extract<ToEngine, { readonly type: "evaluate" }>;

/** A run of user code that will have exactly one outcome, whichever comes first. */
interface Run {
  readonly settle: (outcome: Outcome) => void;
  /** Settles when there is an outcome. */
  readonly ended: Promise<void>;
}

export class Engine {
  readonly #outputs: Outputs;
  readonly #sources = new CellSources();
  readonly #evaluator = new Evaluator(this.#sources);
  readonly #control: Control;
  readonly #services: EngineServices;
  readonly #host: CellHost;
  readonly #displays: Displays;
  readonly #magics: ReadonlyMap<string, Magic>;
  readonly #comms: Comms;
  /** Promises of magics, which stand for the values that they promise. */
  readonly #awaited = new WeakSet<object>();
  #run: Run | null = null;

  /** Starts listening to the front. `folder` is the notebook's. */
  constructor(outputs: Outputs, createServices: CreateServices, folder: string) {
    this.#outputs = outputs;
    installStackTraces(this.#sources);
    this.#control = new Control({
      message: (message) => this.#receive(message),
      interrupt: () => {
        this.#displays.abandon();
        this.#run?.settle({ status: "interrupted", error: interruptedError() });
      },
      end: () => process.exit(0),
    });
    this.#displays = new Displays(outputs, (value) => this.#services.describe(value));
    this.#host = this.#createHost();
    this.#services = createServices(this.#host);
    this.#magics = new Map(this.#services.magics.map((magic) => [magic.name, magic]));
    this.#comms = new Comms(this.#services.comms, outputs);
    this.#bindGlobals(createImporter(folder));
    this.#reportStrayErrors();
    const magics = this.#services.magics.map(({ name, where, argument, doc, words }) => ({
      name,
      where,
      argument,
      doc,
      words,
    }));
    outputs.send({ type: "ready", magics, comms: Object.keys(this.#services.comms) });
  }

  #receive(message: Exclude<ToEngine, { readonly type: "interrupt" | "input" }>): void {
    switch (message.type) {
      case "execute":
        this.#execute(message);
        return;
      case "evaluate":
        this.#evaluate(message);
        return;
      case "comm":
        this.#outputs.within({ request: message.request, cell: 0, allowStdin: false }, () => {
          this.#comms.receive(message);
          this.#outputs.send({ type: "handled", request: message.request });
        });
    }
  }

  #execute({ request, program, silent, allowStdin }: Execute): void {
    const context = { request, cell: program.cell, allowStdin };
    this.#runProgram(context, program, silent, (outcome) => this.#outputs.send({ type: "finished", request, outcome }));
  }

  #evaluate({ request, programs }: Evaluate): void {
    const names = Object.keys(programs);
    const results: Record<string, Outcome> = {};
    const next = (): void => {
      const name = names.shift();
      const program = name === undefined ? undefined : programs[name];
      if (name === undefined || program === undefined) {
        this.#outputs.send({ type: "evaluated", request, results });
        return;
      }
      this.#runProgram({ request, cell: program.cell, allowStdin: false }, program, false, (outcome) => {
        results[name] = outcome;
        next();
      });
    };
    next();
  }

  /** Runs a program; `done` is called once, with what came first: its end, its error, or an interrupt. */
  #runProgram(
    context: CellContext,
    program: Execute["program"],
    silent: boolean,
    done: (outcome: Outcome) => void,
  ): void {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const run: Run = {
      ended,
      settle: (outcome) => {
        if (this.#run !== run) return;
        end();
        // In this order: should an interrupt stop `done` half-way, it is called again.
        done(outcome);
        if (this.#run === run) this.#run = null;
      },
    };
    this.#run = run;
    this.#outputs.begin(context);
    const fail = (error: unknown): void => void this.#fail(run, error);
    const succeed = async (value: unknown): Promise<void> => {
      try {
        const result = silent ? null : await this.#services.describe(value);
        await this.#allShown();
        run.settle({ status: "ok", result });
      } catch (error) {
        fail(error);
      }
    };
    this.#evaluator.load(program, (loaded) => {
      this.#outputs.within(context, () => {
        if (!loaded.ok) fail(loaded.error);
        else this.#call(loaded.body, succeed, fail);
      });
    });
  }

  /** Calls a cell's function. Not every promise is awaited: a plain cell may well have one as its value. */
  #call(body: () => unknown, succeed: (value: unknown) => void, fail: (error: unknown) => void): void {
    let value: unknown;
    try {
      value = body();
    } catch (error) {
      fail(error);
      return;
    }
    if (value instanceof Promise && (types.isAsyncFunction(body) || this.#awaited.has(value)))
      value.then(succeed, fail);
    else succeed(value);
  }

  /** Everything that belongs before a cell's end is on its way, also what Node says of promises left rejected. */
  async #allShown(): Promise<void> {
    await this.#displays.settled();
    await nextTurn();
  }

  async #fail(run: Run, thrown: unknown): Promise<void> {
    if (this.#run !== run) return;
    if (thrown instanceof KeyboardInterrupt) {
      run.settle({ status: "interrupted", error: interruptedError() });
      return;
    }
    const display = this.#describeError(thrown);
    if (display) this.#displays.show(display);
    await this.#allShown();
    run.settle({ status: "error", error: describeThrown(thrown, this.#sources) });
  }

  #describeError(thrown: unknown) {
    try {
      return this.#services.describeError(thrown);
    } catch (error) {
      this.#printError("The error's own display failed", describeThrown(error, this.#sources));
      return null;
    }
  }

  #createHost(): CellHost {
    const outputs = this.#outputs;
    const request = () => outputs.context?.request ?? "";
    return {
      show: (display, options) => this.#displays.show(display, options),
      display: (value, options) => this.#displays.display(value, options),
      clear: (wait) => void outputs.send({ type: "clear", request: request(), wait }),
      page: (data) => void outputs.send({ type: "page", request: request(), data }),
      print: (text, stream = "stdout") => void outputs[stream].write(text),
      input: (prompt = "", { password = false } = {}) => {
        if (!outputs.context?.allowStdin)
          throw new Error("The cell asks for input, but this front end does not allow questions.");
        return this.#control.waitForAnswer(() => outputs.send({ type: "input", request: request(), prompt, password }));
      },
    };
  }

  #bindGlobals(importer: (specifier: string) => Promise<unknown>): void {
    const hooks: CellHooks = {
      run: (_cell, body) => this.#evaluator.takeBody(body),
      import: importer,
      magic: (name, argument, value) => {
        const run = this.#magics.get(name)?.run;
        if (!run) throw new ReferenceError(`There is no magic %${name}; %lsmagic lists them.`);
        return this.#magicValue(run(this.#magicContext(), argument, value));
      },
      cellMagic: (name, argument, body) => {
        const wrap = this.#magics.get(name)?.wrap;
        if (!wrap) throw new ReferenceError(`There is no magic %%${name}; %lsmagic lists them.`);
        return this.#magicValue(wrap(this.#magicContext(), argument, body));
      },
    };
    Object.defineProperty(globalThis, Symbol.for(KERNEL_SYMBOL), { value: Object.freeze(hooks) });
    const { input: prompt, clear } = this.#host;
    const bindings = { prompt, clearOutput: (wait = false) => clear(wait), ...this.#services.bindings };
    for (const [name, value] of Object.entries(bindings)) {
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
    }
  }

  #magicValue(value: unknown): unknown {
    if (value instanceof Promise) this.#awaited.add(value);
    return value;
  }

  #magicContext(): MagicContext {
    const ended = this.#run?.ended ?? Promise.resolve();
    return { ...this.#host, cell: this.#outputs.context?.cell ?? 0, ended };
  }

  /** Errors that no cell can catch any more are shown in the cell that started them; the engine lives on. */
  #reportStrayErrors(): void {
    process.on("unhandledRejection", (reason) => {
      this.#printError("A promise was rejected and nobody handled it", describeThrown(reason, this.#sources));
    });
    process.on("uncaughtException", (error) => {
      this.#printError("A callback threw", describeThrown(error, this.#sources));
    });
  }

  #printError(what: string, error: CellError): void {
    this.#outputs.stderr.write(`${what}:\n${error.traceback.join("\n")}\n`);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
