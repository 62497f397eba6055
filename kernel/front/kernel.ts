/** The protocol side of a kernel: connects sockets, language and engine. */
import { Comms } from "./comms.ts";
import type { Connection } from "./connection.ts";
import { EngineClient, type EngineOutput } from "./engine-client.ts";
import { Executions } from "./executions.ts";
import { createHandlers } from "./handlers.ts";
import { History } from "./history.ts";
import { IOPub } from "./iopub.ts";
import type { Language } from "./language/language.ts";
import type { StreamName } from "./merger.ts";
import { type HandlerTable, RequestServer } from "./requests.ts";
import { type RequestChannel, Sockets } from "./sockets.ts";
import { TextBatcher } from "./text-batcher.ts";
import { type JsonObject, type Message, Wire } from "./wire.ts";

/** Enough that no notebook's queue of cells is longer; a timer that outlives so many later cells prints into the latest. */
const MOST_PARENTS = 10_000;

export class Kernel {
  readonly #language: Language;
  readonly #wire: Wire;
  readonly #sockets: Sockets;
  readonly #iopub: IOPub;
  readonly #server: RequestServer;
  readonly #engine: EngineClient;
  readonly #comms: Comms;
  readonly #executions: Executions;
  readonly #handlers: Readonly<Record<"shell" | "control", HandlerTable>>;
  readonly #texts: TextBatcher;
  /** The headers of the last requests that ran code: what the code shows, even much later, belongs to them. */
  readonly #parents = new Map<string, JsonObject>();
  #latestParent: JsonObject = {};
  /** What the engine said before the first cell, kept for that cell: clients do not show what belongs to none. */
  #early: { readonly stream: StreamName; readonly text: string }[] | null = [];
  readonly #greeted = Promise.withResolvers<void>();
  readonly #asked = Promise.withResolvers<void>();

  private constructor(connection: Connection, language: Language, sockets: Sockets) {
    this.#language = language;
    this.#sockets = sockets;
    this.#wire = new Wire(connection.key, connection.hash);
    this.#iopub = new IOPub(this.#wire, sockets);
    this.#server = new RequestServer(this.#wire, sockets, this.#iopub);
    this.#texts = new TextBatcher(({ stream, request }, text) => {
      this.#iopub.stream(stream, text, this.#parentOf(request));
    });
    this.#engine = this.#createEngine();
    this.#comms = new Comms(this.#engine, this.#iopub);
    const history = new History();
    this.#executions = new Executions({
      iopub: this.#iopub,
      server: this.#server,
      engine: this.#engine,
      language,
      history,
    });
    this.#handlers = createHandlers({
      connection,
      language,
      executions: this.#executions,
      history,
      comms: this.#comms,
      shutdown: () => this.stop(),
    });
  }

  /**
   * Runs a kernel on a connection until a client shuts it down, or `stop` is called; the language is disposed of.
   * Rejects when an address cannot be bound.
   */
  static async start(connection: Connection, language: Language): Promise<Kernel> {
    const kernel = new Kernel(connection, language, await Sockets.open(connection));
    kernel.#sockets.listen({
      receive: (channel, frames) => kernel.#receive(channel, frames),
      subscribed: (topic) => kernel.#iopub.welcome(topic),
    });
    return kernel;
  }

  /** Settles when the first request has been answered, or has to wait for what is not loaded yet. */
  greeted(): Promise<void> {
    return this.#greeted.promise;
  }

  /** Asks the kernel to end. */
  stop(): void {
    this.#asked.resolve();
  }

  /** Settles when the kernel was asked to end and has ended: engine and language gone, everything sent. */
  async ended(): Promise<void> {
    await this.#asked.promise;
    // The reply to the request to end is sent in the same turn.
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([this.#engine.stop(), this.#language.dispose()]);
    await this.#sockets.close();
  }

  #receive(channel: RequestChannel, frames: Buffer[]): void {
    const message = this.#wire.decode(frames);
    if (!message) return;
    if (channel === "stdin") {
      if (message.header.msg_type === "input_reply") this.#executions.answer(message);
      return;
    }
    this.#serve(channel, message);
  }

  /** Message types that are not known are tolerated, as the protocol asks of both sides. */
  #serve(channel: "shell" | "control", message: Message): void {
    const { msg_id, msg_type } = message.header;
    const request = { ...message, channel };
    if (channel === "shell" && msg_type === "execute_request") {
      this.#rememberParent(msg_id, message.header);
      this.#executions.push(request);
      for (const { stream, text } of this.#early ?? []) this.#texts.add({ stream, request: msg_id }, text);
      this.#early = null;
      this.#greeted.resolve();
      return;
    }
    const table = this.#handlers[channel];
    const handler = Object.hasOwn(table, msg_type) ? table[msg_type] : undefined;
    if (!handler) return;
    const isComm = msg_type.startsWith("comm_");
    if (isComm) this.#parents.set(msg_id, message.header);
    void this.#server.serve(request, handler).then(() => {
      this.#greeted.resolve();
      if (isComm) this.#parents.delete(msg_id);
    });
  }

  #createEngine(): EngineClient {
    return new EngineClient({
      ready: ({ magics }) => this.#language.useMagics(magics),
      text: (stream, text, request) => this.#takeText(stream, text, request),
      output: (output) => this.#publish(output),
      answering: () => this.#texts.flush(),
      ended: (error) => {
        this.#texts.flush();
        this.#language.reset();
        this.#comms.closeAll();
        if (!this.#executions.busy) this.#iopub.stream("stderr", `${error.message}\n`, this.#latestParent);
      },
    });
  }

  #takeText(stream: StreamName, text: string, request: string): void {
    if (this.#early && !this.#parents.has(request)) this.#early.push({ stream, text });
    else this.#texts.add({ stream, request }, text);
  }

  #publish(output: EngineOutput): void {
    this.#texts.flush();
    const parent = this.#parentOf(output.request);
    switch (output.type) {
      case "display":
        this.#iopub.display(output.display, output.displayId, output.update, parent);
        return;
      case "clear":
        this.#iopub.publish("clear_output", { wait: output.wait }, parent);
        return;
      case "page":
        this.#executions.page(output.data);
        return;
      case "input":
        this.#executions.ask(output.prompt, output.password);
        return;
      case "comm":
        this.#comms.publish(output, parent);
    }
  }

  #rememberParent(id: string, header: JsonObject): void {
    this.#parents.set(id, header);
    this.#latestParent = header;
    const [oldest] = this.#parents.keys();
    if (oldest !== undefined && this.#parents.size > MOST_PARENTS) this.#parents.delete(oldest);
  }

  #parentOf(request: string): JsonObject {
    return this.#parents.get(request) ?? this.#latestParent;
  }
}
