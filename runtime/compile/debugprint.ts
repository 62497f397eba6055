import { inspect } from "node:util";
import { NDArray } from "../array/ndarray.ts";
import { showArray } from "../array/show.ts";
import { Apply } from "../graph/apply.ts";
import { type DebugPrintable, type DebugPrintOptions, debugprint } from "../graph/debugprint.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import { ScalarConstant } from "../graph/scalartype.ts";
import { TensorConstant, TensorVariable, type Variable } from "../graph/variable.ts";
import { ancestors } from "../graph/walk.ts";
import { type Cell, Container } from "./container.ts";
import { isTheanoFunction, type TheanoFunction } from "./executable.ts";
import { In, Out } from "./io.ts";

/** What `debugprint` takes: graphs, functions, values, and lists or sets of them. */
export type Printable =
  | Exclude<DebugPrintable, readonly unknown[]>
  | TheanoFunction
  | In
  | Out
  | NDArray
  | number
  | bigint
  | boolean
  | readonly Printable[]
  | ReadonlySet<Printable>;

export interface PrintOptions extends DebugPrintOptions {
  /** Behind each variable of a function, what its cell holds between calls: `[array([1.])]`, or `[None]`. */
  readonly printStorage?: boolean;
  /** Where to write the text as well, such as `process.stdout`; `"str"`, the default, is nowhere. */
  readonly file?: "str" | { write(text: string): unknown };
}

/**
 * A graph as indented text in Theano's format. A compiled function prints its optimized graph with positions in
 * execution order; numbers and arrays print themselves, before all graphs.
 * @throws TypeError for an object of another kind, or when `depth` is not an integer; ValueError for unknown `ids`.
 */
export function debugprintAny(obj: Printable, options: PrintOptions = {}): string {
  const { printStorage = false, file = "str", ...rest } = options;
  const items = itemsOf(obj);
  const values = items.flatMap((item) => valueText(item) ?? []);
  const graphs = items.flatMap((item) => graphOf(item) ?? []);
  const functions = printStorage ? items.filter(isTheanoFunction) : [];
  const storage = new Map([...(options.storage ?? []), ...functions.flatMap((f) => [...storageOf(f)])]);
  const text = values.map((value) => `${value}\n`).join("") + debugprint(graphs, { ...rest, storage });
  if (file !== "str") file.write(text);
  return text;
}

type Item = Exclude<Printable, readonly Printable[] | ReadonlySet<Printable>>;

function itemsOf(obj: Printable): Item[] {
  if (isCollection(obj)) return [...obj].flatMap(itemsOf);
  if (valueText(obj) === null && graphOf(obj) === null)
    throw new TypeError(
      `debugprint cannot print an object of this type: ${inspect(obj, { depth: 0 })}. It prints variables, Apply nodes, functions, FunctionGraphs, In and Out, numbers, arrays, and lists of these.`,
    );
  return [obj];
}

function isCollection(obj: Printable): obj is readonly Printable[] | ReadonlySet<Printable> {
  return Array.isArray(obj) || obj instanceof Set;
}

function valueText(item: Item): string | null {
  if (item instanceof NDArray) return showArray(item, "str");
  return ["number", "bigint", "boolean"].includes(typeof item) ? String(item) : null;
}

function graphOf(item: Item): Variable | Apply | FunctionGraph | null {
  if (item instanceof TensorVariable || item instanceof Apply || item instanceof FunctionGraph) return item;
  if (item instanceof In || item instanceof Out) return item.variable;
  return isTheanoFunction(item) ? item.fgraph : null;
}

/** The cells of a function's variables; a program keeps computed values and arguments only while it runs. */
function storageOf({ fgraph, executable }: TheanoFunction): ReadonlyMap<Variable, string> {
  const { inputs, shared } = executable.parts;
  // The graph's inputs are those that calls give, then the shared variables.
  const cells: readonly (Cell | null)[] = [...inputs.map(({ cell }) => cell), ...shared];
  const variables = ancestors([...fgraph.outputs, ...fgraph.inputs]);
  const storage = new Map(variables.map((variable) => [variable, `[${constantText(variable)}]`]));
  fgraph.inputs.forEach((input, i) => {
    storage.set(input, `[${cellText(cells[i])}]`);
  });
  return storage;
}

function constantText(variable: Variable): string {
  if (!(variable instanceof TensorConstant)) return "None";
  return variable instanceof ScalarConstant ? showArray(variable.value, "str") : showArray(variable.value, "repr");
}

function cellText(cell: Cell | null): string {
  if (cell === null || (cell instanceof Container && !cell.isSet)) return "None";
  return showArray(cell.getValue({ borrow: true }), "repr");
}
