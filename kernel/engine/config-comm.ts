/** The engine's side of the configuration comm; its messages are defined in `comm-config.ts`. */
import type { Config } from "@theanotes/runtime";
import type { ConfigCommApi, FromConfigComm, SetFlag, ToConfigComm } from "../comm-config.ts";
import type { Comm, CommHandler } from "./services.ts";

const API: ConfigCommApi = 1;

/**
 * Serves the comm target `theanotes.config`: snapshots, changes whoever made them, and validated settings.
 * @param modes the names to offer in a menu of modes
 */
export function serveConfig(config: Config, modes: readonly string[]): (comm: Comm, data: unknown) => CommHandler {
  const open = new Set<Comm>();
  let rev = 0;
  const send = (comm: Comm, message: FromConfigComm): void => comm.send(message);

  config.onChange(({ name }) => {
    rev += 1;
    const { value, origin } = config.describe(name);
    for (const comm of open) send(comm, { op: "changed", rev, name, value, origin });
  });

  const set = (comm: Comm, { req, name, value }: SetFlag): void => {
    try {
      config.setText(name, value, { origin: "panel" });
    } catch (error) {
      send(comm, { op: "result", req, ok: false, error: error instanceof Error ? error.message : String(error) });
      return;
    }
    send(comm, { op: "result", req, ok: true });
  };

  const answer = (comm: Comm, data: unknown): void => {
    const message = parse(data);
    switch (message?.op) {
      case "hello":
        send(comm, { op: "snapshot", rev, flags: config.flags(), modes });
        return;
      case "set":
        set(comm, message);
        return;
      case undefined:
        // Another version of the protocol, or none of it.
        open.delete(comm);
        comm.close();
    }
  };

  return (comm, data) => {
    open.add(comm);
    answer(comm, data);
    return { message: (later) => answer(comm, later), close: () => void open.delete(comm) };
  };
}

/** The message in what came over the comm; undefined when it is none that we understand. */
function parse(data: unknown): ToConfigComm | undefined {
  if (typeof data !== "object" || data === null || !("op" in data)) return undefined;
  if (data.op === "hello" && "api" in data && data.api === API) return { op: "hello", api: API };
  if (data.op !== "set" || !("req" in data && "name" in data && "value" in data)) return undefined;
  const { req, name, value } = data;
  if (typeof req !== "number" || typeof name !== "string" || typeof value !== "string") return undefined;
  return { op: "set", req, name, value };
}
