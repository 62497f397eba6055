/** Reads a cell token by token, as far as that is possible before it is parsed: statement starts and open brackets. */
import { createScanner, LanguageVariant, SyntaxKind, tokenIsIdentifierOrKeyword } from "./syntax.ts";

export interface Bracket {
  readonly kind: "(" | "[" | "{" | "template";
  readonly start: number;
}

/** A line that begins with `%name` where a statement could begin. */
export interface MagicLine {
  /** Where the `%` stands. */
  readonly start: number;
  /** The end of the line's text. */
  readonly end: number;
  /** How many `%` there are. */
  readonly percents: number;
  readonly name: string;
  /** What follows the name on the line, without the blanks around it, and where it begins. */
  readonly argument: string;
  readonly argumentStart: number;
}

export interface Scan {
  readonly magics: readonly MagicLine[];
  /** What is still open at the end, the innermost last. */
  readonly open: readonly Bracket[];
  /** A comment or template literal has no end. */
  readonly unterminated: boolean;
}

const MAGIC = /(%{1,2})([\p{ID_Start}_][\p{ID_Continue}-]*)[ \t]*([^\r\n]*)/uy;

/**
 * Scans a cell.
 *
 * `%name` at the start of a line is a magic where a statement must begin. Where the line before could also go on (it
 * ends in a name, a literal or a closing bracket and has no semicolon), it is a magic only if `isMagic` knows the
 * name and the name follows the `%` at once; otherwise it stays the remainder operator.
 */
export function scanCell(text: string, isMagic: (name: string) => boolean): Scan {
  const scanner = createScanner(true, LanguageVariant.Standard, text);
  const open: Bracket[] = [];
  const magics: MagicLine[] = [];
  let previous: SyntaxKind | null = null;
  let unterminated = false;
  for (;;) {
    let token = scanner.scan();
    if (isSlash(token) && !endsExpression(previous)) token = scanner.reScanSlashToken();
    if (token === SyntaxKind.CloseBraceToken && open.at(-1)?.kind === "template") {
      open.pop();
      token = scanner.reScanTemplateToken(false);
      if (token === SyntaxKind.TemplateMiddle) open.push({ kind: "template", start: scanner.getTokenStart() });
    }
    unterminated ||= scanner.isUnterminated() && spansLines(token);
    if (token === SyntaxKind.EndOfFile) return { magics, open, unterminated };
    const magic = isPercent(token) ? magicAt(text, scanner.getTokenStart()) : null;
    if (magic && open.every((bracket) => bracket.kind === "{") && startsStatement(previous, magic.name, isMagic)) {
      magics.push(magic);
      scanner.resetTokenState(magic.end);
      previous = null;
      continue;
    }
    track(open, token, scanner.getTokenStart());
    previous = token;
  }
}

/** Where the last token of a text ends: before what is only blank or comment. */
export function lastTokenEnd(text: string): number {
  const scanner = createScanner(true, LanguageVariant.Standard, text);
  let end = 0;
  let previous: SyntaxKind | null = null;
  for (;;) {
    let token = scanner.scan();
    if (token === SyntaxKind.EndOfFile) return end;
    if (isSlash(token) && !endsExpression(previous)) token = scanner.reScanSlashToken();
    end = scanner.getTokenEnd();
    previous = token;
  }
}

/** The magic whose `%` stands at `start`, if nothing but blanks stands before it on its line. */
function magicAt(text: string, start: number): MagicLine | null {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  if (text.slice(lineStart, start).trim() !== "") return null;
  MAGIC.lastIndex = start;
  const found = MAGIC.exec(text);
  if (!found) return null;
  const [whole, percents = "", name = "", rest = ""] = found;
  const argument = rest.trimEnd();
  return {
    start,
    end: start + whole.length - rest.length + argument.length,
    percents: percents.length,
    name,
    argument,
    argumentStart: start + whole.length - rest.length,
  };
}

function startsStatement(previous: SyntaxKind | null, name: string, isMagic: (name: string) => boolean): boolean {
  switch (previous) {
    case null:
    case SyntaxKind.SemicolonToken:
    case SyntaxKind.OpenBraceToken:
    case SyntaxKind.CloseBraceToken:
      return true;
    default:
      return endsExpression(previous) && isMagic(name);
  }
}

function track(open: Bracket[], token: SyntaxKind, start: number): void {
  switch (token) {
    case SyntaxKind.OpenParenToken:
      open.push({ kind: "(", start });
      break;
    case SyntaxKind.OpenBracketToken:
      open.push({ kind: "[", start });
      break;
    case SyntaxKind.OpenBraceToken:
      open.push({ kind: "{", start });
      break;
    case SyntaxKind.TemplateHead:
      open.push({ kind: "template", start });
      break;
    case SyntaxKind.CloseParenToken:
    case SyntaxKind.CloseBracketToken:
    case SyntaxKind.CloseBraceToken:
      open.pop();
      break;
    default:
  }
}

function isSlash(token: SyntaxKind): boolean {
  return token === SyntaxKind.SlashToken || token === SyntaxKind.SlashEqualsToken;
}

function isPercent(token: SyntaxKind): boolean {
  return token === SyntaxKind.PercentToken;
}

function spansLines(token: SyntaxKind): boolean {
  return (
    token === SyntaxKind.EndOfFile || // what is unterminated then is a comment
    token === SyntaxKind.NoSubstitutionTemplateLiteral ||
    token === SyntaxKind.TemplateHead ||
    token === SyntaxKind.TemplateMiddle ||
    token === SyntaxKind.TemplateTail
  );
}

const KEYWORD_OPERANDS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.ThisKeyword,
  SyntaxKind.SuperKeyword,
  SyntaxKind.NullKeyword,
  SyntaxKind.TrueKeyword,
  SyntaxKind.FalseKeyword,
]);

/** Whether an expression may be complete behind this token, so that `/` would divide and `%` take a remainder. */
function endsExpression(token: SyntaxKind | null): boolean {
  switch (token) {
    case null:
      return false;
    case SyntaxKind.Identifier:
    case SyntaxKind.PrivateIdentifier:
    case SyntaxKind.NumericLiteral:
    case SyntaxKind.BigIntLiteral:
    case SyntaxKind.StringLiteral:
    case SyntaxKind.RegularExpressionLiteral:
    case SyntaxKind.NoSubstitutionTemplateLiteral:
    case SyntaxKind.TemplateTail:
    case SyntaxKind.CloseParenToken:
    case SyntaxKind.CloseBracketToken:
    case SyntaxKind.CloseBraceToken:
    case SyntaxKind.PlusPlusToken:
    case SyntaxKind.MinusMinusToken:
    case SyntaxKind.ExclamationToken:
      return true;
    default:
      // A contextual keyword (`type`, `of`, `any`) is most often a name here.
      return KEYWORD_OPERANDS.has(token) || (tokenIsIdentifierOrKeyword(token) && token > SyntaxKind.LastReservedWord);
  }
}
