/** Comms: who is connected to what. The engine serves them; messages for it pass through here. */
import type { CommMessage } from "../messages.ts";
import type { EngineClient } from "./engine-client.ts";
import { textField } from "./fields.ts";
import type { IOPub } from "./iopub.ts";
import type { Handler, Request } from "./requests.ts";
import type { JsonObject } from "./wire.ts";

export class Comms {
  readonly #engine: EngineClient;
  readonly #iopub: IOPub;
  /** Target names by comm id. */
  readonly #open = new Map<string, string>();

  constructor(engine: EngineClient, iopub: IOPub) {
    this.#engine = engine;
    this.#iopub = iopub;
  }

  readonly handlers: Readonly<Record<"comm_open" | "comm_msg" | "comm_close" | "comm_info_request", Handler>> = {
    comm_open: async (request) => {
      const id = textField(request.content, "comm_id");
      const target = textField(request.content, "target_name");
      const { comms } = await this.#engine.ready();
      if (!comms.includes(target)) this.#iopub.publish("comm_close", { comm_id: id, data: {} }, request.header);
      else {
        this.#open.set(id, target);
        await this.#pass("open", id, target, request);
      }
      return null;
    },
    comm_msg: async (request) => {
      const id = textField(request.content, "comm_id");
      const target = this.#open.get(id);
      if (target !== undefined) await this.#pass("msg", id, target, request);
      return null;
    },
    comm_close: async (request) => {
      const id = textField(request.content, "comm_id");
      const target = this.#open.get(id);
      this.#open.delete(id);
      if (target !== undefined) await this.#pass("close", id, target, request);
      return null;
    },
    comm_info_request: ({ content }) => {
      const wanted = textField(content, "target_name");
      const open = [...this.#open].filter(([, target]) => wanted === "" || target === wanted);
      return { comms: Object.fromEntries(open.map(([id, target]) => [id, { target_name: target }])) };
    },
  };

  /** Sends what the engine says on a comm to the clients. */
  publish({ kind, id, target, data }: CommMessage, parent: JsonObject): void {
    if (kind === "close") this.#open.delete(id);
    const opening = kind === "open" ? { target_name: target } : {};
    this.#iopub.publish(`comm_${kind}`, { comm_id: id, data, ...opening }, parent);
  }

  /** The engine has gone, and the other ends of all comms with it. */
  closeAll(): void {
    for (const id of this.#open.keys()) this.#iopub.publish("comm_close", { comm_id: id, data: {} }, {});
    this.#open.clear();
  }

  async #pass(kind: CommMessage["kind"], id: string, target: string, request: Request): Promise<void> {
    const { data } = request.content;
    await this.#engine.comm({ type: "comm", request: request.header.msg_id, kind, id, target, data });
  }
}
