/** Reads Python programs into trees of statements. */
import type { Block, Expression, Handler, Statement } from "./ast.ts";
import { ExpressionParser } from "./parse-expression.ts";
import { tokenize } from "./tokens.ts";

/** @throws SyntaxError when the source is no program of the Python known here. */
export function parseProgram(source: string): Block {
  return new StatementParser(tokenize(source)).program();
}

const AUGMENTED = /^(\*\*|\/\/|<<|>>|[-+*/%&|^@])=$/;

class StatementParser extends ExpressionParser {
  /** Whether the function that is being read yields. */
  #yields = false;

  program(): Block {
    const statements: Statement[] = [];
    while (this.peek().kind !== "end") statements.push(...this.#statement());
    return statements;
  }

  /** A compound statement, or the simple ones of a line. */
  #statement(): readonly Statement[] {
    const compound = this.#compound();
    return compound === null ? this.#line() : [compound];
  }

  #line(): Statement[] {
    const statements = [this.#simple()];
    while (this.accept(";") && this.peek().kind !== "newline") statements.push(this.#simple());
    if (!this.accept("", "newline")) this.fail();
    return statements;
  }

  #block(): Block {
    this.expect(":");
    if (!this.accept("", "newline")) return this.#line();
    if (!this.accept("", "indent")) this.fail();
    const statements: Statement[] = [];
    while (!this.accept("", "dedent")) statements.push(...this.#statement());
    return statements;
  }

  #compound(): Statement | null {
    const { line, text, kind } = this.peek();
    if (kind === "operator" ? text !== "@" : kind !== "name") return null;
    switch (text) {
      case "if":
        return this.#if(line);
      case "while":
        this.next();
        return { kind: "while", line, test: this.expression(), body: this.#block(), otherwise: this.#else() };
      case "for": {
        this.next();
        const target = this.targets();
        this.expect("in");
        return { kind: "for", line, target, items: this.expressions(), body: this.#block(), otherwise: this.#else() };
      }
      case "try":
        return this.#try(line);
      case "with":
        this.next();
        return this.#with(line);
      case "def":
      case "class":
      case "@":
        return this.#definition();
      default:
        return null;
    }
  }

  /** `if` or `elif`, with what follows it. */
  #if(line: number): Statement {
    this.next();
    const test = this.expression();
    const whenTrue = this.#block();
    const otherwise = this.sees("elif") ? [this.#if(this.peek().line)] : this.#else();
    return { kind: "if", line, test, whenTrue, otherwise };
  }

  #else(): Block {
    return this.accept("else") ? this.#block() : [];
  }

  #try(line: number): Statement {
    this.next();
    const body = this.#block();
    const handlers: Handler[] = [];
    while (this.accept("except")) {
      const type = this.sees(":") ? null : this.expression();
      const name = this.accept("as") ? this.identifier() : null;
      handlers.push({ type, name, body: this.#block() });
    }
    const otherwise = this.#else();
    return { kind: "try", line, body, handlers, otherwise, last: this.accept("finally") ? this.#block() : [] };
  }

  #with(line: number): Statement {
    const manager = this.expression();
    const target = this.accept("as") ? this.targets() : null;
    const body = this.accept(",") ? [this.#with(line)] : this.#block();
    return { kind: "with", line, manager, target, body };
  }

  #definition(): Statement {
    const decorators: Expression[] = [];
    while (this.accept("@")) {
      decorators.push(this.expression());
      this.accept("", "newline");
    }
    const { line } = this.peek();
    if (this.accept("class")) {
      const name = this.identifier();
      const bases = this.accept("(") ? this.arguments().map(({ value }) => value) : [];
      return { kind: "class", line, name, bases, body: this.#block(), decorators };
    }
    this.expect("def");
    const name = this.identifier();
    this.expect("(");
    const parameters = this.parameters(")");
    const around = this.#yields;
    this.#yields = false;
    const body = this.#block();
    const isGenerator = this.#yields;
    this.#yields = around;
    return { kind: "def", line, name, parameters, body, isGenerator, decorators };
  }

  #simple(): Statement {
    const { line, text, kind } = this.peek();
    if (kind !== "name") return this.#assignment(line);
    switch (text) {
      case "pass":
      case "break":
      case "continue":
        this.next();
        return { kind: text, line };
      case "yield":
        this.next();
        this.#yields = true;
        return { kind: "expression", line, value: { kind: "yield", value: this.expressions() } };
      case "return":
        this.next();
        return { kind: "return", line, value: this.#ends() ? null : this.expressions() };
      case "raise":
        this.next();
        return { kind: "raise", line, error: this.#ends() ? null : this.#raised() };
      case "assert":
        this.next();
        return { kind: "assert", line, test: this.expression(), message: this.accept(",") ? this.expression() : null };
      case "del":
        this.next();
        return { kind: "delete", line, targets: this.#items(this.expressions()) };
      case "global":
      case "nonlocal":
        this.next();
        return { kind: "scope", line, level: text, names: this.#names() };
      case "import":
        this.next();
        return this.#import(line);
      case "from":
        this.next();
        return this.#from(line);
      default:
        return this.#assignment(line);
    }
  }

  #ends(): boolean {
    return this.peek().kind === "newline" || this.sees(";");
  }

  #raised(): Expression {
    const error = this.expression();
    if (this.accept("from")) this.expression();
    return error;
  }

  #items(expression: Expression): readonly Expression[] {
    return expression.kind === "tuple" ? expression.items : [expression];
  }

  #names(): string[] {
    const names = [this.identifier()];
    while (this.accept(",")) names.push(this.identifier());
    return names;
  }

  #path(): string {
    let path = this.identifier();
    while (this.accept(".")) path += `.${this.identifier()}`;
    return path;
  }

  /** One import; of several in a line, the others follow as if after a semicolon. */
  #import(line: number): Statement {
    const path = this.#path();
    const statement: Statement = { kind: "import", line, path, alias: this.accept("as") ? this.identifier() : null };
    if (!this.accept(",")) return statement;
    const rest = this.#import(line);
    return { kind: "if", line, test: { kind: "constant", value: true }, whenTrue: [statement, rest], otherwise: [] };
  }

  #from(line: number): Statement {
    const path = this.#path();
    this.expect("import");
    const closes = this.accept("(");
    const names: [string, string][] = [];
    do {
      const name = this.accept("*") ? "*" : this.identifier();
      names.push([name, this.accept("as") ? this.identifier() : name]);
    } while (this.accept(",") && !this.sees(")"));
    if (closes) this.expect(")");
    return { kind: "from", line, path, names };
  }

  #assignment(line: number): Statement {
    const first = this.expressions();
    const operator = AUGMENTED.exec(this.peek().text)?.[1];
    if (operator !== undefined && this.peek().kind === "operator") {
      this.next();
      return { kind: "augment", line, operator, target: first, value: this.expressions() };
    }
    if (!this.sees("=")) return { kind: "expression", line, value: first };
    const parts = [first];
    while (this.accept("=")) parts.push(this.expressions());
    const value = parts.pop() ?? first;
    return { kind: "assign", line, targets: parts, value };
  }
}
