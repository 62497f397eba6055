/** Joins small pieces of output: no client is helped by a message per print, and Jupyter's server stops floods of them. */
import type { StreamName } from "./merger.ts";

const LONGEST_WAIT_MS = 50;
const LARGEST_BATCH = 64 * 1024;
/** With more changes between streams than this in a batch, the order within a stream is all that is kept. */
const MOST_CHANGES = 20;

/** Where a text goes. */
export interface TextTarget {
  readonly stream: StreamName;
  /** The request whose code wrote it. */
  readonly request: string;
}

interface Section {
  readonly target: TextTarget;
  readonly parts: string[];
}

export class TextBatcher {
  readonly #publish: (target: TextTarget, text: string) => void;
  #sections: Section[] = [];
  #size = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(publish: (target: TextTarget, text: string) => void) {
    this.#publish = publish;
  }

  add(target: TextTarget, text: string): void {
    this.#section(target).parts.push(text);
    this.#size += text.length;
    if (this.#size >= LARGEST_BATCH) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), LONGEST_WAIT_MS);
  }

  /** Publishes what is there, now. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const sections = this.#sections;
    this.#sections = [];
    this.#size = 0;
    for (const { target, parts } of sections) this.#publish(target, parts.join(""));
  }

  #section(target: TextTarget): Section {
    const last = this.#sections.at(-1);
    if (last && sameTarget(last.target, target)) return last;
    const earlier =
      this.#sections.length > MOST_CHANGES && this.#sections.findLast((each) => sameTarget(each.target, target));
    if (earlier) return earlier;
    const section = { target, parts: [] };
    this.#sections.push(section);
    return section;
  }
}

function sameTarget(one: TextTarget, other: TextTarget): boolean {
  return one.stream === other.stream && one.request === other.request;
}
