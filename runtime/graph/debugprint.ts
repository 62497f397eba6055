/**
 * `debugprint`: a graph as indented text, in the format of Theano 1.0.5. Reports and tools read this format, so it is
 * kept to the byte, three trailing blanks included.
 *
 * A line: `PREFIX OP[.k] [id X][ <TYPE>] 'NAME' [d={…}] [v={…}] [POSITION][ STORAGE][ clients:[…]]` for a computed
 * variable, `PREFIX NAME [id X][ <TYPE>][ STORAGE]` for a leaf. Fields that are off leave their blanks behind. The
 * graphs inside of scans follow behind a heading, their lines starting with ` >`, and a leaf there that stands for an
 * input of the scan names it: `x[t] [id B] -> [id A]`.
 */
import { ValueError } from "../base/errors.ts";
import { pyList, pyQuote, pyTuple } from "../base/python.ts";
import { Apply } from "./apply.ts";
import { FunctionGraph } from "./fgraph.ts";
import { ScalarConstant } from "./scalartype.ts";
import { TensorConstant, TensorVariable, type Variable } from "./variable.ts";

/** What carries an id: all outputs of a node share the node's; small constants go by their key. */
type Identified = Apply | Variable | string;

/**
 * Which ids stand behind the names: letters, numbers, or none. Theano's `id` prints memory addresses, which JavaScript
 * does not show; it is the same as `int` here.
 */
export type IdScheme = "CHAR" | "int" | "id" | "";

const ID_SCHEMES: readonly string[] = ["CHAR", "int", "id", ""] satisfies readonly IdScheme[];

export interface DebugPrintOptions {
  /** Levels to print; negative (the default) prints all. */
  readonly depth?: number;
  /** Add the type of every variable. */
  readonly printType?: boolean;
  readonly ids?: IdScheme;
  /** Print nothing below a named computed variable. */
  readonly stopOnName?: boolean;
  /** Behind a variable with more than one client, list them; only variables of a FunctionGraph have clients. */
  readonly printClients?: boolean;
  /** Add the op's destroy map or view map, as `d={0: [0]}`, `v={0: [0]}`. */
  readonly printDestroyMap?: boolean;
  readonly printViewMap?: boolean;
  /** Nodes printed before; they are not printed again below. Filled while printing, so that prints can share it. */
  readonly done?: Set<Apply>;
  /** Ids given before; filled while printing, so that prints can share an id space. */
  readonly usedIds?: Map<Identified, string>;
  /** Starts every line. */
  readonly prefix?: string;
  /** What each variable's cell holds, as text: `[array([1.])]`. */
  readonly storage?: ReadonlyMap<Variable, string>;
  /** Positions to show for nodes outside a FunctionGraph; a FunctionGraph brings its own. */
  readonly order?: readonly Apply[];
}

export type DebugPrintable = Variable | Apply | FunctionGraph | readonly DebugPrintable[];

/** A variable to print, with the graph it is in. */
interface Root {
  readonly variable: Variable;
  readonly graph: FunctionGraph | null;
  readonly positions: ReadonlyMap<Apply, number>;
}

/**
 * The graph above a variable, a node, a FunctionGraph's outputs, or each of a list, as text; every line ends with a
 * newline. A text of more than 2²⁴ characters is cut, and its last line says so; `depth` prints fewer levels.
 * @throws TypeError when `depth` is not an integer; ValueError for unknown `ids`.
 */
export function debugprint(obj: DebugPrintable, options: DebugPrintOptions = {}): string {
  const { depth = -1, ids = "CHAR" } = options;
  if (!Number.isInteger(depth)) throw new TypeError(`debugprint: depth must be an integer, got ${depth}.`);
  if (!ID_SCHEMES.includes(ids))
    throw new ValueError(`debugprint: ids must be one of ${ID_SCHEMES.map(pyQuote).join(", ")}, got ${pyQuote(ids)}.`);
  const printer = new Printer(options);
  for (const root of rootsOf(obj, positionsIn(options.order ?? []))) printer.print(root, depth);
  printer.printInnerGraphs(depth);
  return printer.text;
}

function rootsOf(obj: DebugPrintable, positions: ReadonlyMap<Apply, number>): Root[] {
  if (obj instanceof TensorVariable) return [{ variable: obj, graph: null, positions }];
  if (obj instanceof Apply) return obj.outputs.map((variable) => ({ variable, graph: null, positions }));
  if (obj instanceof FunctionGraph) {
    const own = positionsIn(obj.toposort());
    return obj.outputs.map((variable) => ({ variable, graph: obj, positions: own }));
  }
  return obj.flatMap((item) => rootsOf(item, positions));
}

function positionsIn(order: readonly Apply[]): ReadonlyMap<Apply, number> {
  return new Map(order.map((node, position) => [node, position]));
}

/** A line still to be written; `childPrefix` starts the lines below it. */
interface Pending {
  readonly variable: Variable;
  readonly prefix: string;
  readonly childPrefix: string;
  readonly depth: number;
}

/** The ops whose inner graphs Theano prints. */
const SCAN_FAMILY = "Scan";

/** A text longer than this is cut, as that of a graph is that is tens of thousands of levels deep: it grows as the square. */
const MOST_CHARACTERS = 2 ** 24;

/** The lines of a text; what would make it too long is left out, and a last line says so. */
class Lines {
  readonly #lines: string[] = [];
  #length = 0;

  get isFull(): boolean {
    return this.#length > MOST_CHARACTERS;
  }

  push(...lines: readonly string[]): void {
    for (const line of lines) {
      if (this.isFull) return;
      this.#length += line.length + 1;
      this.#lines.push(this.isFull ? `... (cut: the text is longer than ${MOST_CHARACTERS} characters)` : line);
    }
  }

  toString(): string {
    return this.#lines.join("\n");
  }
}

const NO_POSITIONS: ReadonlyMap<Apply, number> = new Map();

class Printer {
  readonly #options: DebugPrintOptions;
  /** Outputs of scans in the order in which they were met, each time that they were. */
  readonly #scans: Variable[] = [];
  /** For the inputs of the inner graph that is being printed, what they stand for outside. */
  #outside: ReadonlyMap<Variable, Variable> = new Map();
  readonly #done: Set<Apply>;
  readonly #usedIds: Map<Identified, string>;
  readonly #lines = new Lines();

  constructor(options: DebugPrintOptions) {
    this.#options = options;
    this.#done = options.done ?? new Set();
    this.#usedIds = options.usedIds ?? new Map();
  }

  get text(): string {
    const text = String(this.#lines);
    return text === "" ? "" : `${text}\n`;
  }

  /** Walks with a list of its own: a graph may be deeper than the call stack. */
  print(root: Root, depth: number, prefix = this.#options.prefix ?? ""): void {
    const todo: Pending[] = [{ variable: root.variable, prefix, childPrefix: prefix, depth }];
    for (let next = todo.pop(); next !== undefined && !this.#lines.isFull; next = todo.pop()) {
      if (next.variable.owner?.op.family === SCAN_FAMILY) this.#scans.push(next.variable);
      if (next.depth === 0) continue;
      const { owner } = next.variable;
      if (owner === null) {
        this.#lines.push(next.prefix + this.#leaf(next.variable));
        continue;
      }
      const isRepeated = this.#done.has(owner);
      this.#lines.push(next.prefix + this.#computed(next.variable, owner, root));
      this.#done.add(owner);
      const stops = this.#options.stopOnName === true && next.variable.name !== null;
      if (!isRepeated && !stops) todo.push(...childrenOf(owner, next).reverse());
    }
  }

  /** The graphs inside of the scans printed so far, and of those inside of these. */
  printInnerGraphs(depth: number): void {
    if (this.#scans.length > 0) this.#lines.push("", "Inner graphs of the scan ops:");
    // The list grows while the graphs inside are printed.
    for (const variable of this.#scans) {
      const node = variable.owner;
      const inner = node?.op.inner;
      if (node === null || node === undefined || inner === undefined) continue;
      this.#outside = new Map(inner.inputs.map((input, i) => [input, node.inputs[inner.outerInputs[i]]]));
      const root = { variable, graph: null, positions: NO_POSITIONS };
      this.#lines.push("", this.#computed(variable, node, root));
      for (const output of inner.outputs) this.print({ ...root, variable: output }, depth, " >");
    }
  }

  #leaf(variable: Variable): string {
    const head = `${variable} ${this.#id(identityOf(variable))}${this.#type(variable)}`;
    const outside = this.#outside.get(variable);
    return outside === undefined
      ? `${head}${this.#storage(variable)}`
      : `${head} -> ${this.#id(outside.owner ?? identityOf(outside))}`;
  }

  #computed(variable: Variable, node: Apply, root: Root): string {
    const suffix = node.outputs.length === 1 ? "" : `.${variable.index}`;
    const head = `${node.op}${suffix} ${this.#id(node)}${this.#type(variable)}`;
    const destroys = this.#options.printDestroyMap ? mapText("d", node.op.destroys) : "";
    const views = this.#options.printViewMap ? mapText("v", node.op.views) : "";
    const tail = `${root.positions.get(node) ?? ""}${this.#storage(variable)}${this.#clients(variable, root)}`;
    return `${head} '${variable.name ?? ""}' ${destroys} ${views} ${tail}`;
  }

  #id(of: Identified): string {
    const known = this.#usedIds.get(of);
    if (known !== undefined) return known;
    const id = of === "output" ? "output" : this.#newId();
    this.#usedIds.set(of, id);
    return id;
  }

  #newId(): string {
    const { ids = "CHAR" } = this.#options;
    switch (ids) {
      case "CHAR":
        return `[id ${lettersOf(this.#usedIds.size)}]`;
      case "int":
      case "id":
        return `[id ${this.#usedIds.size}]`;
      case "":
        return "";
    }
  }

  #type(variable: Variable): string {
    return this.#options.printType ? ` <${variable.type}>` : "";
  }

  #storage(variable: Variable): string {
    const cell = this.#options.storage?.get(variable);
    return cell === undefined ? "" : ` ${cell}`;
  }

  #clients(variable: Variable, { graph, positions }: Root): string {
    if (!this.#options.printClients || graph === null) return "";
    const clients = graph.clients(variable);
    if (clients.length < 2) return "";
    const items = clients.map(({ node }) => {
      const position = node === "output" ? undefined : positions.get(node);
      return pyTuple([pyQuote(this.#id(node)), position ?? "''"]);
    });
    return ` clients:${pyList(items)}`;
  }
}

function childrenOf(node: Apply, parent: Pending): Pending[] {
  const last = node.inputs.length - 1;
  return node.inputs.map((variable, i) => ({
    variable,
    prefix: `${parent.childPrefix} |`,
    childPrefix: `${parent.childPrefix}${i === last ? "  " : " |"}`,
    depth: parent.depth - 1,
  }));
}

/** `d={0: [1]}`, or nothing for an empty map. */
function mapText(letter: "d" | "v", map: Readonly<Record<number, number>>): string {
  const entries = Object.entries(map).map(([output, input]) => `${output}: [${input}]`);
  return entries.length === 0 ? "" : `${letter}={${entries.join(", ")}}`;
}

/** Theano keeps one constant for each small number, so that equal ones have the same id even before they are merged. */
function identityOf(variable: Variable): Identified {
  if (!(variable instanceof TensorConstant) || variable instanceof ScalarConstant) return variable;
  if (variable.value.size !== 1 || variable.dtype === "bool") return variable;
  const value = Number(variable.value.item());
  return value >= -10 && value <= 10 ? variable.key : variable;
}

const LETTERS = 26;

/** A number in base 26 with the digits A to Z: after Z comes BA. */
export function lettersOf(number: number): string {
  const digit = String.fromCharCode("A".charCodeAt(0) + (number % LETTERS));
  return number < LETTERS ? digit : lettersOf(Math.floor(number / LETTERS)) + digit;
}

/**
 * A short form for messages: `A. op` with the inputs below it, one blank deeper; a named variable is a leaf, and what
 * stood before is `<A>`. Source of the format: Theano's `min_informative_str`.
 */
export function minInformativeStr(variable: Variable): string {
  const tags = new Map<Variable, string>();
  const lines = new Lines();
  const todo = [{ variable, level: 0 }];
  for (let next = todo.pop(); next !== undefined && !lines.isFull; next = todo.pop()) {
    const indent = " ".repeat(next.level);
    const known = tags.get(next.variable);
    if (known !== undefined) {
      lines.push(`${indent}<${known}>`);
      continue;
    }
    const tag = lettersOf(tags.size);
    tags.set(next.variable, tag);
    const { name, owner } = next.variable;
    lines.push(`${indent}${tag}. ${name ?? owner?.op ?? next.variable}`);
    if (name !== null || owner === null) continue;
    const level = next.level + 1;
    todo.push(...owner.inputs.map((input) => ({ variable: input, level })).reverse());
  }
  return String(lines);
}

/**
 * How a variable is computed, in one line without anything that differs from run to run: `A=Elemwise{exp,no_inplace}(B=x)`;
 * what stood before is `<B>`. Names of computed variables are left out, so that they make no two graphs alike.
 * Source of the format: Theano's `var_descriptor`.
 */
export function varDescriptor(variable: Variable): string {
  const tags = new Map<Variable, string>();
  const parts: string[] = [];
  const todo: (Variable | string)[] = [variable];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const tag = typeof next === "string" ? undefined : tags.get(next);
    if (typeof next === "string") parts.push(next);
    else if (tag !== undefined) parts.push(`<${tag}>`);
    else {
      const { owner } = next;
      tags.set(next, lettersOf(tags.size));
      parts.push(`${tags.get(next)}=`);
      if (owner === null) parts.push(String(next));
      else {
        parts.push(`${owner.op}(`);
        todo.push(")", ...owner.inputs.flatMap((input, i) => (i === 0 ? [input] : [",", input])).reverse());
      }
    }
  }
  return parts.join("");
}
