/** The engine, as the protocol sees it: always there, although processes come and go. */
import type { FromEngine, Outcome, ToEngine } from "../messages.ts";
import { EngineChild } from "./engine-child.ts";
import type { StreamName } from "./merger.ts";

type Of<Type extends FromEngine["type"]> = Extract<FromEngine, { readonly type: Type }>;
type Asking<Type extends ToEngine["type"]> = Extract<ToEngine, { readonly type: Type }>;

/** What the engine tells of itself when it is up. */
export type Ready = Of<"ready">;
/** What the engine sends for clients, in the order in which it was made. */
export type EngineOutput = Of<"display"> | Of<"clear"> | Of<"page"> | Of<"input"> | Of<"comm">;

export interface EngineHandlers {
  ready(ready: Ready): void;
  text(stream: StreamName, text: string, request: string): void;
  output(output: EngineOutput): void;
  /** A request is about to be answered: all that it printed has been handed on. */
  answering(): void;
  /** The engine has ended without being asked to. The requests that it was working on are told themselves. */
  ended(error: EngineEnded): void;
}

/** Why a request was not answered, in a sentence for the user. */
export class EngineEnded extends Error {
  override readonly name = "EngineEnded";
}

type Answer = Of<"finished"> | Of<"evaluated"> | Of<"handled">;

export class EngineClient {
  readonly #handlers: EngineHandlers;
  readonly #pending = new Map<string, PromiseWithResolvers<Answer>>();
  #child: EngineChild | null = null;
  #ready: PromiseWithResolvers<Ready> = Promise.withResolvers();
  #isReady = false;

  constructor(handlers: EngineHandlers) {
    this.#handlers = handlers;
    this.#start();
  }

  /** Settles when the present engine is up. Rejects with `EngineEnded` when it ended before it was. */
  ready(): Promise<Ready> {
    if (!this.#child) this.#start();
    return this.#ready.promise;
  }

  /** Runs a cell; resolves when all its output has been handed on. Rejects with `EngineEnded`. */
  async execute(message: Asking<"execute">): Promise<Outcome> {
    const answer = await this.#ask(message);
    if (answer.type === "finished") return answer.outcome;
    throw new EngineEnded(`The engine answered an execute with ${answer.type}.`);
  }

  /** Evaluates the programs of `user_expressions`. Rejects with `EngineEnded`. */
  async evaluate(message: Asking<"evaluate">): Promise<Readonly<Record<string, Outcome>>> {
    const answer = await this.#ask(message);
    if (answer.type === "evaluated") return answer.results;
    throw new EngineEnded(`The engine answered an evaluate with ${answer.type}.`);
  }

  /** Passes a comm message on; settles when its handler has returned. Rejects with `EngineEnded`. */
  async comm(message: Asking<"comm">): Promise<void> {
    await this.#ask(message);
  }

  /** Stops what is running, whatever it is. */
  interrupt(): void {
    this.#child?.send({ type: "interrupt" });
  }

  /** Answers the question that the engine asked. */
  answer(value: string): void {
    this.#child?.send({ type: "input", value });
  }

  /** Ends the engine at once; a fresh one is started. */
  kill(): void {
    this.#child?.kill();
  }

  /** Ends the engine for good. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    await child?.stop();
  }

  #start(): void {
    this.#isReady = false;
    this.#ready = Promise.withResolvers();
    // Who waits is told; that nobody waits is no error.
    this.#ready.promise.catch(() => {});
    const child = new EngineChild({
      text: this.#handlers.text,
      message: (message) => this.#receive(message),
      exit: (reason) => {
        if (child === this.#child) this.#onEnd(reason);
      },
    });
    this.#child = child;
  }

  #onEnd(reason: string): void {
    this.#child = null;
    const error = new EngineEnded(
      this.#isReady
        ? `the engine ended (${reason}); all variables are lost; a fresh one was started`
        : `the engine could not start (${reason}); the next cell tries again`,
    );
    this.#ready.reject(error);
    // One that cannot start would end again at once.
    if (this.#isReady) this.#start();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#handlers.ended(error);
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case "ready":
        this.#isReady = true;
        this.#handlers.ready(message);
        this.#ready.resolve(message);
        return;
      case "finished":
      case "evaluated":
      case "handled":
        this.#handlers.answering();
        this.#pending.get(message.request)?.resolve(message);
        this.#pending.delete(message.request);
        return;
      case "turn":
      case "reserved":
        return;
      default:
        this.#handlers.output(message);
    }
  }

  async #ask(message: Asking<"execute" | "evaluate" | "comm">): Promise<Answer> {
    await this.ready();
    const answer = Promise.withResolvers<Answer>();
    this.#pending.set(message.request, answer);
    this.#child?.send(message);
    return answer.promise;
  }
}
