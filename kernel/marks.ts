/**
 * Marks in the engine's stdout and stderr: lines that are not output but say where in the stream something stands.
 *
 * An `order` mark is where the message of that number was sent; an `owner` mark names the request to which the
 * following bytes belong, so that a timer's print reaches the cell that started the timer. Every mark begins with a secret
 * that only this engine and its front know; no output can be taken for one.
 */

export type Mark =
  | { readonly type: "order"; readonly order: number }
  | { readonly type: "owner"; readonly request: string };

export type Piece = Mark | { readonly type: "bytes"; readonly bytes: Buffer };

const RECORD_SEPARATOR = "\u001e";
const END = "\n";
const END_BYTE = 0x0a;

/** The text of a mark. `request` must not hold a line end. */
export function markText(secret: string, mark: Mark): string {
  const body = mark.type === "order" ? `#${mark.order}` : `@${mark.request}`;
  return RECORD_SEPARATOR + secret + body + END;
}

/** Tells output from marks in a byte stream. */
export class MarkReader {
  readonly #prefix: Buffer;
  /** What came last and may be the beginning of a mark. */
  #carry: Buffer = Buffer.alloc(0);

  constructor(secret: string) {
    this.#prefix = Buffer.from(RECORD_SEPARATOR + secret);
  }

  /** Takes the next bytes of the stream and returns what is certain now. */
  push(chunk: Buffer): Piece[] {
    const bytes = this.#carry.length > 0 ? Buffer.concat([this.#carry, chunk]) : chunk;
    const pieces: Piece[] = [];
    let start = 0;
    for (;;) {
      const found = bytes.indexOf(this.#prefix, start);
      const end = found < 0 ? -1 : bytes.indexOf(END_BYTE, found);
      const upTo = found < 0 ? bytes.length - this.#unfinished(bytes, start) : found;
      if (upTo > start) pieces.push({ type: "bytes", bytes: bytes.subarray(start, upTo) });
      if (end < 0) {
        this.#carry = bytes.subarray(upTo);
        return pieces;
      }
      pieces.push(parseMark(bytes.toString("utf8", found + this.#prefix.length, end)));
      start = end + 1;
    }
  }

  /** What is left when the stream has ended. */
  end(): Piece[] {
    const bytes = this.#carry;
    this.#carry = Buffer.alloc(0);
    return bytes.length > 0 ? [{ type: "bytes", bytes }] : [];
  }

  /** How many bytes at the end, not before `start`, may begin a mark. */
  #unfinished(bytes: Buffer, start: number): number {
    for (let length = Math.min(this.#prefix.length - 1, bytes.length - start); length > 0; length--) {
      if (bytes.subarray(bytes.length - length).equals(this.#prefix.subarray(0, length))) return length;
    }
    return 0;
  }
}

function parseMark(body: string): Mark {
  const rest = body.slice(1);
  return body.startsWith("#") ? { type: "order", order: Number(rest) } : { type: "owner", request: rest };
}
