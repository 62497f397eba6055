/** The programs of the cells that ran, and how places in them map to what the user wrote. */
import { codeFrame, type Place } from "../codeframe.ts";
import type { CellProgram } from "../messages.ts";

/** A place in a cell as the user wrote it. */
export interface CellPlace extends Place {
  readonly cell: number;
}

const CELL_FILE = /^cell-(-?\d+)\.ts$/;

export class CellSources {
  readonly #programs = new Map<number, { readonly program: CellProgram; readonly prefix: number }>();

  /** @param prefix how many characters the engine put before the body, on its first line. */
  add(program: CellProgram, prefix: number): void {
    this.#programs.set(program.cell, { program, prefix });
  }

  /** The user's place for a 1-based place in the program that ran as `file`; null when that is not a cell. */
  place(file: string, line: number, column: number): CellPlace | null {
    const cell = Number(CELL_FILE.exec(file)?.[1] ?? Number.NaN);
    const known = this.#programs.get(cell);
    if (!known) return null;
    const generatedLine = line - 1;
    const generatedColumn = Math.max(0, column - 1 - (generatedLine === 0 ? known.prefix : 0));
    const point = known.program.columns[generatedLine]?.findLast((each) => each.generatedColumn <= generatedColumn);
    if (!point) return { cell, line, column: generatedColumn + 1 };
    return { cell, line: point.line + 1, column: point.column + generatedColumn - point.generatedColumn + 1 };
  }

  /** The lines of a cell around a place in it; "" for a cell that is not known. */
  frame(place: CellPlace): string {
    const known = this.#programs.get(place.cell);
    return known ? codeFrame(known.program.source, place) : "";
  }
}
