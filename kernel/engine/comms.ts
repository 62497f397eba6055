/** The engine's ends of the comms that front ends opened. */
import type { CommMessage, ToEngine } from "../messages.ts";
import type { Outputs } from "./outputs.ts";
import type { Comm, CommHandler, EngineServices } from "./services.ts";

const NOT_READY: CommHandler = { message: () => {} };

type Incoming = Extract<ToEngine, { readonly type: "comm" }>;

export class Comms {
  readonly #targets: EngineServices["comms"];
  readonly #outputs: Outputs;
  readonly #open = new Map<string, CommHandler>();

  constructor(targets: EngineServices["comms"], outputs: Outputs) {
    this.#targets = targets;
    this.#outputs = outputs;
  }

  /** Hands a message to its comm's handler. What a handler throws is thrown. */
  receive(message: Incoming): void {
    switch (message.kind) {
      case "open": {
        const serve = this.#targets[message.target];
        const comm = this.#createComm(message);
        if (!serve) {
          comm.close();
          return;
        }
        this.#open.set(message.id, NOT_READY);
        const handler = serve(comm, message.data);
        // It may have closed the comm at once.
        if (this.#open.has(message.id)) this.#open.set(message.id, handler);
        return;
      }
      case "msg":
        this.#open.get(message.id)?.message(message.data);
        return;
      case "close":
        this.#open.get(message.id)?.close?.();
        this.#open.delete(message.id);
    }
  }

  #createComm({ id, target }: Incoming): Comm {
    const send = (kind: CommMessage["kind"], data: unknown) => {
      const { request } = this.#outputs.context;
      this.#outputs.send({ type: "comm", kind, id, target, data, request });
    };
    return {
      id,
      target,
      send: (data) => send("msg", data),
      close: (data = {}) => {
        this.#open.delete(id);
        send("close", data);
      },
    };
  }
}
