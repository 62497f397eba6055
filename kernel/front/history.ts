/** The inputs of this session, and their results, as consoles ask for them. */
import { flagField, numberField, textField } from "./fields.ts";
import type { JsonObject } from "./wire.ts";

interface Entry {
  readonly line: number;
  readonly input: string;
  readonly output: string | null;
}

/** The number of the one session that is remembered. */
const SESSION = 1;

export class History {
  readonly #entries: Entry[] = [];

  /** Remembers a cell. `output` is its result as plain text. */
  add(line: number, input: string, output: string | null): void {
    this.#entries.push({ line, input, output });
  }

  /** The `history` field of the reply to a `history_request`. */
  find(request: JsonObject): unknown[] {
    const output = flagField(request, "output", false);
    return this.#select(request).map((entry) => [
      SESSION,
      entry.line,
      output ? [entry.input, entry.output] : entry.input,
    ]);
  }

  #select(request: JsonObject): readonly Entry[] {
    const last = numberField(request, "n");
    switch (textField(request, "hist_access_type", "tail")) {
      case "range":
        return this.#range(request);
      case "search":
        return latest(this.#search(request), last);
      default:
        return latest(this.#entries, last);
    }
  }

  /** Lines `start` up to but not `stop` of a session; session 0 is the present one, and no other is remembered. */
  #range(request: JsonObject): readonly Entry[] {
    const session = numberField(request, "session") ?? 0;
    const start = numberField(request, "start") ?? 0;
    const stop = numberField(request, "stop") ?? Number.POSITIVE_INFINITY;
    if (session !== 0 && session !== SESSION) return [];
    return this.#entries.filter(({ line }) => line >= start && line < stop);
  }

  #search(request: JsonObject): readonly Entry[] {
    const pattern = globToRegExp(textField(request, "pattern", "*"));
    const found = this.#entries.filter(({ input }) => pattern.test(input));
    if (!flagField(request, "unique", false)) return found;
    // Of equal inputs the last one, at its place.
    return found.filter(({ input }, place) => found.findLastIndex((entry) => entry.input === input) === place);
  }
}

function latest(entries: readonly Entry[], n: number | null): readonly Entry[] {
  if (n === null) return entries;
  return n > 0 ? entries.slice(-n) : [];
}

/** `*` stands for any text, `?` for any character; all else for itself. */
function globToRegExp(glob: string): RegExp {
  const source = glob
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "su");
}
