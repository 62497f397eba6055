/** Reads a Python expression of the oracle's programs into a call tree; what is not an expression of tensors is not read. */
import { Unsupported } from "./python.ts";
import type { Tree } from "./translate.ts";

const TOKEN =
  /\s*(?:(\d+\.\d*(?:e[+-]?\d+)?|\.\d+|\d+(?:e[+-]?\d+)?)|([A-Za-z_]\w*)|('[^'\\]*'|"[^"\\]*")|(\*\*|\/\/|[<>=!]=|[-+*/%&|^~<>()[\],.:=]))/y;

function tokenize(source: string): string[] {
  const text = source.trim();
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new Unsupported(`"${text.slice(at)}"`);
    tokens.push(match[0].trim());
  }
  return tokens;
}

/** Python's binary operators, those that bind least first; each level associates to the left. */
const LEVELS: readonly ReadonlySet<string>[] = [
  new Set(["<", "<=", ">", ">=", "==", "!="]),
  new Set(["|"]),
  new Set(["^"]),
  new Set(["&"]),
  new Set(["+", "-"]),
  new Set(["*", "/", "//", "%"]),
];

/** Modules, whose functions are called by their path. */
const MODULES: ReadonlySet<string> = new Set(["T", "theano", "np"]);

/**
 * The tree of an expression.
 * @throws Unsupported for anything else than calls, operators, indices, names and literals.
 */
export function parseExpression(source: string): Tree {
  return new ExpressionParser(tokenize(source)).whole();
}

class ExpressionParser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  whole(): Tree {
    const tree = this.#binary(0);
    if (this.#at < this.#tokens.length) throw new Unsupported(`"${this.#tokens.slice(this.#at).join(" ")}"`);
    return tree;
  }

  #peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead] ?? "";
  }

  #next(expected?: string): string {
    const token = this.#peek();
    if (token === "" || (expected !== undefined && token !== expected)) throw new Unsupported(`"${token}"`);
    this.#at++;
    return token;
  }

  #binary(level: number): Tree {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let l = this.#binary(level + 1);
    while (operators.has(this.#peek())) {
      const binop = this.#next();
      l = { binop, l, r: this.#binary(level + 1) };
    }
    return l;
  }

  /** A sign binds less than a power: `-x ** 2` is `-(x ** 2)`. */
  #unary(): Tree {
    if (this.#peek() !== "-" && this.#peek() !== "~") return this.#power();
    const unop = this.#next();
    const x = this.#unary();
    return unop === "-" && typeof x === "number" ? -x : { unop, x };
  }

  #power(): Tree {
    const l = this.#postfix();
    if (this.#peek() !== "**") return l;
    this.#next();
    return { binop: "**", l, r: this.#unary() };
  }

  #postfix(): Tree {
    let tree = this.#atom();
    for (;;) {
      if (this.#peek() === "[") tree = { index: this.#places(), of: tree };
      else if (this.#peek() === "(") throw new Unsupported("a call of a value");
      else if (this.#peek() === ".") tree = this.#member(tree);
      else return tree;
    }
  }

  #member(of: Tree): Tree {
    this.#next(".");
    const name = this.#next();
    return this.#peek() === "(" ? { method: name, of, ...this.#arguments() } : { attr: name, of };
  }

  #arguments(): { readonly args: readonly Tree[]; readonly kwargs: Readonly<Record<string, Tree>> } {
    const args: Tree[] = [];
    const kwargs: Record<string, Tree> = {};
    this.#next("(");
    while (this.#peek() !== ")") {
      if (this.#peek(1) === "=") {
        const name = this.#next();
        this.#next("=");
        kwargs[name] = this.#binary(0);
      } else {
        args.push(this.#binary(0));
      }
      if (this.#peek() !== ")") this.#next(",");
    }
    this.#next(")");
    return { args, kwargs };
  }

  #places(): Tree[] {
    this.#next("[");
    const places: Tree[] = [];
    while (this.#peek() !== "]") {
      places.push(this.#place());
      if (this.#peek() !== "]") this.#next(",");
    }
    this.#next("]");
    return places;
  }

  /** `i`, `:`, `start:stop:step`. */
  #place(): Tree {
    const bounds: Tree[] = [null];
    let sliced = false;
    while (this.#peek() !== "," && this.#peek() !== "]") {
      if (this.#peek() === ":") {
        this.#next();
        sliced = true;
        bounds.push(null);
      } else {
        bounds.splice(-1, 1, this.#binary(0));
      }
    }
    return sliced ? { slice: bounds } : (bounds[0] ?? null);
  }

  #atom(): Tree {
    const token = this.#next();
    if (token === "(") return this.#items(")");
    if (token === "[") return this.#items("]");
    if (/^[\d.]/.test(token)) return /[.e]/.test(token) ? { float: Number(token) } : Number(token);
    if (/^['"]/.test(token)) return token.slice(1, -1);
    if (token === "None") return null;
    if (token === "True" || token === "False") return token === "True";
    if (!/^\w/.test(token) || token === "lambda") throw new Unsupported(`"${token}"`);
    return MODULES.has(token) ? this.#path(token) : { var: token };
  }

  /** A parenthesized expression, a tuple or a list. */
  #items(close: string): Tree {
    const items: Tree[] = [];
    let comma = false;
    while (this.#peek() !== close) {
      items.push(this.#binary(0));
      if (this.#peek() === close) break;
      this.#next(",");
      comma = true;
    }
    this.#next(close);
    return close === ")" && !comma && items.length === 1 ? (items[0] ?? null) : items;
  }

  #path(module: string): Tree {
    let path = module;
    while (this.#peek() === ".") {
      this.#next();
      path += `.${this.#next()}`;
    }
    if (this.#peek() !== "(") throw new Unsupported(path);
    return { call: path, ...this.#arguments() };
  }
}
