/**
 * A graph as Graphviz DOT, drawn as Theano's `pydotprint` draws it: ellipses are ops, boxes variables. Edges carry the
 * position of the input and the type; a blue edge is a view, a red one an input that is overwritten.
 */
import { KeyError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import { SharedVariable } from "../graph/shared.ts";
import { TensorConstant, TensorVariable, type Variable } from "../graph/variable.ts";
import { ancestors, toposort } from "../graph/walk.ts";
import { IfElse } from "../ops/ifelse.ts";

/** Fill colours by what the name of an op's family contains, and that of outputs. Source: Theano 1.0.5. */
export const DEFAULT_COLOR_CODES: Readonly<Record<string, string>> = {
  GpuFromHost: "red",
  HostFromGpu: "red",
  Scan: "yellow",
  Shape: "brown",
  IfElse: "magenta",
  Elemwise: "#FFAABB",
  Subtensor: "#FFAAFF",
  Alloc: "#FFAA22",
  Output: "blue",
};

/** What the nodes of a function cost. */
export interface DotProfile {
  readonly seconds: ReadonlyMap<Apply, number>;
  /** Seconds in all calls of the function. */
  readonly total: number;
}

export interface DotOptions {
  /** The name of the drawing. */
  readonly name?: string;
  /** Leave out computed variables without a name that are no outputs; default true. */
  readonly compact?: boolean;
  /** Behind every op, its position in execution order. */
  readonly withIds?: boolean;
  /** Fill shapes with their colours (default), or draw only their borders in them. */
  readonly highContrast?: boolean;
  /** The name of an `ifelse`: boxes show what only one of its branches computes, and what both do. */
  readonly condHighlight?: string;
  /** Colours by a part of the name of an op's family, and of outputs; default {@link DEFAULT_COLOR_CODES}. */
  readonly colorCodes?: Readonly<Record<string, string>>;
  /** Longer labels are cut; default 70 characters. */
  readonly maxLabelSize?: number;
  /** Draw the graphs inside of scans, each in a box of its own. */
  readonly scanGraphs?: boolean;
  /** Label variables that have a name by it alone, without their type. */
  readonly varWithNameSimple?: boolean;
  /** Variables to draw as shared: their values live on between calls. */
  readonly shared?: ReadonlySet<Variable>;
  readonly profile?: DotProfile;
}

/** What can be drawn: what one variable, node, list of variables or FunctionGraph is computed from. */
export type Drawable = FunctionGraph | Variable | Apply | readonly Variable[];

/** @throws KeyError when no `ifelse` has the name to highlight. */
export function graphToDot(graph: Drawable, options: DotOptions = {}): string {
  return [
    `digraph ${quote(options.name ?? "graph")} {`,
    "  rankdir=TB;",
    ...new Drawing(partsOf(graph), options, "").lines().map((line) => `  ${line}`),
    "}",
    "",
  ].join("\n");
}

interface Parts {
  readonly outputs: readonly Variable[];
  readonly order: readonly Apply[];
  /** The inputs that outputs give a new value to. */
  readonly updates: ReadonlyMap<Variable, Variable>;
}

function partsOf(graph: Drawable): Parts {
  if (graph instanceof FunctionGraph) {
    const updates = new Map([...graph.updates].map(([output, input]) => [graph.outputs[output], graph.inputs[input]]));
    return { outputs: graph.outputs, order: graph.toposort(), updates };
  }
  const outputs = graph instanceof TensorVariable ? [graph] : graph instanceof Apply ? graph.outputs : graph;
  return { outputs, order: toposort(outputs), updates: new Map() };
}

type Attributes = Readonly<Record<string, string>>;

class Drawing {
  readonly #parts: Parts;
  readonly #options: DotOptions;
  /** Starts the names of the shapes, so that drawings inside of drawings have their own. */
  readonly #prefix: string;
  readonly #colors: Readonly<Record<string, string>>;
  readonly #outputs: ReadonlySet<Variable>;
  readonly #used: ReadonlySet<Variable>;
  readonly #positions: ReadonlyMap<Apply, number>;
  readonly #names = new Map<Variable, string>();
  readonly #labels = new Set<string>();
  readonly #boxes = new Set<Variable>();
  readonly #lines: string[] = [];

  constructor(parts: Parts, options: DotOptions, prefix: string) {
    this.#parts = parts;
    this.#options = options;
    this.#prefix = prefix;
    this.#colors = options.colorCodes ?? DEFAULT_COLOR_CODES;
    this.#outputs = new Set(parts.outputs);
    this.#used = new Set(parts.order.flatMap((node) => node.inputs));
    this.#positions = new Map(parts.order.map((node, position) => [node, position]));
  }

  /** The statements of the graph. */
  lines(): readonly string[] {
    const { order, outputs, updates } = this.#parts;
    // Labels of variables first: an op of the same label gets its position behind it.
    for (const variable of this.#shown()) this.#labels.add(this.#label(variable));
    for (const node of order) this.#node(node);
    for (const output of outputs) if (output.owner === null) this.#leaf(output);
    for (const [value, target] of updates)
      this.#edge(this.#name(value), this.#name(target), { label: "UPDATE", color: this.#outputColor });
    return [...this.#lines, ...this.#branches(), ...this.#innerGraphs()];
  }

  get #outputColor(): string {
    return this.#colors.Output ?? DEFAULT_COLOR_CODES.Output;
  }

  /** The variables that get a box. */
  #shown(): Variable[] {
    const { order, outputs } = this.#parts;
    const leaves = [...order.flatMap((node) => node.inputs), ...outputs].filter(({ owner }) => owner === null);
    return [...leaves, ...order.flatMap((node) => node.outputs.filter((output) => this.#hasBox(output)))];
  }

  #hasBox(output: Variable): boolean {
    const { compact = true } = this.#options;
    return this.#outputs.has(output) || !this.#used.has(output) || output.name !== null || !compact;
  }

  #node(node: Apply): void {
    const name = this.#nodeName(node);
    const family = Object.keys(this.#colors).find((part) => node.op.family.includes(part));
    const color = family === undefined ? {} : this.#fill(this.#colors[family]);
    this.#shape(name, { label: this.#nodeLabel(node), shape: "ellipse", ...color });
    node.inputs.forEach((input, position) => {
      this.#inputEdge(node, input, position);
    });
    for (const output of node.outputs) if (this.#hasBox(output)) this.#outputBox(node, output);
  }

  #inputEdge(node: Apply, input: Variable, position: number): void {
    const number = node.inputs.length > 1 ? String(position) : "";
    const uses = (map: Readonly<Record<number, number>>): boolean => Object.values(map).includes(position);
    const color = uses(node.op.views) ? this.#outputColor : uses(node.op.destroys) ? "red" : undefined;
    const colored: Attributes = color === undefined ? {} : { color };
    if (input.owner === null) this.#leaf(input);
    if (input.owner === null || this.#hasBox(input)) {
      this.#edge(this.#name(input), this.#nodeName(node), { ...(number === "" ? {} : { label: number }), ...colored });
    } else {
      const label = this.#cut(`${number} ${input.type}`.trim());
      this.#edge(this.#nodeName(input.owner), this.#nodeName(node), { label, ...colored });
    }
  }

  #outputBox(node: Apply, output: Variable): void {
    const number = node.outputs.length > 1 ? String(output.index) : "";
    const isResult = this.#outputs.has(output);
    const isUsed = this.#used.has(output);
    const typed = !isResult && isUsed && this.#options.compact !== false;
    const label = this.#cut((typed ? `${number} ${output.type}` : number).trim());
    this.#edge(this.#nodeName(node), this.#name(output), label === "" ? {} : { label });
    const color = isResult ? this.#fill(this.#outputColor) : isUsed ? {} : this.#fill("grey");
    this.#shape(this.#name(output), { label: this.#label(output), shape: "box", ...color });
  }

  #leaf(variable: Variable): void {
    if (this.#boxes.has(variable)) return;
    this.#boxes.add(variable);
    const isShared = variable instanceof SharedVariable || this.#options.shared?.has(variable) === true;
    const color = this.#fill(isShared ? "cyan" : "green");
    this.#shape(this.#name(variable), { label: this.#label(variable), shape: "box", ...color });
  }

  #fill(color: string): Attributes {
    return this.#options.highContrast === false ? { color } : { style: "filled", fillcolor: color };
  }

  #shape(name: string, attributes: Attributes): void {
    this.#lines.push(`${name} [${attributesText(attributes)}];`);
  }

  #edge(from: string, to: string, attributes: Attributes): void {
    const text = attributesText(attributes);
    this.#lines.push(`${from} -> ${to}${text === "" ? "" : ` [${text}]`};`);
  }

  #name(variable: Variable): string {
    const known = this.#names.get(variable);
    if (known !== undefined) return known;
    const name = `${this.#prefix}v${this.#names.size}`;
    this.#names.set(variable, name);
    return name;
  }

  #nodeName(node: Apply): string {
    return `${this.#prefix}n${this.#positions.get(node)}`;
  }

  /** `name=x TensorType(…)`, `val=1.5 TensorType(…)`, or the type. */
  #label(variable: Variable): string {
    const { type } = variable;
    const isSimple = this.#options.varWithNameSimple === true;
    const target = this.#parts.updates.get(variable);
    if (variable.name !== null) return this.#cut(isSimple ? variable.name : `name=${variable.name} ${type}`);
    if (variable instanceof TensorConstant) return this.#cut(`val=${String(variable.value).split("\n", 1)[0]} ${type}`);
    if (target !== undefined && target.name !== null) return this.#cut(`${target.name}${isSimple ? "" : ` ${type}`}`);
    return this.#cut(String(type));
  }

  #nodeLabel(node: Apply): string {
    const { profile, withIds = false } = this.#options;
    const seconds = profile?.seconds.get(node) ?? 0;
    const percent = profile === undefined || profile.total === 0 ? 0 : (seconds / profile.total) * 100;
    const cost = profile === undefined ? "" : `   (${seconds.toFixed(3)}s,${percent.toFixed(3)}%)`;
    const label = this.#cut(`${node.op}${cost}`);
    const id = ` id=${this.#positions.get(node)}`;
    const unique = withIds || this.#labels.has(label) ? `${this.#cut(label, id.length)}${id}` : label;
    this.#labels.add(unique);
    return unique;
  }

  #cut(label: string, reserved = 0): string {
    const room = (this.#options.maxLabelSize ?? 70) - reserved;
    return label.length > room ? `${label.slice(0, Math.max(room - 3, 0))}...` : label;
  }

  /** Boxes around what the branches of the highlighted `ifelse` need. */
  #branches(): string[] {
    const { condHighlight } = this.#options;
    if (condHighlight === undefined) return [];
    const op = (node: Apply): IfElse | null => (node.op instanceof IfElse ? node.op : null);
    const node = this.#parts.order.find((one) => op(one)?.name === condHighlight);
    const count = node === undefined ? 0 : (op(node)?.count ?? 0);
    if (node === undefined)
      throw new KeyError(
        `No ifelse of the graph has the name '${condHighlight}'; the names are: ${this.#parts.order.flatMap((one) => op(one)?.name ?? []).join(", ") || "none"}.`,
      );
    const [left, right] = [node.inputs.slice(1, 1 + count), node.inputs.slice(1 + count)].map(nodesAbove);
    return [
      ...this.#cluster(
        "Left",
        [...left].filter((one) => !right.has(one)),
      ),
      ...this.#cluster(
        "Right",
        [...right].filter((one) => !left.has(one)),
      ),
      ...this.#cluster(
        "Middle",
        [...left].filter((one) => right.has(one)),
      ),
    ];
  }

  #cluster(label: string, nodes: readonly Apply[]): string[] {
    const names = nodes.map((node) => `${this.#nodeName(node)};`).join(" ");
    return nodes.length === 0 ? [] : [`subgraph cluster_${this.#prefix}${label} { label=${quote(label)}; ${names} }`];
  }

  #innerGraphs(): string[] {
    if (this.#options.scanGraphs !== true) return [];
    const { condHighlight: _, profile: __, ...options } = this.#options;
    return this.#parts.order.flatMap((node) => {
      const { inner } = node.op;
      if (inner === undefined) return [];
      const name = this.#nodeName(node);
      const drawing = new Drawing(partsOf(inner.outputs), options, `${name}_`);
      const lines = drawing.lines().map((line) => `  ${line}`);
      return [`subgraph cluster_${name} {`, `  label=${quote(this.#cut(String(node.op)))};`, ...lines, "}"];
    });
  }
}

function nodesAbove(variables: readonly Variable[]): Set<Apply> {
  return new Set(ancestors(variables).flatMap(({ owner }) => owner ?? []));
}

function attributesText(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(", ");
}

function quote(text: string): string {
  return `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`;
}
