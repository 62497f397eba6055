/** Turns magics into calls: `%name argument` where a statement begins, `%%name argument` at the start of a cell. */
import { closest, distance } from "fastest-levenshtein";
import type { MagicSpec } from "../../messages.ts";
import type { Edit } from "./edited.ts";
import { HOOKS } from "./hooks.ts";
import { lastTokenEnd, type MagicLine, type Scan, scanCell } from "./scan.ts";

/** A magic that cannot be used as it stands, with its place in the cell. */
export interface MagicProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** What the magics of a cell come to. */
export interface CellMagics {
  /** Edits that leave TypeScript, on the same lines. */
  readonly edits: readonly Edit[];
  /** The magic around the cell. */
  readonly around: { readonly name: string; readonly argument: string } | null;
  readonly problems: readonly MagicProblem[];
  readonly scan: Scan;
}

/** Finds the magics of a cell. Everything else is left as it is. */
export function readMagics(code: string, specs: ReadonlyMap<string, MagicSpec>): CellMagics {
  const scan = scanCell(code, (name) => specs.has(name));
  const edits: Edit[] = [];
  const problems: MagicProblem[] = [];
  let around: CellMagics["around"] = null;
  for (const line of scan.magics) {
    const spec = specs.get(line.name);
    const wrong = problem(code, line, spec, specs);
    if (wrong || !spec) {
      problems.push({ start: line.start, end: line.start + line.percents + line.name.length, message: wrong ?? "" });
      edits.push({ start: line.start, end: line.end, text: "" });
    } else if (line.percents === 2) {
      around = { name: line.name, argument: line.argument };
      edits.push({ start: line.start, end: line.end, text: "" });
    } else {
      edits.push(...lineCall(line, spec));
    }
  }
  return { edits, around, problems, scan };
}

function problem(
  code: string,
  line: MagicLine,
  spec: MagicSpec | undefined,
  specs: ReadonlyMap<string, MagicSpec>,
): string | null {
  const written = "%".repeat(line.percents) + line.name;
  if (!spec) return `There is no magic ${written}.${suggestion(line.name, specs)} %lsmagic lists all.`;
  if (line.percents === 2) {
    if (spec.where === "line") return `${line.name} is a line magic: write %${line.name}.`;
    if (code.slice(0, line.start).trim() !== "") return `${written} must be the first line of its cell.`;
    return null;
  }
  return spec.where === "cell" ? `${line.name} is a cell magic: write %%${line.name} on the cell's first line.` : null;
}

function suggestion(name: string, specs: ReadonlyMap<string, MagicSpec>): string {
  const names = [...specs.keys()];
  if (names.length === 0) return "";
  const nearest = closest(name, names);
  return distance(name, nearest) <= Math.max(2, name.length / 2) ? ` Did you mean %${nearest}?` : "";
}

/** The call goes where the magic stands; an argument that is an expression stays in its place. */
function lineCall(line: MagicLine, spec: MagicSpec): Edit[] {
  const call = `;${HOOKS}.magic(${JSON.stringify(line.name)},${JSON.stringify(line.argument)}`;
  const expressionLength = spec.argument === "expression" ? expressionEnd(line.argument) : 0;
  if (expressionLength === 0) return [{ start: line.start, end: line.end, text: `${call});` }];
  return [
    { start: line.start, end: line.argumentStart, text: `${call},()=>(` },
    { start: line.argumentStart + expressionLength, end: line.end, text: "));" },
  ];
}

/** The length of the expression at the start of an argument: without comments and semicolons behind it. */
function expressionEnd(argument: string): number {
  const end = lastTokenEnd(argument);
  return argument.slice(0, end).replace(/[\s;]+$/, "").length;
}
