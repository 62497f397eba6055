/** Diagnostics as front ends show them. Apart from what finds them, so that it needs no compiler. */
import { codeFrame, type Place, style } from "../../codeframe.ts";
import type { CellError } from "../../messages.ts";
import type { Diagnostic } from "./language.ts";

/** The code of the diagnostics that are not TypeScript's. */
export const OWN_CODE = "theanotes";

/**
 * The error that a front end shows when a cell's diagnostics keep it from running.
 * @param file the name of the cell, as stack traces have it
 */
export function renderDiagnostics(errors: readonly Diagnostic[], source: string, file: string): CellError {
  const isSyntax = errors.some((error) => /^TS1\d{3}$/.test(error.code));
  const ename = isSyntax ? "SyntaxError" : "TypeScriptError";
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  const evalue = first ? `${first.message.split("\n")[0]}${more}` : "The cell has errors.";
  const traceback = errors.flatMap((error) => {
    const code = error.code === OWN_CODE ? "" : style.faint(` ${error.code}`);
    const head = `${style.error(ename)} ${style.faint(`at ${file}:${error.line}:${error.column}`)}${code}: ${error.message}`;
    const place: Place = {
      line: error.line,
      column: error.column,
      endColumn: error.endLine === error.line ? error.endColumn : Number.POSITIVE_INFINITY,
    };
    return [head, codeFrame(source, place)];
  });
  return { ename, evalue, traceback };
}
