/**
 * `pprint`: a graph as one line of mathematics, in the format of Theano 1.0.5: everything parenthesised, dimension
 * shuffles that only add broadcast dimensions left out, Greek letters by name.
 *
 * A printer gets the texts of the inputs, so that no recursion is needed and each node is printed once.
 */
import type { Apply } from "../graph/apply.ts";
import { Op } from "../graph/op.ts";
import type { Variable } from "../graph/variable.ts";
import { toposort } from "../graph/walk.ts";
import { Alloc } from "../ops/alloc.ts";
import { DimShuffle, type DimShuffleItem } from "../ops/dimshuffle.ts";
import { Dot } from "../ops/dot.ts";
import { Elemwise } from "../ops/elemwise.ts";
import { Join } from "../ops/join.ts";
import { MakeVector } from "../ops/shapevector.ts";
import { Subtensor } from "../ops/subtensor.ts";

/** The text of one output of a node, from the texts of its inputs. */
export type OutputPrinter = (node: Apply, inputs: readonly string[], output: Variable) => string;

/** Which ops a printer is for: one op, a class of ops, or those that pass a test. */
export type OpCondition = Op | (abstract new (...args: never[]) => Op) | ((op: Op) => boolean);

interface Rule {
  readonly applies: (op: Op) => boolean;
  readonly print: OutputPrinter;
}

/** As `join`, which would copy the texts: nested a thousand times, they would be copied a thousand times. */
function joined(texts: readonly string[], separator: string): string {
  return texts.length === 0 ? "" : texts.reduce((all, text) => all + separator + text);
}

/** `(a + b)`; with one input `(-a)`. */
export function operatorPrinter(operator: string): OutputPrinter {
  return (_node, inputs) => `(${inputs.length === 1 ? operator + inputs[0] : joined(inputs, ` ${operator} `)})`;
}

/** `name(a, b)`. */
export function functionPrinter(name: string): OutputPrinter {
  return (_node, inputs) => `${name}(${joined(inputs, ", ")})`;
}

/** Text with `%(0)s`, `%(1)s` … where the inputs go. */
export function patternPrinter(pattern: string): OutputPrinter {
  return (_node, inputs) => pattern.replace(/%\((\d+)\)s/g, (whole, i) => inputs[Number(i)] ?? whole);
}

/** The text of the first input: the op is not shown. */
export const ignorePrinter: OutputPrinter = (_node, [input]) => input;

/** The op's own text as a function. */
export const defaultPrinter: OutputPrinter = (node, inputs) => `${node.op}(${joined(inputs, ", ")})`;

const GREEK = ["alpha", "beta", "gamma", "delta", "epsilon"];

/** The text of a variable without its owner: its name, Greek letters with a backslash. */
function leafText(variable: Variable): string {
  return variable.name !== null && GREEK.includes(variable.name) ? `\\${variable.name}` : String(variable);
}

/** Prints graphs by rules, of which the last assigned that applies is taken. */
export class PPrinter {
  readonly #rules: Rule[];

  constructor(rules: readonly Rule[] = []) {
    this.#rules = [...rules];
  }

  /** Prints the outputs of the ops of `condition` by `print` from now on. */
  assign(condition: OpCondition, print: OutputPrinter): void {
    this.#rules.unshift({ applies: test(condition), print });
  }

  /** A printer of its own with the same rules. */
  clone(): PPrinter {
    return new PPrinter(this.#rules);
  }

  /** The variable as one line. */
  process(variable: Variable): string {
    return this.#text(variable, new Map());
  }

  /**
   * A program: an assignment per named variable and per update, then the outputs; a single output is returned.
   * @param updates pairs of a shared variable and its new value.
   */
  program(
    inputs: readonly Variable[],
    outputs: readonly Variable[],
    updates: readonly (readonly [Variable, Variable])[] = [],
  ): string {
    const targets = new Map(updates.map(([shared, value]) => [value, shared]));
    const texts = new Map<Variable, string>();
    const statements: string[] = [];
    const updateStatements: string[] = [];
    const results = new Map<Variable, string>();
    for (const node of toposort([...outputs, ...targets.keys()], new Set(inputs)))
      for (const output of node.outputs) {
        const text = this.#apply(node, output, texts);
        const shared = targets.get(output);
        if (shared !== undefined) updateStatements.push(`${shared} <- ${text}`);
        const position = outputs.indexOf(output);
        if (position >= 0) {
          const name = output.name ?? `out[${position}]`;
          results.set(output, outputs.length === 1 ? `return ${text}` : `${name} = ${text}`);
        } else if (output.name !== null) {
          statements.push(`${output.name} = ${text}`);
        }
        texts.set(output, output.name === null ? text : leafText(output));
      }
    const inOrder = outputs.map((output) => results.get(output)).filter((text) => text !== undefined);
    return [...statements, ...updateStatements, ...inOrder].join("\n");
  }

  #text(variable: Variable, texts: Map<Variable, string>): string {
    for (const node of toposort([variable]))
      for (const output of node.outputs) texts.set(output, this.#apply(node, output, texts));
    return texts.get(variable) ?? leafText(variable);
  }

  #apply(node: Apply, output: Variable, texts: ReadonlyMap<Variable, string>): string {
    const inputs = node.inputs.map((input) => texts.get(input) ?? leafText(input));
    const print = this.#rules.find((rule) => rule.applies(node.op))?.print ?? defaultPrinter;
    return print(node, inputs, output);
  }
}

function test(condition: OpCondition): (op: Op) => boolean {
  if (typeof condition !== "function") return (op) => op.equals(condition);
  return isOpClass(condition) ? (op) => op instanceof condition : condition;
}

function isOpClass(condition: OpCondition): condition is abstract new (...args: never[]) => Op {
  return typeof condition === "function" && condition.prototype instanceof Op;
}

const OPERATORS: Readonly<Record<string, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  true_div: "/",
  int_div: "//",
  mod: "%",
  pow: "**",
  neg: "-",
};

const RENAMED: Readonly<Record<string, string>> = { second: "fill" };

/** Elementwise ops: operators, bars for the absolute value, a dtype for a cast, nothing for a copy, else a function. */
const elemwisePrinter: OutputPrinter = (node, inputs, output) => {
  const { op } = node;
  if (!(op instanceof Elemwise)) return defaultPrinter(node, inputs, output);
  const { name } = op.scalar;
  if (name === "identity") return inputs[0];
  if (name === "abs_") return `|${inputs[0]}|`;
  if (name.startsWith("cast_")) return `${output.dtype}(${inputs[0]})`;
  const operator = OPERATORS[name];
  const print = operator === undefined ? functionPrinter(RENAMED[name] ?? name) : operatorPrinter(operator);
  return print(node, inputs, output);
};

const dimshufflePrinter: OutputPrinter = (node, [input]) => {
  const order = node.op instanceof DimShuffle ? node.op.order : [];
  const firstKept = order.findIndex((item) => item !== "x");
  const kept = firstKept < 0 ? [] : order.slice(firstKept);
  const { ndim } = node.inputs[0];
  const matches = (expected: (axis: number) => DimShuffleItem): boolean =>
    kept.length === ndim && kept.every((item, axis) => item === expected(axis));
  if (matches((axis) => axis)) return input;
  if (matches((axis) => ndim - 1 - axis)) return `${input}.T`;
  return `DimShuffle{${kept.join(", ")}}(${input})`;
};

/** `x[int64:, Constant{0}]`: parts by the dtypes of their bounds, positions by their texts, as Theano prints them. */
const subtensorPrinter: OutputPrinter = (node, [x, ...positions]) => {
  if (!(node.op instanceof Subtensor)) return x;
  const remaining = [...positions];
  const places = node.op.entries.map((entry) => {
    if (typeof entry === "string") return remaining.shift() ?? entry;
    const bounds = [entry.start, entry.stop, entry.step];
    remaining.splice(0, bounds.filter((bound) => bound !== null).length);
    const [start, stop, step] = bounds.map((bound) => bound ?? "");
    return `${start}:${stop}${step === "" ? "" : `:${step}`}`;
  });
  return `${x}[${places.join(", ")}]`;
};

/** `[a, b]`. */
const listPrinter: OutputPrinter = (_node, elements) => `[${elements.join(", ")}]`;

/** The printer with the rules for this library's ops; `assign` adds rules to it. */
export const pprinter = new PPrinter();
pprinter.assign(DimShuffle, dimshufflePrinter);
pprinter.assign(Elemwise, elemwisePrinter);
pprinter.assign(Dot, operatorPrinter("\\dot"));
pprinter.assign(Subtensor, subtensorPrinter);
pprinter.assign(MakeVector, listPrinter);
pprinter.assign(Alloc, functionPrinter("alloc"));
pprinter.assign(Join, functionPrinter("join"));

/** Prints a variable as one line of mathematics, or inputs, outputs and updates as a program; its rules can grow. */
export interface PPrint {
  (variable: Variable): string;
  /** See {@link PPrinter.program}. */
  (
    inputs: readonly Variable[],
    outputs: readonly Variable[],
    updates?: readonly (readonly [Variable, Variable])[],
  ): string;
  /** See {@link PPrinter.assign}. */
  assign(condition: OpCondition, print: OutputPrinter): void;
}

function print(...args: Parameters<PPrinter["program"]> | readonly [Variable]): string {
  return args.length === 1 ? pprinter.process(args[0]) : pprinter.program(...args);
}

/** By the rules of {@link pprinter}. */
export const pprint: PPrint = Object.assign(print, {
  assign(condition: OpCondition, printer: OutputPrinter): void {
    pprinter.assign(condition, printer);
  },
});
