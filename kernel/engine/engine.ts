/** The engine: does what the front asks for, with the parts that it is made of. */
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Magic, MagicContext } from "../magics/magic.ts";
import { type CellHooks, KERNEL_SYMBOL, type Outcome, type ToEngine } from "../messages.ts";
import { CellRunner } from "./cell-runner.ts";
import { Comms } from "./comms.ts";
import { Control } from "./control.ts";
import { Displays } from "./displays.ts";
import { isKeyboardInterrupt } from "./errors.ts";
import { createImporter } from "./imports.ts";
import type { Outputs } from "./outputs.ts";
import type { CellHost, CreateServices, EngineServices } from "./services.ts";
import { CellSources } from "./sources.ts";
import { installStackTraces } from "./stack.ts";

/** Milliseconds without work from which on the engine takes itself to be waiting for its user. */
const QUIET = 300;

type Message<Type extends ToEngine["type"]> = Extract<ToEngine, { readonly type: Type }>;

export class Engine {
  readonly #outputs: Outputs;
  readonly #control: Control;
  readonly #services: EngineServices;
  readonly #host: CellHost;
  readonly #runner: CellRunner;
  readonly #magics: ReadonlyMap<string, Magic>;
  readonly #comms: Comms;
  #hasRunCells = false;

  /** Starts listening to the front. `folder` is the notebook's. */
  constructor(outputs: Outputs, createServices: CreateServices, folder: string) {
    this.#outputs = outputs;
    const sources = new CellSources();
    installStackTraces(sources);
    this.#control = new Control({
      message: (message) => this.#receive(message),
      interrupt: () => this.#runner.interrupt(),
      end: () => process.exit(0),
    });
    const displays = new Displays(outputs, (value) => this.#services.describe(value));
    this.#host = this.#createHost(displays);
    this.#services = createServices(this.#host);
    const isInterruptPending = () => this.#control.isInterruptPending;
    this.#runner = new CellRunner({ outputs, sources, displays, services: this.#services, isInterruptPending });
    this.#magics = new Map(this.#services.magics.map((magic) => [magic.name, magic]));
    this.#comms = new Comms(this.#services.comms, outputs);
    this.#bindGlobals(folder);
    this.#reportStrayErrors();
    const magics = this.#services.magics.map(({ name, where, argument, doc, words }) => {
      return { name, where, argument, doc, words };
    });
    outputs.send({ type: "ready", magics, comms: Object.keys(this.#services.comms) });
    this.#warmUpWhenQuiet();
  }

  /** Between two parts of the work, messages come in. The first cell ends it: what is left would only delay that. */
  #warmUpWhenQuiet(): void {
    const work = this.#services.warmUp();
    const next = (): void => {
      if (this.#hasRunCells) return;
      try {
        if (work.next().done !== true) setImmediate(next);
      } catch {
        // See `EngineServices.warmUp`.
      }
    };
    setTimeout(next, QUIET).unref();
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
        this.#handleComm(message);
    }
  }

  #execute({ request, program, silent, allowStdin }: Message<"execute">): void {
    this.#hasRunCells = true;
    const context = { request, cell: program.cell, allowStdin };
    this.#runner.run(context, program, !silent, (outcome) => {
      this.#outputs.send({ type: "finished", request, outcome });
    });
  }

  #evaluate({ request, programs }: Message<"evaluate">): void {
    this.#hasRunCells = true;
    const waiting = Object.entries(programs);
    const results: Record<string, Outcome> = {};
    const next = (): void => {
      const [name, program] = waiting.shift() ?? [];
      if (name === undefined || program === undefined) {
        this.#outputs.send({ type: "evaluated", request, results });
        return;
      }
      this.#runner.run({ request, cell: program.cell, allowStdin: false }, program, true, (outcome) => {
        results[name] = outcome;
        next();
      });
    };
    next();
  }

  #handleComm(message: Message<"comm">): void {
    const { request } = message;
    this.#outputs.within({ request, cell: 0, allowStdin: false }, () => {
      try {
        this.#comms.receive(message);
      } catch (error) {
        this.#runner.reportStray(`The comm "${message.target}" failed`, error);
      }
      this.#outputs.send({ type: "handled", request });
    });
  }

  #createHost(displays: Displays): CellHost {
    const outputs = this.#outputs;
    const request = () => outputs.activeContext().request;
    return {
      show: (display, options) => displays.show(display, options),
      display: (value, options) => displays.display(value, options),
      clear: (wait) => void outputs.send({ type: "clear", request: request(), wait }),
      page: (data) => void outputs.send({ type: "page", request: request(), data }),
      print: (text, stream = "stdout") => void outputs[stream].write(text),
      input: (prompt = "", { password = false } = {}) => {
        const context = outputs.activeContext();
        if (!context.allowStdin) {
          throw new Error("The cell asks for input, but this front end does not allow questions.");
        }
        const question = { type: "input", request: context.request, prompt, password } as const;
        return this.#control.waitForAnswer(() => outputs.send(question));
      },
    };
  }

  #bindGlobals(folder: string): void {
    const hooks: CellHooks = {
      run: (_cell, body) => this.#runner.takeBody(body),
      import: createImporter(folder),
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
    const require = createRequire(join(folder, "notebook.ts"));
    const bindings = { require, prompt, clearOutput: (wait = false) => clear(wait), ...this.#services.bindings };
    for (const [name, value] of Object.entries(bindings)) {
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
    }
  }

  #magicValue(value: unknown): unknown {
    this.#runner.awaitValue(value);
    return value;
  }

  #magicContext(): MagicContext {
    return { ...this.#host, cell: this.#outputs.activeContext().cell, ended: this.#runner.ended };
  }

  /** The engine lives on, whatever callbacks throw; what ends the remains of an interrupted cell is no news. */
  #reportStrayErrors(): void {
    const report = (what: string) => (thrown: unknown) => {
      if (!isKeyboardInterrupt(thrown)) this.#runner.reportStray(what, thrown);
    };
    process.on("unhandledRejection", report("A promise was rejected and nobody handled it"));
    process.on("uncaughtException", report("A callback threw"));
  }
}
