/** The lines around a place in a cell, as errors show them in a terminal and in a notebook. */

/** A place in a text, or a stretch of one line. Lines and columns are 1-based; `endColumn` is behind the last character. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endColumn?: number;
}

/** ANSI styles, which front ends and terminals both show. */
export const style = {
  error: (text: string) => `\u001b[31m${text}\u001b[39m`,
  strong: (text: string) => `\u001b[1m${text}\u001b[22m`,
  // Terminals dim it, JupyterLab leaves it as it is; its grey would not be seen on the dark theme's ground of errors.
  faint: (text: string) => `\u001b[2m${text}\u001b[22m`,
};

const CONTEXT_LINES = 2;

/** The line of `place` with its neighbours, numbered, and a caret under the place; "" when the text has no such line. */
export function codeFrame(source: string, place: Place): string {
  const lines = source.split(/\r\n|\r|\n/);
  const wrong = lines[place.line - 1];
  if (wrong === undefined) return "";
  const first = Math.max(1, place.line - CONTEXT_LINES);
  const last = Math.min(lines.length, place.line + CONTEXT_LINES);
  const width = String(last).length;
  const framed: string[] = [];
  for (let number = first; number <= last; number++) {
    const gutter = String(number).padStart(width);
    const text = lines[number - 1] ?? "";
    if (number !== place.line) {
      framed.push(`${style.faint(`  ${gutter} │`)} ${text}`.trimEnd());
      continue;
    }
    framed.push(`${style.error("❯")} ${style.faint(`${gutter} │`)} ${text}`);
    // Tabs stay tabs, so that the caret stands below its character whatever their width.
    const indent = wrong.slice(0, place.column - 1).replace(/[^\t]/g, " ");
    const length = Math.max(1, Math.min(place.endColumn ?? place.column + 1, wrong.length + 1) - place.column);
    framed.push(`${style.faint(`  ${" ".repeat(width)} │`)} ${indent}${style.error("^".repeat(length))}`);
  }
  return framed.join("\n");
}
