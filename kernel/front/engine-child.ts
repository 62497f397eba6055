/** One engine process: how it is started and what flows through its pipes. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Ordered, ToEngine } from "../messages.ts";
import { encodeFrame, FrameReader } from "../pipe.ts";
import { Merger, type MergerHandlers } from "./merger.ts";

export interface EngineChildHandlers extends MergerHandlers {
  /** The process has ended and all that it left in its pipes has been handed on. Called once. */
  exit(reason: string): void;
}

/** Where the compiled sources are `.js`, so is the engine's. */
const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "../engine/main.ts" : "../engine/main.js", import.meta.url);
/** How long output that is still in the pipes may take to arrive after the engine has ended. */
const LAST_OUTPUT_MS = 200;
/** How long the engine's own exit handlers may take. */
const FAREWELL_MS = 500;

export class EngineChild {
  readonly #child;
  readonly #input: Writable;
  readonly #exited = Promise.withResolvers<string>();

  constructor(handlers: EngineChildHandlers) {
    const secret = randomBytes(16).toString("hex");
    this.#child = spawn(process.execPath, [...nodeFlags(), fileURLToPath(ENTRY), secret], {
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
      // A process group of its own, so that an interrupt reaches the engine's children and nobody else.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    const merger = new Merger(secret, handlers);
    const [, stdout, stderr, input, output] = this.#child.stdio;
    const frames = new FrameReader<Ordered>();
    readable(stdout).on("data", (bytes: Buffer) => merger.pushBytes("stdout", bytes));
    readable(stderr).on("data", (bytes: Buffer) => merger.pushBytes("stderr", bytes));
    readable(output).on("data", (bytes: Buffer) => {
      for (const ordered of frames.push(bytes)) merger.pushMessage(ordered);
    });
    this.#input = writable(input);
    // Writing to an engine that is ending fails; that it ends is reported by its exit.
    this.#input.on("error", () => {});

    void this.#exited.promise.then((reason) => {
      merger.end();
      handlers.exit(reason);
    });
    this.#child.on("error", (error) => this.#exited.resolve(error.message));
    this.#child.on("exit", (code, signal) => {
      this.#endChildren();
      const reason = signal === null ? `exit code ${code}` : `signal ${signal}`;
      // Processes that the engine started may hold its pipes open, so their closing is waited for with a limit.
      setTimeout(() => this.#exited.resolve(reason), LAST_OUTPUT_MS);
      this.#child.once("close", () => this.#exited.resolve(reason));
    });
  }

  send(message: ToEngine): void {
    this.#input.write(encodeFrame(message));
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** What cells have started ends with their engine, unless they detached it: it is in the engine's process group. */
  #endChildren(): void {
    const { pid } = this.#child;
    if (pid === undefined || process.platform === "win32") return;
    try {
      process.kill(-pid, "SIGTERM");
    } catch {
      // The group is empty.
    }
  }

  /** Ends the process, with a little time for its exit handlers. */
  async stop(): Promise<void> {
    this.#input.end();
    const timer = setTimeout(() => this.kill(), FAREWELL_MS);
    await this.#exited.promise;
    clearTimeout(timer);
  }
}

/**
 * The same Node with the same flags as the front's, and: without the first flag, V8's order to stop a timer's callback
 * aborts the process. On Node 22 the second makes it safe to stop code that is followed through timers and promises.
 */
function nodeFlags(): string[] {
  const flags = ["--no-force-async-hooks-checks"];
  if (process.versions.node.startsWith("22.")) flags.push("--experimental-async-context-frame");
  return [...process.execArgv, ...flags];
}

type Stdio = Readable | Writable | null | undefined;

function readable(stream: Stdio): Readable {
  if (stream instanceof Readable) return stream;
  throw new Error("The engine was started without its output pipes.");
}

function writable(stream: Stdio): Writable {
  if (stream instanceof Writable) return stream;
  throw new Error("The engine was started without its input pipe.");
}
