/**
 * The main thread's end of the watchdog (`watchdog.ts`): messages from the front, and a few numbers in shared memory
 * through which the two threads can meet while the main thread is not listening.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { ToEngine } from "../messages.ts";
import { KeyboardInterrupt } from "./errors.ts";

/** Places in the shared memory. */
export const SHARED = {
  /** The number of the last interrupt that the user asked for. */
  askedInterrupt: 0,
  /** The number of the last interrupt that the main thread has dealt with. */
  handledInterrupt: 1,
  /** How a question to the user stands: one of `ANSWER`. */
  answer: 2,
} as const;
export const ANSWER = { waiting: 0, given: 1, interrupted: 2 } as const;

/** What the watchdog passes on to the main thread. */
export type FromWatchdog =
  | { readonly type: "message"; readonly message: Exclude<ToEngine, { readonly type: "interrupt" | "input" }> }
  | { readonly type: "interrupt"; readonly turn: number }
  | { readonly type: "end" };

/** What the watchdog starts with. */
export interface WatchdogData {
  readonly messages: MessagePort;
  readonly answers: MessagePort;
  readonly shared: Int32Array;
}

export interface ControlHandlers {
  message(message: Exclude<ToEngine, { readonly type: "interrupt" | "input" }>): void;
  /** May be called more than once for one interrupt. */
  interrupt(): void;
  /** The front has gone. */
  end(): void;
}

/** Where the compiled sources are `.js`, so is the watchdog. */
const WATCHDOG = new URL(import.meta.url.endsWith(".ts") ? "./watchdog.ts" : "./watchdog.js", import.meta.url);

export class Control {
  readonly #shared = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
  readonly #answers: MessagePort;

  constructor(handlers: ControlHandlers) {
    const messages = new MessageChannel();
    const answers = new MessageChannel();
    this.#answers = answers.port1;
    const workerData: WatchdogData = { messages: messages.port2, answers: answers.port2, shared: this.#shared };
    new Worker(WATCHDOG, { workerData, transferList: [messages.port2, answers.port2] });
    messages.port1.on("message", (event: FromWatchdog) => {
      switch (event.type) {
        case "message":
          handlers.message(event.message);
          return;
        case "interrupt":
          handlers.interrupt();
          // Last, so that an interrupt whose handling was itself stopped is asked for again.
          Atomics.store(this.#shared, SHARED.handledInterrupt, event.turn);
          Atomics.notify(this.#shared, SHARED.handledInterrupt);
          return;
        case "end":
          handlers.end();
      }
    });
  }

  /** Whether the user has interrupted and the main thread has not come to know of it yet. */
  get isInterruptPending(): boolean {
    const asked = Atomics.load(this.#shared, SHARED.askedInterrupt);
    return asked !== Atomics.load(this.#shared, SHARED.handledInterrupt);
  }

  /**
   * Asks a question with `ask` and blocks the main thread until the user has answered.
   * Throws a `KeyboardInterrupt` when the user interrupts instead.
   */
  waitForAnswer(ask: () => void): string {
    while (receiveMessageOnPort(this.#answers)); // Answers to questions that were interrupted.
    Atomics.store(this.#shared, SHARED.answer, ANSWER.waiting);
    ask();
    Atomics.wait(this.#shared, SHARED.answer, ANSWER.waiting);
    if (Atomics.load(this.#shared, SHARED.answer) === ANSWER.interrupted) throw new KeyboardInterrupt();
    return String(receiveMessageOnPort(this.#answers)?.message ?? "");
  }
}
