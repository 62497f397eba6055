/** What the compiler finds wrong with a cell, in the user's words and places. */
import { type EditedText, Lines } from "./edited.ts";
import type { Diagnostic } from "./language.ts";
import type { NameKind } from "./names.ts";
import { OWN_CODE } from "./render.ts";
import { type CompilerDiagnostic, DiagnosticCategory } from "./server.ts";

/** Codes of TypeScript's messages that mean something else in a cell. */
export const CODES = {
  /** A package without types: it is `any` here. */
  untypedModule: 7016,
  /** `-x ** 2`: defined for symbolic variables. */
  unaryBeforePower: 17006,
  /** An assignment to an imported name: here it may have been declared in an earlier cell. */
  assignToImport: 2632,
} as const;

/** Complaints about the operands of an operator. */
const OPERATOR_CODES: ReadonlySet<number> = new Set([2362, 2363, 2365]);

/** Complaints that a value may be null or undefined. */
const NULLISH_CODES: ReadonlySet<number> = new Set([2531, 2532, 2533, 18047, 18048, 18049]);

/** Turns the compiler's diagnostics of a document into those of the cell that it was made from. */
export function cellDiagnostics(
  found: readonly CompilerDiagnostic[],
  document: EditedText,
  kindOf: (name: string) => NameKind | undefined,
): Diagnostic[] {
  const lines = new Lines(document.original);
  const seen = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const each of found.filter((one) => !isConsequence(one, found))) {
    if (each.category !== DiagnosticCategory.Error || each.code === CODES.untypedModule) continue;
    const { start, end } = document.toOriginalRange(each.pos, each.end);
    const message = messageOf(each, kindOf);
    const key = `${start}:${message}`;
    if (seen.has(key)) continue;
    seen.add(key);
    diagnostics.push(diagnosticAt(lines, start, end, message, `TS${each.code}`));
  }
  return diagnostics.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** An operator on what may be undefined would be fine on what is not: the complaint about the operand says all. */
function isConsequence(diagnostic: CompilerDiagnostic, all: readonly CompilerDiagnostic[]): boolean {
  if (!OPERATOR_CODES.has(diagnostic.code)) return false;
  return all.some((one) => NULLISH_CODES.has(one.code) && one.pos >= diagnostic.pos && one.end <= diagnostic.end);
}

/** A diagnostic of our own, at offsets of the cell. */
export function ownDiagnostic(code: string, start: number, end: number, message: string): Diagnostic {
  return diagnosticAt(new Lines(code), start, end, message, OWN_CODE);
}

function diagnosticAt(lines: Lines, start: number, end: number, message: string, code: string): Diagnostic {
  const from = lines.place(start);
  const to = lines.place(end);
  return {
    severity: "error",
    message,
    code,
    line: from.line + 1,
    column: from.column + 1,
    endLine: to.line + 1,
    endColumn: to.column + 1,
  };
}

function messageOf(diagnostic: CompilerDiagnostic, kindOf: (name: string) => NameKind | undefined): string {
  const name = diagnostic.code === CODES.assignToImport ? /'([^']+)'/.exec(diagnostic.text)?.[1] : undefined;
  const kind = name === undefined ? undefined : kindOf(name);
  if (kind && kind !== "import") return `Cannot assign to '${name}' because it is a ${kind}.`;
  return withoutPaths(chained(diagnostic, 0));
}

function chained(diagnostic: CompilerDiagnostic, depth: number): string {
  const rest = (diagnostic.messageChain ?? []).map((each) => chained(each, depth + 1));
  return ["  ".repeat(depth) + diagnostic.text, ...rest].join("\n");
}

/** The modules of earlier cells are known by their numbers only, and that of the cell itself not at all. */
function withoutPaths(message: string): string {
  return message
    .replace(/import\("[^"]*\/cell\.theanotes"\)\./g, "")
    .replace(/import\("[^"]*\/(cell-\d+)\.theanotes"\)/g, 'import("$1")');
}
