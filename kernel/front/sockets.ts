/** The five ZeroMQ sockets of a kernel. */
import { Reply, Router, type Socket, XPublisher } from "zeromq";
import type { Connection } from "./connection.ts";

type Frames = Buffer[];
export type RequestChannel = "shell" | "control" | "stdin";
export type SendChannel = RequestChannel | "iopub";

export interface SocketHandlers {
  /** A message came in on one of the channels that take messages. */
  receive(channel: RequestChannel, frames: Frames): void;
  /** A client has begun to listen to the topics that begin with `topic`. */
  subscribed(topic: string): void;
}

/** How long a closed socket keeps what it has not sent yet. */
const LINGER_MS = 1000;
const SUBSCRIBE = 1;

export class Sockets {
  readonly #shell = new Router({ linger: LINGER_MS });
  readonly #control = new Router({ linger: LINGER_MS });
  readonly #stdin = new Router({ linger: LINGER_MS });
  // No limit to what waits for a slow reader: beyond one, outputs would be dropped without a word.
  readonly #iopub = new XPublisher({ linger: LINGER_MS, sendHighWaterMark: 0, verbosity: "allSubs" });
  readonly #heartbeat = new Reply({ linger: 0 });
  readonly #queues: Readonly<Record<SendChannel, SendQueue>>;

  private constructor() {
    this.#queues = {
      shell: new SendQueue(this.#shell),
      control: new SendQueue(this.#control),
      stdin: new SendQueue(this.#stdin),
      iopub: new SendQueue(this.#iopub),
    };
  }

  /**
   * Binds all sockets. None reads yet: one that reads while another binds can make ZeroMQ fail.
   * Rejects with the address when it cannot be had.
   */
  static async open({ addresses }: Connection): Promise<Sockets> {
    const sockets = new Sockets();
    await bind(sockets.#shell, addresses.shell);
    await bind(sockets.#control, addresses.control);
    await bind(sockets.#stdin, addresses.stdin);
    await bind(sockets.#iopub, addresses.iopub);
    await bind(sockets.#heartbeat, addresses.hb);
    return sockets;
  }

  /** Begins to read, and to answer the heartbeat. */
  listen(handlers: SocketHandlers): void {
    void this.#receive("shell", this.#shell, handlers);
    void this.#receive("control", this.#control, handlers);
    void this.#receive("stdin", this.#stdin, handlers);
    void this.#welcome(handlers);
    void this.#beat();
  }

  /** Sends behind all that was given to this channel before. */
  send(channel: SendChannel, frames: Frames): void {
    this.#queues[channel].push(frames);
  }

  /** Closes all sockets once everything is on its way. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.#queues).map((queue) => queue.empty()));
    for (const socket of [this.#shell, this.#control, this.#stdin, this.#iopub, this.#heartbeat]) socket.close();
  }

  async #receive(channel: RequestChannel, socket: Router, handlers: SocketHandlers): Promise<void> {
    for await (const frames of socket) handlers.receive(channel, frames);
  }

  async #welcome(handlers: SocketHandlers): Promise<void> {
    for await (const [frame] of this.#iopub) {
      if (frame?.[0] === SUBSCRIBE) handlers.subscribed(frame.toString("utf8", 1));
    }
  }

  async #beat(): Promise<void> {
    for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames);
  }
}

async function bind(socket: Router | XPublisher | Reply, address: string): Promise<void> {
  try {
    await socket.bind(address);
  } catch (error) {
    throw new Error(`Cannot listen on ${address}: ${error instanceof Error ? error.message : error}`);
  }
}

/** ZeroMQ takes one `send` at a time from each socket and refuses a second one, so they wait in line here. */
class SendQueue {
  readonly #socket: Socket & { send(frames: Frames): Promise<void> };
  #waiting: Frames[] = [];
  #sending: Promise<void> | null = null;

  constructor(socket: Socket & { send(frames: Frames): Promise<void> }) {
    this.#socket = socket;
  }

  push(frames: Frames): void {
    this.#waiting.push(frames);
    this.#sending ??= this.#sendAll();
  }

  async empty(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (const frames of batch) await this.#send(frames);
    }
    this.#sending = null;
  }

  async #send(frames: Frames): Promise<void> {
    try {
      await this.#socket.send(frames);
    } catch (error) {
      if (!this.#socket.closed) console.error("A message could not be sent:", error);
    }
  }
}
