/**
 * Messages as they travel: `[identity…, "<IDS|MSG>", signature, header, parent header, metadata, content, buffer…]`,
 * where the signature is the HMAC of the four JSON frames, byte for byte.
 * Source: the Jupyter messaging specification, "The wire protocol".
 */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

export type JsonObject = Record<string, unknown>;

export interface Header extends JsonObject {
  readonly msg_id: string;
  readonly msg_type: string;
}

/** A message that came in, with the frames that lead back to its sender. */
export interface Message {
  readonly identities: readonly Buffer[];
  readonly header: Header;
  /** The message that this one answers, or `{}`. */
  readonly parentHeader: JsonObject;
  readonly content: JsonObject;
}

/** A message to be sent. */
export interface Outgoing {
  readonly type: string;
  readonly content: JsonObject;
  /** The header of the message that caused this one, or `{}`. */
  readonly parent: JsonObject;
  /** Where it goes: a client's identities, or a topic. */
  readonly to: readonly (Buffer | string)[];
}

/** What is spoken. Of version 5.5 the parts that every kernel has are here; subshells and the debugger are not offered. */
export const PROTOCOL_VERSION = "5.5";

const DELIMITER = Buffer.from("<IDS|MSG>");

/** Signs, writes and reads the messages of one kernel session. */
export class Wire {
  /** Names this run of the kernel: clients tell by it that a kernel was restarted. */
  readonly session = randomUUID();
  readonly #key: string;
  readonly #hash: string;

  /** @param key "" turns signatures off. */
  constructor(key: string, hash: string) {
    this.#key = key;
    this.#hash = hash;
  }

  /** @param id the message's own id, for whoever wants to know its answer again. */
  encode({ type, content, parent, to }: Outgoing, id: string = randomUUID()): Buffer[] {
    const header = {
      msg_id: id,
      session: this.session,
      username: "kernel",
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL_VERSION,
    };
    const frames = [header, parent, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [...to.map((frame) => Buffer.from(frame)), DELIMITER, Buffer.from(this.#sign(frames)), ...frames];
  }

  /** Reads a message; null for one that is not signed with the key, or not a message at all. */
  decode(frames: readonly Buffer[]): Message | null {
    const delimiter = frames.findIndex((frame) => frame.equals(DELIMITER));
    if (delimiter < 0) return null;
    const [signature, ...parts] = frames.slice(delimiter + 1, delimiter + 6);
    if (!signature || parts.length < 4 || !this.#isSigned(signature, parts)) return null;
    const [header, parentHeader, , content] = parts.map(parseObject);
    if (!header || !parentHeader || !content || !isHeader(header)) return null;
    return { identities: frames.slice(0, delimiter), header, parentHeader, content };
  }

  #sign(parts: readonly Buffer[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac(this.#hash, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  #isSigned(signature: Buffer, parts: readonly Buffer[]): boolean {
    if (this.#key === "") return true;
    const expected = Buffer.from(this.#sign(parts));
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  }
}

function parseObject(frame: Buffer): JsonObject | null {
  try {
    const value: unknown = JSON.parse(frame.toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function isHeader(header: JsonObject): header is Header {
  return typeof header.msg_id === "string" && typeof header.msg_type === "string";
}
