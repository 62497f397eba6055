/** Whether a cell is finished, as a console asks before it runs one. */

import type { MagicSpec } from "../../messages.ts";
import { CELL_DOCUMENT } from "./compiler.ts";
import { CODES } from "./diagnostics.ts";
import { EditedText } from "./edited.ts";
import type { Completeness } from "./language.ts";
import { readMagics } from "./magics.ts";
import type { Scan } from "./scan.ts";
import type { CompilerDiagnostic } from "./server.ts";
import type { TypeScriptService } from "./service.ts";

/** A string that its line does not end cannot be finished on the next line. */
const UNTERMINATED_STRING = 1002;

/** A cell is incomplete when all that the parser misses is missing at its end. */
export async function completeness(
  code: string,
  specs: ReadonlyMap<string, MagicSpec>,
  service: TypeScriptService,
): Promise<Completeness> {
  const source = code.toWellFormed();
  const magics = readMagics(source, specs);
  const { text } = EditedText.of(source).apply(magics.edits);
  const verdicts = [await judge(service, text)];
  // What starts with a brace may be an object.
  if (verdicts[0] !== "complete" && text.trimStart().startsWith("{")) verdicts.push(await judge(service, `(${text})`));
  if (verdicts.includes("complete")) return { status: "complete" };
  if (verdicts[0] === "invalid" && !(await isOpenObject(service, text))) return { status: "invalid" };
  return { status: "incomplete", indent: nextIndent(source, magics.scan) };
}

async function judge(service: TypeScriptService, text: string): Promise<"complete" | "incomplete" | "invalid"> {
  const file = await service.check(CELL_DOCUMENT, text);
  const errors = (await file.syntaxErrors()).filter((each) => each.code !== CODES.unaryBeforePower);
  if (errors.length === 0) return "complete";
  const end = text.trimEnd().length;
  return errors.every((each) => isAtEnd(each, end)) ? "incomplete" : "invalid";
}

function isAtEnd(error: CompilerDiagnostic, end: number): boolean {
  return error.pos >= end && error.code !== UNTERMINATED_STRING;
}

async function isOpenObject(service: TypeScriptService, text: string): Promise<boolean> {
  return text.trimStart().startsWith("{") && (await judge(service, `(${text}`)) === "incomplete";
}

/** The indentation of the last line; deeper behind a bracket that it opened, or where an expression goes on. */
function nextIndent(code: string, { open, unterminated }: Scan): string {
  const innermost = open.at(-1);
  if (unterminated || innermost?.kind === "template") return "";
  const text = code.trimEnd();
  const lineStart = text.lastIndexOf("\n") + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? "";
  return !innermost || innermost.start >= lineStart ? `${indent}  ` : indent;
}
