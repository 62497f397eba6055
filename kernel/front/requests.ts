/** How requests are served: the rules that hold for every request, whatever it asks. */
import { randomUUID } from "node:crypto";
import type { IOPub } from "./iopub.ts";
import type { RequestChannel, Sockets } from "./sockets.ts";
import type { JsonObject, Message, Wire } from "./wire.ts";

/** A request, with the channel on which its answer goes back. */
export interface Request extends Message {
  readonly channel: RequestChannel;
}

/** Does what a request asks and returns the content of the reply, or null for requests that have none. */
export type Handler = (request: Request) => JsonObject | null | Promise<JsonObject | null>;

/** The handlers of a channel, by message type. */
export type HandlerTable = Readonly<Record<string, Handler>>;

export class RequestServer {
  readonly #wire: Wire;
  readonly #sockets: Sockets;
  readonly #iopub: IOPub;
  /** The requests that are being served, oldest first. */
  readonly #serving = new Set<Request>();

  constructor(wire: Wire, sockets: Sockets, iopub: IOPub) {
    this.#wire = wire;
    this.#sockets = sockets;
    this.#iopub = iopub;
  }

  /** Busy, the handler, its reply, idle: in this order for every request, also when the handler fails. */
  async serve(request: Request, handler: Handler): Promise<void> {
    const { header } = request;
    this.#serving.add(request);
    this.#iopub.status("busy", header);
    const content = await contentOf(handler, request);
    if (content) this.reply(request, header.msg_type.replace(/_request$/, "_reply"), content);
    this.#serving.delete(request);
    this.#iopub.status("idle", header);
    // Front ends show the last status they saw; a completion must not make a running cell look finished.
    const [stillBusy] = this.#serving;
    if (stillBusy) this.#iopub.status("busy", stillBusy.header);
  }

  /** Sends a message to the client that made a request, on the request's channel. */
  reply(request: Request, type: string, content: JsonObject): void {
    const { header, identities, channel } = request;
    this.#sockets.send(channel, this.#wire.encode({ type, content, parent: header, to: identities }));
  }

  /** Asks the user who made a request; returns the id that the answer's parent header will have. */
  ask(request: Request, prompt: string, password: boolean): string {
    const { header, identities } = request;
    const id = randomUUID();
    const question = { type: "input_request", content: { prompt, password }, parent: header, to: identities };
    this.#sockets.send("stdin", this.#wire.encode(question, id));
    return id;
  }
}

async function contentOf(handler: Handler, request: Request): Promise<JsonObject | null> {
  try {
    const content = await handler(request);
    return content && { status: "ok", ...content };
  } catch (error) {
    const { name, message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    console.error(`A ${request.header.msg_type} failed in the kernel: ${stack}`);
    return { status: "error", ename: name, evalue: message, traceback: stack.split("\n") };
  }
}
