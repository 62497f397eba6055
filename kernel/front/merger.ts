/**
 * Puts the engine's three streams (stdout, stderr, messages) back into the one order in which user code made them.
 *
 * Every message has an order number and stands as a mark in both output streams. A message is delivered when both
 * streams have reached its mark, and what a stream holds behind the mark waits for the message. A number that a
 * stream or the messages have passed without showing it was lost in an interrupt, and nothing waits for it.
 */
import { StringDecoder } from "node:string_decoder";
import { MarkReader, type Piece } from "../marks.ts";
import type { FromEngine, Ordered } from "../messages.ts";

export type StreamName = "stdout" | "stderr";

export interface MergerHandlers {
  /** @param request the request whose code wrote the text; "" before the first cell. */
  text(stream: StreamName, text: string, request: string): void;
  message(message: FromEngine): void;
}

type Item =
  | { readonly type: "text"; readonly text: string; readonly request: string }
  | { readonly type: "order"; readonly order: number };

/** One output stream: its bytes become text and marks here. */
class Lane {
  readonly items: Item[] = [];
  readonly #marks: MarkReader;
  readonly #decoder = new StringDecoder("utf8");
  #request = "";

  constructor(secret: string) {
    this.#marks = new MarkReader(secret);
  }

  push(bytes: Buffer): void {
    for (const piece of this.#marks.push(bytes)) this.#add(piece);
  }

  end(): void {
    for (const piece of this.#marks.end()) this.#add(piece);
    this.#addText(this.#decoder.end());
  }

  #add(piece: Piece): void {
    switch (piece.type) {
      case "bytes":
        this.#addText(this.#decoder.write(piece.bytes));
        return;
      case "order":
        this.items.push(piece);
        return;
      case "owner":
        this.#request = piece.request;
    }
  }

  #addText(text: string): void {
    if (text !== "") this.items.push({ type: "text", text, request: this.#request });
  }
}

export class Merger {
  readonly #lanes: Readonly<Record<StreamName, Lane>>;
  readonly #handlers: MergerHandlers;
  readonly #messages: Ordered[] = [];
  #ended = false;
  #delivered = 0;

  constructor(secret: string, handlers: MergerHandlers) {
    this.#lanes = { stdout: new Lane(secret), stderr: new Lane(secret) };
    this.#handlers = handlers;
  }

  pushBytes(stream: StreamName, bytes: Buffer): void {
    this.#lanes[stream].push(bytes);
    this.#advance();
  }

  pushMessage(ordered: Ordered): void {
    const place = this.#messages.findIndex(({ order }) => order === ordered.order);
    if (place >= 0) this.#messages[place] = ordered;
    else if (ordered.order <= this.#delivered) this.#handlers.message(ordered.message);
    else this.#messages.push(ordered);
    this.#advance();
  }

  /** The engine has gone: everything that it left behind is delivered, whatever is missing. */
  end(): void {
    this.#ended = true;
    for (const lane of Object.values(this.#lanes)) lane.end();
    this.#advance();
  }

  #advance(): void {
    do this.#deliverText();
    while (this.#passMark());
  }

  #deliverText(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const { items } = this.#lanes[stream];
      const end = items.findIndex((item) => item.type === "order");
      for (const item of items.splice(0, end < 0 ? items.length : end)) {
        if (item.type === "text") this.#handlers.text(stream, item.text, item.request);
      }
    }
  }

  /** Delivers the next message if everything before it has come; false when there is something to wait for. */
  #passMark(): boolean {
    const { stdout, stderr } = this.#lanes;
    const heads = [orderOf(stdout.items[0]), orderOf(stderr.items[0]), this.#messages[0]?.order ?? null];
    const known = heads.filter((order) => order !== null);
    if (known.length === 0 || (known.length < heads.length && !this.#ended)) return false;
    const next = Math.min(...known);
    const message = this.#messages[0]?.order === next ? this.#messages[0].message : null;
    if (message?.type === "reserved" && !this.#mayOvertake()) return false;
    this.#delivered = next;
    for (const { items } of [stdout, stderr]) if (orderOf(items[0]) === next) items.shift();
    if (message) {
      this.#messages.shift();
      this.#handlers.message(message);
    }
    return true;
  }

  /** A question cannot wait for a display: while the engine waits for the answer it makes no displays. */
  #mayOvertake(): boolean {
    return this.#ended || this.#messages.some(({ message }) => message.type === "input");
  }
}

function orderOf(item: Item | undefined): number | null {
  return item?.type === "order" ? item.order : null;
}
