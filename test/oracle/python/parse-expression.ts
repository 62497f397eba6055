/** Reads Python expressions by recursive descent; precedence as in Python's reference. */
import { Complex } from "../../../runtime/array/complex.ts";
import type { Argument, Expression, Formatted, Loop, Parameters } from "./ast.ts";
import { type Token, tokenize } from "./tokens.ts";
import { ELLIPSIS, PyFloat } from "./values.ts";

/** Binary operators, those that bind least first; each level associates to the left. */
const LEVELS: readonly ReadonlySet<string>[] = [
  new Set(["|"]),
  new Set(["^"]),
  new Set(["&"]),
  new Set(["<<", ">>"]),
  new Set(["+", "-"]),
  new Set(["*", "/", "//", "%", "@"]),
];
const COMPARISONS: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "==", "!=", "in", "is", "not"]);
const KEYWORDS: ReadonlySet<string> = new Set(
  "and as assert break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(
    " ",
  ),
);

/** @throws SyntaxError when the text is more or less than one expression. */
export function parseExpression(source: string): Expression {
  return new ExpressionParser(tokenize(source)).only();
}

/** Reads expressions from tokens; statements are read by a class derived from it. */
export class ExpressionParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  only(): Expression {
    const expression = this.expressions();
    this.accept("", "newline");
    if (this.peek().kind !== "end") this.fail();
    return expression;
  }

  protected peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] ?? { kind: "end", text: "", line: 0 };
  }

  protected next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** Whether the next token is this operator or word. */
  protected sees(text: string): boolean {
    const { kind, text: found } = this.peek();
    return found === text && kind !== "string";
  }

  /** Takes the next token if it is this one. */
  protected accept(text: string, kind?: Token["kind"]): boolean {
    const found = kind === undefined ? this.sees(text) : this.peek().kind === kind;
    if (found) this.#at++;
    return found;
  }

  protected expect(text: string): void {
    if (!this.accept(text)) this.fail();
  }

  protected fail(): never {
    const { text, line } = this.peek();
    throw new SyntaxError(`invalid syntax at "${text}" in line ${line}`);
  }

  protected identifier(): string {
    const { kind, text } = this.next();
    if (kind !== "name" || KEYWORDS.has(text)) this.fail();
    return text;
  }

  /** One expression, or a tuple of several without parentheses. */
  expressions(): Expression {
    const first = this.starredOr(() => this.expression());
    if (!this.sees(",")) return first;
    const items = [first];
    while (this.accept(",") && this.#startsExpression()) items.push(this.starredOr(() => this.expression()));
    return { kind: "tuple", items };
  }

  protected starredOr(read: () => Expression): Expression {
    return this.accept("*") ? { kind: "starred", value: this.#binary(0) } : read();
  }

  #startsExpression(): boolean {
    const { kind, text } = this.peek();
    if (kind === "newline" || kind === "end" || kind === "dedent") return false;
    if (kind === "operator") return ["(", "[", "{", "-", "+", "~", "*", "..."].includes(text) || text === ".";
    return kind !== "name" || !KEYWORDS.has(text) || ["not", "lambda"].includes(text);
  }

  expression(): Expression {
    if (this.sees("lambda")) return this.#lambda();
    const whenTrue = this.#or();
    if (!this.accept("if")) return whenTrue;
    const test = this.#or();
    this.expect("else");
    return { kind: "choice", test, whenTrue, otherwise: this.expression() };
  }

  #lambda(): Expression {
    this.expect("lambda");
    const parameters = this.parameters(":");
    return { kind: "lambda", parameters, body: this.expression() };
  }

  /** The parameters of a function up to the token that ends them. */
  protected parameters(end: string): Parameters {
    const names: { name: string; fallback: Expression | null }[] = [];
    const keywordOnly: { name: string; fallback: Expression | null }[] = [];
    let rest: string | null = null;
    let keywords: string | null = null;
    let list = names;
    while (!this.accept(end)) {
      if (this.accept("**")) keywords = this.identifier();
      else if (this.accept("*")) {
        if (!this.sees(",")) rest = this.identifier();
        list = keywordOnly;
      } else {
        const name = this.identifier();
        list.push({ name, fallback: this.accept("=") ? this.expression() : null });
      }
      if (!this.sees(end)) this.expect(",");
    }
    return { names, keywordOnly, rest, keywords };
  }

  #or(): Expression {
    let left = this.#and();
    while (this.accept("or")) left = { kind: "logic", operator: "or", left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.accept("and")) left = { kind: "logic", operator: "and", left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    return this.accept("not") ? { kind: "unary", operator: "not", operand: this.#not() } : this.#comparison();
  }

  #comparison(): Expression {
    const first = this.#binary(0);
    const rest: [string, Expression][] = [];
    while (COMPARISONS.has(this.peek().text) && this.peek().kind !== "string") {
      let operator = this.next().text;
      if (operator === "not") {
        this.expect("in");
        operator = "not in";
      }
      if (operator === "is" && this.accept("not")) operator = "is not";
      rest.push([operator, this.#binary(0)]);
    }
    return rest.length === 0 ? first : { kind: "compare", first, rest };
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    while (operators.has(this.peek().text) && this.peek().kind === "operator") {
      const operator = this.next().text;
      left = { kind: "binary", operator, left, right: this.#binary(level + 1) };
    }
    return left;
  }

  /** A sign binds less than a power: `-x ** 2` is `-(x ** 2)`. */
  #unary(): Expression {
    for (const operator of ["-", "+", "~"]) {
      if (this.peek().kind === "operator" && this.accept(operator))
        return { kind: "unary", operator, operand: this.#unary() };
    }
    const left = this.#postfix();
    return this.accept("**") ? { kind: "binary", operator: "**", left, right: this.#unary() } : left;
  }

  #postfix(): Expression {
    let of = this.#atom();
    for (;;) {
      const { line } = this.peek();
      if (this.accept("(")) of = { kind: "call", callee: of, args: this.arguments(), line };
      else if (this.accept("[")) of = { kind: "item", of, index: this.#index() };
      else if (this.accept(".")) of = { kind: "attribute", of, name: this.identifier() };
      else return of;
    }
  }

  /** The arguments of a call, after its opening parenthesis. */
  protected arguments(): Argument[] {
    const args: Argument[] = [];
    while (!this.accept(")")) {
      if (this.accept("**")) args.push({ name: null, stars: 2, value: this.expression() });
      else if (this.accept("*")) args.push({ name: null, stars: 1, value: this.expression() });
      else if (this.peek().kind === "name" && this.peek(1).text === "=" && this.peek(1).kind === "operator") {
        const name = this.identifier();
        this.expect("=");
        args.push({ name, stars: 0, value: this.expression() });
      } else {
        const value = this.expression();
        const loops = this.#loops();
        args.push({
          name: null,
          stars: 0,
          value: loops.length > 0 ? { kind: "comprehension", makes: "generator", key: null, value, loops } : value,
        });
      }
      if (!this.sees(")")) this.expect(",");
    }
    return args;
  }

  /** What stands between the brackets of an index; several places are a tuple. */
  #index(): Expression {
    const items: Expression[] = [];
    let comma = false;
    while (!this.accept("]")) {
      items.push(this.#place());
      if (this.sees("]")) continue;
      this.expect(",");
      comma = true;
    }
    const [only] = items;
    return only !== undefined && !comma ? only : { kind: "tuple", items };
  }

  /** `i`, `start:stop:step`. */
  #place(): Expression {
    const bounds: [Expression | null, Expression | null, Expression | null] = [null, null, null];
    let colons = 0;
    while (!this.sees(",") && !this.sees("]")) {
      if (this.accept(":")) colons++;
      else bounds[colons] = this.expression();
    }
    return colons > 0 || bounds[0] === null ? { kind: "slice", bounds } : bounds[0];
  }

  #loops(): Loop[] {
    const loops: Loop[] = [];
    while (this.accept("for")) {
      const target = this.targets();
      this.expect("in");
      const items = this.#or();
      const tests: Expression[] = [];
      while (this.accept("if")) tests.push(this.#or());
      loops.push({ target, items, tests });
    }
    return loops;
  }

  /** The names that a loop assigns, before its `in`. */
  protected targets(): Expression {
    const items = [this.starredOr(() => this.#postfix())];
    let comma = false;
    while (this.accept(",")) {
      comma = true;
      if (!this.sees("in")) items.push(this.starredOr(() => this.#postfix()));
    }
    const [only] = items;
    return only !== undefined && !comma ? only : { kind: "tuple", items };
  }

  #atom(): Expression {
    const { kind, text } = this.next();
    if (kind === "number") return { kind: "constant", value: number(text) };
    if (kind === "string") return this.#strings(text);
    if (text === "(") return this.#parenthesized();
    if (text === "[") return this.#display("]", "list");
    if (text === "{") return this.#braces();
    if (text === "." && this.accept(".") && this.accept(".")) return { kind: "constant", value: ELLIPSIS };
    if (kind !== "name" || KEYWORDS.has(text)) {
      this.#at--;
      this.fail();
    }
    if (text === "None") return { kind: "constant", value: null };
    if (text === "True" || text === "False") return { kind: "constant", value: text === "True" };
    return { kind: "name", id: text };
  }

  #parenthesized(): Expression {
    if (this.accept(")")) return { kind: "tuple", items: [] };
    const value = this.expressions();
    const loops = this.#loops();
    this.expect(")");
    return loops.length === 0 ? value : { kind: "comprehension", makes: "generator", key: null, value, loops };
  }

  #display(close: string, kind: "list" | "set", items: Expression[] = []): Expression {
    while (!this.accept(close)) {
      items.push(this.starredOr(() => this.expression()));
      const [value] = items;
      const loops = this.#loops();
      if (loops.length > 0 && value !== undefined) {
        this.expect(close);
        return { kind: "comprehension", makes: kind, key: null, value, loops };
      }
      if (!this.sees(close)) this.expect(",");
    }
    return { kind, items };
  }

  #braces(): Expression {
    const entries: [Expression | null, Expression][] = [];
    while (!this.accept("}")) {
      if (this.accept("**")) entries.push([null, this.expression()]);
      else {
        const key = this.expression();
        if (!this.accept(":")) {
          if (this.accept(",") || this.sees("for") || this.sees("}")) return this.#display("}", "set", [key]);
          this.fail();
        }
        const value = this.expression();
        const loops = this.#loops();
        if (loops.length > 0) {
          this.expect("}");
          return { kind: "comprehension", makes: "dict", key, value, loops };
        }
        entries.push([key, value]);
      }
      if (!this.sees("}")) this.expect(",");
    }
    return { kind: "dict", entries };
  }

  /** A string, with those that follow it directly. */
  #strings(first: string): Expression {
    const parts = [...stringParts(first)];
    while (this.peek().kind === "string") parts.push(...stringParts(this.next().text));
    if (parts.every((part) => typeof part === "string")) return { kind: "constant", value: parts.join("") };
    return { kind: "joined", parts };
  }
}

function number(text: string): unknown {
  const digits = text.replaceAll("_", "");
  if (/[jJ]$/.test(digits)) return new Complex(0, Number(digits.slice(0, -1)));
  if (/^0[xXbBoO]/.test(digits) || /^\d+$/.test(digits)) {
    const value = BigInt(digits);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  return new PyFloat(Number(digits));
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "0": "\0",
  "\n": "",
  a: "\x07",
  b: "\b",
};

function stringParts(token: string): readonly (string | Formatted)[] {
  const [, prefix = "", quote = ""] = /^([a-zA-Z]*)('''|"""|'|")/.exec(token) ?? [];
  const raw = token.slice(prefix.length + quote.length, -quote.length);
  const plain = (text: string): string => (/r/i.test(prefix) ? text : withoutEscapes(text));
  if (!/f/i.test(prefix)) return [plain(raw)];
  return raw.split(/(\{\{|\}\}|\{[^{}]*\})/).flatMap((part): (string | Formatted)[] => {
    if (part === "{{" || part === "}}") return [part.charAt(0)];
    if (!part.startsWith("{")) return part === "" ? [] : [plain(part)];
    const [, source = "", conversion = "", format = ""] = /^\{(.*?)(?:!([rsa]))?(?::([^:]*))?\}$/s.exec(part) ?? [];
    return [{ value: parseExpression(source), conversion, format }];
  });
}

function withoutEscapes(text: string): string {
  return text.replace(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|[\s\S])/g, (_, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return ESCAPES[code] ?? (/[\\'"]/.test(code) ? code : `\\${code}`);
  });
}
