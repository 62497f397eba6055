/** Messages over a byte pipe: each is its length (32 bits, little end first) and its structured clone. */
import { deserialize, serialize } from "node:v8";

const LENGTH_BYTES = 4;

/** The bytes of one message. Throws a `DataCloneError` for what cannot be copied (functions, class instances with handles). */
export function encodeFrame(message: unknown): Buffer {
  const body = serialize(message);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + body.length);
  frame.writeUInt32LE(body.length);
  body.copy(frame, LENGTH_BYTES);
  return frame;
}

/** Cuts a byte stream into the messages it carries. */
export class FrameReader<Message> {
  readonly #chunks: Buffer[] = [];
  #available = 0;

  /** Takes the next bytes of the stream and returns the messages that are now complete. */
  push(chunk: Buffer): Message[] {
    this.#chunks.push(chunk);
    this.#available += chunk.length;
    const messages: Message[] = [];
    for (let length = this.#nextLength(); length !== null; length = this.#nextLength()) {
      const frame = this.#take(LENGTH_BYTES + length);
      messages.push(deserialize(frame.subarray(LENGTH_BYTES)));
    }
    return messages;
  }

  /** The length of the next message when all its bytes are here, else null. */
  #nextLength(): number | null {
    if (this.#available < LENGTH_BYTES) return null;
    let [first = Buffer.alloc(0)] = this.#chunks;
    if (first.length < LENGTH_BYTES) {
      first = Buffer.concat(this.#chunks);
      this.#chunks.splice(0, Number.POSITIVE_INFINITY, first);
    }
    const length = first.readUInt32LE();
    return this.#available < LENGTH_BYTES + length ? null : length;
  }

  #take(size: number): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    const bytes = all ?? Buffer.concat(this.#chunks);
    const rest = bytes.subarray(size);
    this.#chunks.splice(0, Number.POSITIVE_INFINITY, ...(rest.length > 0 ? [rest] : []));
    this.#available -= size;
    return bytes.subarray(0, size);
  }
}
