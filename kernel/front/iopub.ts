/** What all clients see: status, outputs, and what belongs to them. */
import type { CellError, DisplayData } from "../messages.ts";
import type { StreamName } from "./merger.ts";
import type { Sockets } from "./sockets.ts";
import type { JsonObject, Wire } from "./wire.ts";

export class IOPub {
  readonly #wire: Wire;
  readonly #sockets: Sockets;

  constructor(wire: Wire, sockets: Sockets) {
    this.#wire = wire;
    this.#sockets = sockets;
  }

  /** @param parent the header of the request that caused the message, or `{}`. */
  publish(type: string, content: JsonObject, parent: JsonObject, topic = `kernel.${this.#wire.session}.${type}`): void {
    this.#sockets.send("iopub", this.#wire.encode({ type, content, parent, to: [topic] }));
  }

  /** Greets a client that has begun to listen: from now on it misses nothing. */
  welcome(topic: string): void {
    this.publish("iopub_welcome", { subscription: topic }, {}, topic);
  }

  status(state: "busy" | "idle", parent: JsonObject): void {
    this.publish("status", { execution_state: state }, parent);
  }

  stream(name: StreamName, text: string, parent: JsonObject): void {
    this.publish("stream", { name, text }, parent, `stream.${name}`);
  }

  error({ ename, evalue, traceback }: CellError, parent: JsonObject): void {
    this.publish("error", { ename, evalue, traceback }, parent);
  }

  result({ data, metadata }: DisplayData, count: number, parent: JsonObject): void {
    this.publish("execute_result", { execution_count: count, data, metadata }, parent);
  }

  display({ data, metadata }: DisplayData, displayId: string | null, update: boolean, parent: JsonObject): void {
    const transient = displayId === null ? {} : { display_id: displayId };
    this.publish(update ? "update_display_data" : "display_data", { data, metadata, transient }, parent);
  }
}
