/** Everything that leaves the engine: messages to the front, and what is written to stdout and stderr. */
import { AsyncLocalStorage } from "node:async_hooks";
import { writeSync } from "node:fs";
import { Writable } from "node:stream";
import { type Mark, markText } from "../marks.ts";
import type { FromEngine, Ordered } from "../messages.ts";
import { encodeFrame } from "../pipe.ts";
import { KeyboardInterrupt } from "./errors.ts";

/** The request on whose behalf code runs; follows the code through timers and promises. */
export interface CellContext {
  readonly request: string;
  readonly cell: number;
  readonly allowStdin: boolean;
}

/** The file descriptor on which messages go out; 3, its neighbour, is read by the watchdog. */
const MESSAGE_FD = 4;
const STDOUT_FD = 1;
const STDERR_FD = 2;

type OutputPipe = { readonly fd: number; owner: string };

/**
 * Writes are synchronous and keep no state that half a write could spoil, because an interrupt may stop user code
 * at any point, also inside `console.log`. The order of `send`'s steps matters for the same reason: marks before
 * the message, so that a message that was never sent leaves marks that the next message passes over.
 */
export class Outputs {
  readonly stdout: CellStream;
  readonly stderr: CellStream;
  readonly #secret: string;
  readonly #contexts = new AsyncLocalStorage<CellContext>();
  readonly #pipes: readonly OutputPipe[];
  readonly #refused = new Set<string>();
  #latest: CellContext = { request: "", cell: 0, allowStdin: false };
  #order = 0;
  #lastWritten: OutputPipe | null = null;

  /** @param secret what every mark begins with; see `marks.ts`. */
  constructor(secret: string) {
    this.#secret = secret;
    const out = { fd: STDOUT_FD, owner: "" };
    const err = { fd: STDERR_FD, owner: "" };
    this.#pipes = [out, err];
    this.stdout = new CellStream(STDOUT_FD, (bytes) => this.#write(out, bytes));
    this.stderr = new CellStream(STDERR_FD, (bytes) => this.#write(err, bytes));
  }

  /** The cell whose code is running; code that lost its origin belongs to the latest cell. */
  get context(): CellContext {
    return this.#contexts.getStore() ?? this.#latest;
  }

  /**
   * The cell whose code is running and wants to show something.
   * Throws a `KeyboardInterrupt` in what is left of an interrupted cell, which ends loops that go on after an `await`.
   */
  activeContext(): CellContext {
    if (this.isRefused) throw new KeyboardInterrupt();
    return this.context;
  }

  /** Whether the code that is running belongs to an interrupted cell. */
  get isRefused(): boolean {
    return this.#refused.has(this.context.request);
  }

  /** From here on, what is left of a cell may not show anything. */
  refuse({ request }: CellContext): void {
    this.#refused.add(request);
  }

  /** From here on, output that says nothing of its origin (native code's, child processes') belongs to this cell. */
  begin(context: CellContext): void {
    this.#latest = context;
    for (const pipe of this.#pipes) this.#own(pipe, context.request);
  }

  /** Runs code on behalf of a cell, with all timers and promises that it starts. */
  within<Result>(context: CellContext, code: () => Result): Result {
    return this.#contexts.run(context, code);
  }

  /**
   * Sends a message to the front, behind all that was written so far, and returns its place.
   * Throws a `DataCloneError` for data that cannot be copied.
   */
  send(message: FromEngine): number {
    const order = this.#order + 1;
    const frame = encodeFrame({ order, message } satisfies Ordered);
    this.#order = order;
    for (const pipe of this.#pipes) writeAll(pipe.fd, this.#mark({ type: "order", order }));
    writeAll(MESSAGE_FD, frame);
    this.#lastWritten = null;
    return order;
  }

  /** Sends the message for a place that a `reserved` message has kept. */
  fill(order: number, message: FromEngine): void {
    writeAll(MESSAGE_FD, encodeFrame({ order, message } satisfies Ordered));
  }

  #write(pipe: OutputPipe, bytes: Buffer): void {
    const { request } = this.activeContext();
    if (this.#lastWritten !== null && this.#lastWritten !== pipe) this.send({ type: "turn" });
    this.#lastWritten = pipe;
    this.#own(pipe, request);
    writeAll(pipe.fd, bytes);
  }

  #own(pipe: OutputPipe, request: string): void {
    if (pipe.owner === request) return;
    writeAll(pipe.fd, this.#mark({ type: "owner", request }));
    pipe.owner = request;
  }

  #mark(mark: Mark): Buffer {
    return Buffer.from(markText(this.#secret, mark));
  }
}

/** A writable stream without a buffer: what is written is in the pipe when `write` returns. */
export class CellStream extends Writable {
  readonly fd: number;
  readonly isTTY = false;
  readonly #writeBytes: (bytes: Buffer) => void;

  constructor(fd: number, writeBytes: (bytes: Buffer) => void) {
    super();
    this.fd = fd;
    this.#writeBytes = writeBytes;
  }

  override write(chunk: unknown, encoding?: BufferEncoding | Written, callback?: Written): boolean {
    const written = typeof encoding === "function" ? encoding : callback;
    this.#writeBytes(toBytes(chunk, typeof encoding === "string" ? encoding : "utf8"));
    if (written) process.nextTick(written, null);
    return true;
  }

  /** The streams outlive every cell, so ending one only writes. */
  override end(chunk?: unknown, encoding?: BufferEncoding | Written, callback?: Written): this {
    if (typeof chunk === "function") this.write("", () => chunk());
    else this.write(chunk ?? "", encoding, callback);
    return this;
  }
}

type Written = (error: Error | null | undefined) => void;

function toBytes(chunk: unknown, encoding: BufferEncoding): Buffer {
  if (typeof chunk === "string") return Buffer.from(chunk, encoding);
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new TypeError(
    `A chunk to write must be a string or a Uint8Array, not ${chunk === null ? "null" : typeof chunk}`,
  );
}

/** Writes all bytes, waiting for the reader where the pipe is full. A closed pipe swallows them: nobody reads them. */
function writeAll(fd: number, bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(fd, bytes, offset);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) return;
    }
  }
}
