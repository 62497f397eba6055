/** Text that is edited in place and remembers where each of its characters came from. */
import type { ColumnMap, ColumnPoint } from "../../messages.ts";

/** Replaces the characters from `start` up to `end` by `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A run of `length` characters at `at` in the edited text that stood at `source` in the original. */
interface Piece {
  readonly at: number;
  readonly source: number;
  readonly length: number;
}

/**
 * A text after any number of rounds of edits. Offsets are UTF-16 code units; lines and columns are 0-based.
 * Immutable: every edit gives a new one.
 */
export class EditedText {
  readonly original: string;
  readonly text: string;
  readonly #pieces: readonly Piece[];

  private constructor(original: string, text: string, pieces: readonly Piece[]) {
    this.original = original;
    this.text = text;
    this.#pieces = pieces;
  }

  static of(text: string): EditedText {
    return new EditedText(text, text, [{ at: 0, source: 0, length: text.length }]);
  }

  /** Applies edits that do not overlap. Insertions at the same place keep the order in which they are given. */
  apply(edits: readonly Edit[]): EditedText {
    if (edits.length === 0) return this;
    const ordered = [...edits].sort((a, b) => a.start - b.start);
    const pieces: Piece[] = [];
    let text = "";
    let from = 0;
    const keep = (start: number, end: number) => {
      for (const { at, source, length } of this.#piecesIn(start, end)) {
        pieces.push({ at: text.length + at - start, source, length });
      }
      text += this.text.slice(start, end);
    };
    for (const edit of ordered) {
      keep(from, edit.start);
      text += edit.text;
      from = edit.end;
    }
    keep(from, this.text.length);
    return new EditedText(this.original, text, pieces);
  }

  /** The same places under another text of the same length, as a type stripper that leaves blanks gives it. */
  withText(text: string): EditedText {
    if (text.length !== this.text.length) throw new RangeError("the new text must be as long as the old one");
    return new EditedText(this.original, text, this.#pieces);
  }

  /** A text whose places relate to this one's by `[offset in text, offset in this.text]`, in ascending order. */
  withPlaces(text: string, places: readonly (readonly [number, number])[]): EditedText {
    const pieces: Piece[] = [];
    places.forEach(([at, here], index) => {
      const end = places[index + 1]?.[0] ?? text.length;
      pieces.push({ at, source: this.toOriginal(here), length: end - at });
    });
    return new EditedText(this.original, text, pieces);
  }

  /** Where a character came from; for an inserted one, where the next original character stands. */
  toOriginal(offset: number): number {
    const piece = this.#pieces[this.#pieceAt(offset)];
    return piece ? piece.source + Math.max(0, offset - piece.at) : this.original.length;
  }

  /** The original stretch under `start` … `end`; where all of it was inserted, an empty one at the next character. */
  toOriginalRange(start: number, end: number): { readonly start: number; readonly end: number } {
    const from = this.toOriginal(start);
    const next = this.#pieceAt(end);
    const before = [this.#pieces[next], this.#pieces[next - 1]].find((piece) => piece && piece.at < end);
    const to = before ? before.source + Math.min(end - before.at, before.length) : from;
    return { start: from, end: Math.max(from, to) };
  }

  /** Where an original character stands now; for a deleted one, where the next kept character stands. */
  fromOriginal(offset: number): number {
    let best: Piece | null = null;
    for (const piece of this.#pieces) {
      if (offset >= piece.source && offset <= piece.source + piece.length) return piece.at + offset - piece.source;
      if (piece.source > offset && (!best || piece.source < best.source)) best = piece;
    }
    return best ? best.at : this.text.length;
  }

  /** Lines whose columns or numbers differ from the original's, with the points from which places are counted. */
  columns(): ColumnMap {
    const here = new Lines(this.text);
    const there = new Lines(this.original);
    const map: Record<number, readonly ColumnPoint[]> = {};
    for (let line = 0; line < here.count; line++) {
      const points = this.#linePoints(here, there, line);
      const [first] = points;
      const moved = points.length > 1 || first?.line !== line || first.column !== 0;
      if (moved) map[line] = points;
    }
    return map;
  }

  /** The runs between two offsets, cut to them. */
  *#piecesIn(start: number, end: number): Iterable<Piece> {
    for (let index = this.#pieceAt(start); index < this.#pieces.length; index++) {
      const piece = this.#pieces[index];
      if (!piece || piece.at >= end) return;
      const at = Math.max(piece.at, start);
      const length = Math.min(piece.at + piece.length, end) - at;
      if (length > 0) yield { at, source: piece.source + at - piece.at, length };
    }
  }

  /** The index of the first run that ends behind an offset; they are in order, so halving finds it. */
  #pieceAt(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const piece = this.#pieces[middle];
      if (piece && piece.at + piece.length > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** A point per kept run and per word or sign of inserted text: all of the latter stand for the place that follows. */
  #linePoints(here: Lines, there: Lines, line: number): ColumnPoint[] {
    const points: ColumnPoint[] = [];
    const start = here.start(line);
    const end = here.end(line);
    const add = (offset: number, source: number) => {
      points.push({ generatedColumn: offset - start, ...there.place(source) });
    };
    const addInserted = (from: number, to: number, source: number) => {
      for (const { index } of this.text.slice(from, to).matchAll(/\w+|\W/g)) add(from + index, source);
    };
    let next = start;
    for (const { at, source, length } of this.#piecesIn(start, end)) {
      if (next < at) addInserted(next, at, source);
      add(at, source);
      next = at + length;
    }
    if (next < end) addInserted(next, end, this.toOriginal(end));
    return points.length > 0 ? points : [{ generatedColumn: 0, ...there.place(this.toOriginal(start)) }];
  }
}

/** Turns offsets of a text into 0-based lines and columns and back. */
export class Lines {
  readonly #starts: readonly number[];
  readonly #length: number;

  constructor(text: string) {
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#starts = starts;
    this.#length = text.length;
  }

  get count(): number {
    return this.#starts.length;
  }

  start(line: number): number {
    return this.#starts[line] ?? this.#length;
  }

  /** Where the line's text ends: before its line break. */
  end(line: number): number {
    const next = this.#starts[line + 1];
    return next === undefined ? this.#length : next - 1;
  }

  place(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.start(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, column: offset - this.start(low) };
  }

  offset(line: number, column: number): number {
    return Math.min(this.start(line) + column, this.end(line));
  }
}
