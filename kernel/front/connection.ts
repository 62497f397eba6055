/** The connection file: where a kernel listens and what it signs with. */
import { getHashes } from "node:crypto";
import { readFileSync } from "node:fs";

export type Channel = "shell" | "control" | "iopub" | "stdin" | "hb";

export interface Connection {
  /** The ZeroMQ address of each socket. */
  readonly addresses: Readonly<Record<Channel, string>>;
  readonly ports: Readonly<Record<Channel, number>>;
  /** The key of the signatures; "" means that messages are not signed. */
  readonly key: string;
  /** The hash of the signatures, `sha256` as a rule. */
  readonly hash: string;
}

const LARGEST_PORT = 65_535;
const SCHEME = "hmac-";

/** Reads a connection file. Throws with the file and the field when it is not one. */
export function readConnectionFile(path: string): Connection {
  const fields = parse(path);
  const wrong = (name: string, expected: string, value: unknown) =>
    new Error(
      `The connection file ${path} is not usable: "${name}" must be ${expected}, not ${JSON.stringify(value)}.`,
    );
  const text = (name: string, fallback: string): string => {
    const value = fields[name] ?? fallback;
    if (typeof value !== "string") throw wrong(name, "a string", value);
    return value;
  };
  const port = (name: string): number => {
    const value = fields[name];
    if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= LARGEST_PORT) return value;
    throw wrong(name, `a whole number from 1 to ${LARGEST_PORT}`, value);
  };
  const transport = text("transport", "tcp");
  const ip = text("ip", "127.0.0.1");
  const ports = {
    shell: port("shell_port"),
    control: port("control_port"),
    iopub: port("iopub_port"),
    stdin: port("stdin_port"),
    hb: port("hb_port"),
  };
  // Unix sockets are files whose names end with the "port".
  const address = (number: number) => `${transport}://${ip}${transport === "ipc" ? "-" : ":"}${number}`;
  const { shell, control, iopub, stdin, hb } = ports;
  const scheme = text("signature_scheme", "hmac-sha256");
  const hash = scheme.slice(SCHEME.length);
  if (!scheme.startsWith(SCHEME) || !getHashes().includes(hash)) {
    throw wrong("signature_scheme", '"hmac-" and the name of a hash, such as "hmac-sha256"', scheme);
  }
  return {
    addresses: {
      shell: address(shell),
      control: address(control),
      iopub: address(iopub),
      stdin: address(stdin),
      hb: address(hb),
    },
    ports,
    key: text("key", ""),
    hash,
  };
}

function parse(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value === "object" && value !== null) return { ...value };
  } catch (error) {
    throw new Error(`Cannot read the connection file ${path}: ${error instanceof Error ? error.message : error}`);
  }
  throw new Error(`The connection file ${path} holds no JSON object.`);
}
