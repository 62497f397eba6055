/**
 * A reader for the few Python statements that the oracle's small programs consist of: imports, assignments, calls,
 * `print`, `with`, `def` with decorators, `return` and `pass`, with names, attributes, literals and dictionaries as
 * expressions. Anything else is {@link Unsupported}, so that a case is never judged by a guess.
 */
import { pyQuote } from "../../runtime/base/python.ts";
import { showFloat } from "../../runtime/config/kinds.ts";
import { PyFloat, Unsupported } from "./python/values.ts";

export { PyFloat, Unsupported };

/** An object that the program can use: what it lacks it does not support. */
export interface PyObject {
  attribute?(name: string): PyValue;
  setAttribute?(name: string, value: PyValue): void;
  call?(args: readonly PyValue[], keywords: ReadonlyMap<string, PyValue>): PyValue;
  /** Runs the body of a `with` statement. */
  around?(body: () => void): void;
}

export type PyValue = null | boolean | number | string | PyFloat | PyObject | ReadonlyMap<PyValue, PyValue>;

/** A dictionary or an object, and not one of the plain values. */
export function isObject(value: PyValue): value is PyObject {
  return typeof value === "object" && value !== null && !(value instanceof PyFloat) && !(value instanceof Map);
}

/** `repr(value)`. */
export function repr(value: PyValue): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value).toString() : String(value);
  if (typeof value === "string") return pyQuote(value);
  if (value instanceof PyFloat) return showFloat(value.value);
  throw new Unsupported("repr of an object");
}

/** The value of a literal: `'no'`, `-1`, `2.5`, `None`. */
export function literal(source: string): PyValue {
  return new Parser(tokenize(source), new Map()).only();
}

/** What the program can import, by module name. */
export type Modules = ReadonlyMap<string, () => PyObject>;

/** What a run printed, and how it ended. */
export interface Run {
  readonly stdout: string;
  readonly error?: { readonly error: Error; readonly line: number };
}

/** Runs a program; errors thrown by the objects that it uses end it as exceptions would. */
export function runPython(source: string, modules: Modules): Run {
  const program = new Program(modules);
  try {
    program.block(linesOf(source));
    return { stdout: program.stdout };
  } catch (thrown) {
    if (thrown instanceof Unsupported || !(thrown instanceof Error)) throw thrown;
    return { stdout: program.stdout, error: { error: thrown, line: program.line } };
  }
}

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

function linesOf(source: string): Line[] {
  return source
    .split("\n")
    .map((text, index) => ({ number: index + 1, indent: text.search(/\S|$/), text: text.trim() }))
    .filter(({ text }) => text !== "" && !text.startsWith("#"));
}

type Scope = Map<string, PyValue>;

class Program {
  stdout = "";
  line = 0;
  readonly #modules: Modules;
  readonly #globals: Scope;

  constructor(modules: Modules) {
    this.#modules = modules;
    this.#globals = new Map<string, PyValue>([
      ["print", { call: (args) => this.#print(args) }],
      ["repr", { call: ([value = null]) => repr(value) }],
      ["str", { call: ([value = null]) => asText(value) }],
    ]);
  }

  /** Runs lines of one indentation with their bodies; the value of a `return`, if one was reached. */
  block(lines: readonly Line[]): PyValue | undefined {
    let decorator: PyValue | undefined;
    for (let i = 0; i < lines.length; ) {
      const line = lines[i];
      if (line === undefined) break;
      const end = lines.findIndex((other, j) => j > i && other.indent <= line.indent);
      const body = lines.slice(i + 1, end < 0 ? lines.length : end);
      i += 1 + body.length;
      this.line = line.number;
      if (line.text.startsWith("@")) {
        decorator = this.#evaluate(line.text.slice(1));
        continue;
      }
      if (line.text.startsWith("return ")) return this.#evaluate(line.text.slice("return ".length));
      const defined = this.#statement(line, body);
      if (defined !== undefined && decorator !== undefined) {
        this.#globals.set(defined, call(decorator, [this.#name(defined)], new Map()));
      }
      decorator = undefined;
    }
    return undefined;
  }

  /** Runs one statement; the name if it defines a function. */
  #statement({ text }: Line, body: readonly Line[]): string | undefined {
    const words = text.split(/\s+/);
    if (text === "pass") return;
    if (words[0] === "import") return this.#import(text.slice("import ".length));
    if (words[0] === "from") return this.#importFrom(text);
    const definition = /^def (\w+)\(\):$/.exec(text)?.[1];
    if (definition !== undefined) {
      this.#globals.set(definition, { call: () => this.block(body) ?? null });
      return definition;
    }
    const context = /^with (.*):$/.exec(text)?.[1];
    if (context !== undefined) {
      const manager = this.#evaluate(context);
      if (!isObject(manager) || manager.around === undefined) throw new Unsupported(text);
      manager.around(() => void this.block(body));
      return;
    }
    if (body.length > 0) throw new Unsupported(text);
    const assignment = /^([\w.]+)\s*=(?!=)\s*(.+)$/.exec(text);
    if (assignment === null) this.#evaluate(text);
    else this.#assign(assignment[1] ?? "", this.#evaluate(assignment[2] ?? ""));
    return;
  }

  #import(list: string): undefined {
    for (const item of list.split(",")) {
      const [path = "", alias] = item.trim().split(/\s+as\s+/);
      const head = path.split(".")[0] ?? "";
      this.#globals.set(alias ?? head, this.#module(alias === undefined && path !== head ? head : path));
      if (alias === undefined && path !== head) this.#module(path);
    }
  }

  #importFrom(text: string): undefined {
    const [, path = "", names = ""] = /^from ([\w.]+) import (.+)$/.exec(text) ?? [];
    const module = this.#module(path);
    for (const name of names.split(",").map((part) => part.trim())) {
      if (!/^\w+$/.test(name)) throw new Unsupported(text);
      this.#globals.set(name, attribute(module, name));
    }
  }

  #module(path: string): PyObject {
    const make = this.#modules.get(path);
    if (make === undefined) throw new Unsupported(`import ${path}`);
    return make();
  }

  #assign(target: string, value: PyValue): void {
    const dot = target.lastIndexOf(".");
    if (dot < 0) {
      this.#globals.set(target, value);
      return;
    }
    const owner = this.#evaluate(target.slice(0, dot));
    if (!isObject(owner) || owner.setAttribute === undefined) throw new Unsupported(`${target} = …`);
    owner.setAttribute(target.slice(dot + 1), value);
  }

  #evaluate(source: string): PyValue {
    return new Parser(tokenize(source), this.#globals).only();
  }

  #name(name: string): PyValue {
    return this.#globals.get(name) ?? null;
  }

  #print(args: readonly PyValue[]): null {
    this.stdout += `${args.map(asText).join(" ")}\n`;
    return null;
  }
}

const asText = (value: PyValue): string => (typeof value === "string" ? value : repr(value));

function attribute(owner: PyValue, name: string): PyValue {
  if (isObject(owner) && owner.attribute !== undefined) return owner.attribute(name);
  throw new Unsupported(`.${name}`);
}

function call(callee: PyValue, args: readonly PyValue[], keywords: ReadonlyMap<string, PyValue>): PyValue {
  if (isObject(callee) && callee.call !== undefined) return callee.call(args, keywords);
  throw new Unsupported("a call");
}

const TOKEN =
  /\s*(?:(\d+\.\d*(?:e[+-]?\d+)?|\d+(?:e[+-]?\d+)?)|([A-Za-z_]\w*)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|([.(){}:,=-]))/y;

function tokenize(source: string): string[] {
  const tokens: string[] = [];
  const text = source.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new Unsupported(`"${text.slice(at)}"`);
    tokens.push(match[0].trim());
  }
  return tokens;
}

/** Evaluates while it parses: the expressions are small and have no branches. */
class Parser {
  readonly #tokens: readonly string[];
  readonly #scope: Scope;
  #at = 0;

  constructor(tokens: readonly string[], scope: Scope) {
    this.#tokens = tokens;
    this.#scope = scope;
  }

  only(): PyValue {
    const value = this.#expression();
    if (this.#at < this.#tokens.length) throw new Unsupported(`"${this.#tokens.slice(this.#at).join(" ")}"`);
    return value;
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

  #expression(): PyValue {
    if (this.#peek() === "-") {
      this.#next();
      const value = this.#expression();
      if (typeof value === "number") return -value;
      if (value instanceof PyFloat) return new PyFloat(-value.value);
      throw new Unsupported("-");
    }
    let value = this.#atom();
    for (;;) {
      if (this.#peek() === ".") {
        this.#next();
        value = attribute(value, this.#next());
      } else if (this.#peek() === "(") {
        value = this.#call(value);
      } else {
        return value;
      }
    }
  }

  #call(callee: PyValue): PyValue {
    const args: PyValue[] = [];
    const keywords = new Map<string, PyValue>();
    this.#next("(");
    while (this.#peek() !== ")") {
      if (this.#peek(1) === "=") {
        const name = this.#next();
        this.#next("=");
        keywords.set(name, this.#expression());
      } else {
        args.push(this.#expression());
      }
      if (this.#peek() === ",") this.#next();
    }
    this.#next(")");
    return call(callee, args, keywords);
  }

  #atom(): PyValue {
    const token = this.#next();
    if (token === "{") return this.#dictionary();
    if (token === "None") return null;
    if (token === "True" || token === "False") return token === "True";
    if (/^\d/.test(token)) return /[.e]/.test(token) ? new PyFloat(Number(token)) : Number(token);
    if (/^['"]/.test(token)) return token.slice(1, -1).replace(/\\(.)/g, "$1");
    const value = this.#scope.get(token);
    if (value === undefined) throw new Unsupported(`"${token}"`);
    return value;
  }

  #dictionary(): PyValue {
    const entries = new Map<PyValue, PyValue>();
    while (this.#peek() !== "}") {
      const key = this.#expression();
      this.#next(":");
      entries.set(key, this.#expression());
      if (this.#peek() === ",") this.#next();
    }
    this.#next("}");
    return entries;
  }
}
