/**
 * The thread that listens while the main thread runs user code.
 *
 * It reads the front's messages, passes them on, and stops the main thread when the user interrupts. The ladder:
 * a question to the user is answered with the interrupt; child processes get SIGINT; the main thread, if it is free,
 * rejects what the cell awaits; if it does not react, V8 is told to stop what it executes. Nothing that user code
 * holds is lost on any of these steps.
 */
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { workerData } from "node:worker_threads";
import type { ToEngine } from "../messages.ts";
import { FrameReader } from "../pipe.ts";
import { ANSWER, type FromWatchdog, SHARED, type WatchdogData } from "./control.ts";

/** The file descriptor on which the front's messages come in. */
const MESSAGE_FD = 3;
/** How long the main thread may take to react to an interrupt before V8 is told to stop it. */
const PATIENCE_MS = 60;
/** How long user code may clean up after the front has gone. */
const FAREWELL_MS = 300;

class Watchdog {
  readonly #data: WatchdogData;
  #turn = 0;
  #interrupting = false;
  /** What came during an interrupt: V8's order to stop would hit whatever the main thread does next. */
  #held: FromWatchdog[] = [];

  constructor(data: WatchdogData) {
    this.#data = data;
  }

  receive(message: ToEngine): void {
    switch (message.type) {
      case "interrupt":
        void this.#interrupt();
        return;
      case "input":
        this.#data.answers.postMessage(message.value);
        this.#settleAnswer(ANSWER.given);
        return;
      default:
        this.#pass({ type: "message", message });
    }
  }

  end(): void {
    this.#data.messages.postMessage({ type: "end" } satisfies FromWatchdog);
    setTimeout(() => process.kill(process.pid, "SIGKILL"), FAREWELL_MS);
  }

  #pass(event: FromWatchdog): void {
    if (this.#interrupting) this.#held.push(event);
    else this.#data.messages.postMessage(event);
  }

  async #interrupt(): Promise<void> {
    const isFirst = !this.#interrupting;
    if (isFirst) {
      this.#interrupting = true;
      this.#turn += 1;
      // Before anything that wakes the main thread, which must not take what follows for the cell's ordinary end.
      Atomics.store(this.#data.shared, SHARED.askedInterrupt, this.#turn);
    }
    this.#settleAnswer(ANSWER.interrupted);
    signalChildren();
    if (!isFirst) return;
    while (!(await this.#mainThreadReacts())) await this.#terminate();
    this.#interrupting = false;
    for (const event of this.#held.splice(0)) this.#pass(event);
  }

  async #mainThreadReacts(): Promise<boolean> {
    this.#data.messages.postMessage({ type: "interrupt", turn: this.#turn } satisfies FromWatchdog);
    const handled = Atomics.load(this.#data.shared, SHARED.handledInterrupt);
    if (handled === this.#turn) return true;
    await Atomics.waitAsync(this.#data.shared, SHARED.handledInterrupt, handled, PATIENCE_MS).value;
    return Atomics.load(this.#data.shared, SHARED.handledInterrupt) === this.#turn;
  }

  /**
   * Settles when V8 has stopped what was running, or after a while: native code is left only when it returns.
   * The session is short, because a process with an open one announces at its exit that it waits for a debugger.
   */
  async #terminate(): Promise<void> {
    const session = new Session();
    session.connectToMainThread();
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 10 * PATIENCE_MS);
      session.post("Runtime.terminateExecution", () => resolve());
      // Only now: the main thread may be waiting for a child, and must not get the time to start another.
      signalChildren();
    });
    session.disconnect();
  }

  #settleAnswer(state: (typeof ANSWER)["given" | "interrupted"]): void {
    Atomics.store(this.#data.shared, SHARED.answer, state);
    Atomics.notify(this.#data.shared, SHARED.answer);
  }
}

/** The engine leads a process group of its own and ignores the signal; who is left are its children. */
function signalChildren(): void {
  if (process.platform !== "win32") process.kill(-process.pid, "SIGINT");
}

const watchdog = new Watchdog(workerData);
const reader = new FrameReader<ToEngine>();
const socket = new Socket({ fd: MESSAGE_FD, readable: true, writable: false });
socket.on("data", (chunk) => {
  for (const message of reader.push(chunk)) watchdog.receive(message);
});
socket.on("end", () => watchdog.end());
socket.on("error", () => watchdog.end());
