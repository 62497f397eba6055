/** Joins small pieces of output: a client is not helped by a message per print, and Jupyter's server stops floods of them. */
import type { StreamName } from "./merger.ts";

const LONGEST_WAIT_MS = 50;
const LARGEST_BATCH = 64 * 1024;

/** Where a text goes. */
export interface TextTarget {
  readonly stream: StreamName;
  readonly request: string;
}

export class TextBatcher {
  readonly #publish: (target: TextTarget, text: string) => void;
  #target: TextTarget = { stream: "stdout", request: "" };
  #parts: string[] = [];
  #size = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(publish: (target: TextTarget, text: string) => void) {
    this.#publish = publish;
  }

  add(target: TextTarget, text: string): void {
    if (target.stream !== this.#target.stream || target.request !== this.#target.request) this.flush();
    this.#target = target;
    this.#parts.push(text);
    this.#size += text.length;
    if (this.#size >= LARGEST_BATCH) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), LONGEST_WAIT_MS);
  }

  /** Publishes what is there, now. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#parts.length === 0) return;
    const text = this.#parts.join("");
    this.#parts = [];
    this.#size = 0;
    this.#publish(this.#target, text);
  }
}
