/** JSON-RPC over a pair of streams, framed as the Language Server Protocol frames it (`Content-Length` headers). */
import type { Readable, Writable } from "node:stream";

/** Answers a request of the other side; what it returns is sent back. */
export type RequestHandler = (method: string, params: unknown) => unknown;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Incoming {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const HEADER_END = "\r\n\r\n";

export class RpcConnection {
  readonly #output: Writable;
  readonly #answer: RequestHandler;
  readonly #waiting = new Map<number | string, Waiting>();
  #received: Buffer = Buffer.alloc(0);
  #lastId = 0;
  #closed: Error | null = null;

  constructor(input: Readable, output: Writable, answer: RequestHandler) {
    this.#output = output;
    this.#answer = answer;
    input.on("data", (chunk: Buffer) => this.#receive(chunk));
    // A broken pipe is told by the process's end, which closes the connection.
    output.on("error", () => {});
  }

  /** @throws {Error} what the other side answered, or that the connection has closed. */
  request(method: string, params: unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ jsonrpc: "2.0", id, method, params });
    });
  }

  notify(method: string, params: unknown): void {
    if (!this.#closed) this.#send({ jsonrpc: "2.0", method, params });
  }

  get closed(): boolean {
    return this.#closed !== null;
  }

  /** Rejects what is waiting, and every later request. */
  close(reason: Error): void {
    this.#closed = reason;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }

  #send(message: object): void {
    const body = Buffer.from(JSON.stringify(message));
    this.#output.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}${HEADER_END}`), body]));
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length > 0 ? Buffer.concat([this.#received, chunk]) : chunk;
    for (;;) {
      const headerEnd = this.#received.indexOf(HEADER_END);
      if (headerEnd < 0) return;
      const length = Number(/content-length: *(\d+)/i.exec(this.#received.toString("latin1", 0, headerEnd))?.[1] ?? 0);
      const start = headerEnd + HEADER_END.length;
      if (this.#received.length < start + length) return;
      const body = this.#received.toString("utf8", start, start + length);
      this.#received = this.#received.subarray(start + length);
      this.#handle(JSON.parse(body));
    }
  }

  #handle(message: Incoming): void {
    if (message.method !== undefined) {
      if (message.id === undefined) return;
      this.#send({ jsonrpc: "2.0", id: message.id, result: this.#answer(message.method, message.params) ?? null });
      return;
    }
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (!waiting || message.id === undefined) return;
    this.#waiting.delete(message.id);
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }
}
