/** Splits Python source into tokens; indentation becomes tokens of its own, as in Python's own tokenizer. */
export interface Token {
  readonly kind: "name" | "number" | "string" | "operator" | "newline" | "indent" | "dedent" | "end";
  readonly text: string;
  /** 1-based. */
  readonly line: number;
}

const NUMBER = /(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)[jJ]?/y;
const NAME = /[A-Za-z_]\w*/y;
const STRING = /([rRbBfFuU]{0,2})('''[\s\S]*?'''|"""[\s\S]*?"""|'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*")/y;
const OPERATOR = /\*\*=|\/\/=|<<=|>>=|\*\*|\/\/|<<|>>|->|:=|[<>=!+\-*/%&|^@]=|[-+*/%&|^~<>()[\]{},.:;=@]/y;

/** @throws SyntaxError where the text is no Python. */
export function tokenize(source: string): Token[] {
  return new Tokenizer(source).all();
}

class Tokenizer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  readonly #indents = [0];
  #at = 0;
  #line = 1;
  /** Open brackets: within them, lines and indentation do not count. */
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  all(): Token[] {
    while (this.#at < this.#source.length) {
      this.#indentation();
      this.#logicalLine();
    }
    this.#dedentTo(0);
    this.#push("end", "");
    return this.#tokens;
  }

  #push(kind: Token["kind"], text: string): void {
    this.#tokens.push({ kind, text, line: this.#line });
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#source);
  }

  /** Skips blank lines and comments; a deeper or shallower line opens or closes blocks. */
  #indentation(): void {
    for (;;) {
      const blank = this.#match(/[ \t]*(#[^\n]*)?\r?\n/y);
      if (blank === null) break;
      this.#at += blank[0].length;
      this.#line++;
    }
    const width = this.#match(/[ \t]*/y)?.[0].replaceAll("\t", "        ").length ?? 0;
    this.#at += this.#match(/[ \t]*/y)?.[0].length ?? 0;
    if (this.#at >= this.#source.length) return;
    if (width > (this.#indents.at(-1) ?? 0)) {
      this.#indents.push(width);
      this.#push("indent", "");
    }
    this.#dedentTo(width);
  }

  #dedentTo(width: number): void {
    while (width < (this.#indents.at(-1) ?? 0)) {
      this.#indents.pop();
      this.#push("dedent", "");
    }
  }

  #logicalLine(): void {
    const start = this.#tokens.length;
    while (this.#at < this.#source.length) {
      const skipped = this.#match(/(?:[ \t\f]+|\\\r?\n|#[^\n]*)/y);
      if (skipped !== null) {
        this.#at += skipped[0].length;
        this.#line += skipped[0].split("\n").length - 1;
      } else if (/[\r\n]/.test(this.#source[this.#at] ?? "")) {
        const ends = this.#source[this.#at] === "\n";
        this.#at++;
        if (!ends) continue;
        if (this.#depth === 0) {
          this.#push("newline", "");
          this.#line++;
          return;
        }
        this.#line++;
      } else {
        this.#token();
      }
    }
    if (this.#tokens.length > start) this.#push("newline", "");
  }

  #token(): void {
    const string = this.#match(STRING);
    const kinds = [
      ["string", string],
      ["number", this.#match(NUMBER)],
      ["name", this.#match(NAME)],
      ["operator", this.#match(OPERATOR)],
    ] as const;
    for (const [kind, match] of kinds) {
      if (match === null || match[0] === "") continue;
      if (kind === "operator" && /[([{]/.test(match[0])) this.#depth++;
      if (kind === "operator" && /[)\]}]/.test(match[0])) this.#depth--;
      this.#push(kind, match[0]);
      this.#at += match[0].length;
      this.#line += match[0].split("\n").length - 1;
      return;
    }
    throw new SyntaxError(`invalid syntax: "${this.#source.slice(this.#at, this.#at + 10)}" in line ${this.#line}`);
  }
}
