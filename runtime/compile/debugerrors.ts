/** DebugMode's exceptions: each has Theano's text, and the same facts as JSON for rich displays. */
import type { Scalar } from "../array/dtype.ts";
import type { NDArray } from "../array/ndarray.ts";
import { showScalar } from "../array/show.ts";
import { TheanoError } from "../base/errors.ts";
import { pyList, pyTuple } from "../base/python.ts";
import { config } from "../config/index.ts";
import type { Apply } from "../graph/apply.ts";
import { debugprint } from "../graph/debugprint.ts";
import { toleranceFor } from "../graph/equality.ts";
import type { Variable } from "../graph/variable.ts";
import { graphToJson, sourceLocation } from "../print/graph.ts";
import type { DebugJson, ReportField, ValueSummaryJson } from "../print/json.ts";
import { compareValues } from "./difference.ts";

/** The part of a report that differs from class to class. */
interface ReportParts {
  readonly title: string;
  readonly node: Apply | null;
  readonly variable: Variable | null;
  readonly fields: readonly ReportField[];
  readonly inputs: readonly ValueSummaryJson[];
  readonly outputs: readonly ValueSummaryJson[];
  readonly hints: readonly string[];
  readonly text: string;
}

/** An inconsistency that DebugMode found; `report` has all of it. */
export class DebugModeError extends TheanoError {
  override readonly name: string;
  /** The node at fault, when there is one. */
  declare readonly applyNode: Apply | null;
  readonly report: DebugJson;

  constructor(kind: string, parts: ReportParts) {
    super(parts.text);
    this.name = kind;
    // Not enumerable: whoever prints or copies an error must not walk the whole graph behind the node.
    Object.defineProperty(this, "applyNode", { value: parts.node });
    const origin = (parts.node ?? parts.variable)?.origin;
    const graphOf = parts.variable ?? parts.node?.outputs[0] ?? null;
    this.report = {
      schema: "theanotes.debug",
      minor: 0,
      kind,
      title: parts.title,
      location: origin === undefined ? undefined : (sourceLocation(origin) ?? undefined),
      op: parts.node === null ? undefined : String(parts.node.op),
      fields: parts.fields,
      inputs: parts.inputs,
      outputs: parts.outputs,
      graph: graphOf === null ? undefined : graphToJson([graphOf]),
      hints: parts.hints,
      text: parts.text,
    };
  }
}

const LONGEST_VALUE = 100;

/** A value that a variable's type does not allow, or that is not finite. */
export interface InvalidValue {
  readonly variable: Variable;
  readonly value: NDArray;
  /** The node that was about to use the value, when it is an input of a node. */
  readonly client: Apply | null;
  readonly clientInputs: readonly NDArray[];
  readonly hint: string;
  readonly specificHint: string;
}

/** Theano's `InvalidValueError`, field by field. */
export function invalidValueError(found: InvalidValue): DebugModeError {
  const { variable, value } = found;
  const { min, max, nanCount } = value.summary();
  // NumPy's extremes of values with a NaN are NaN.
  const [least, greatest] = nanCount > 0 ? [undefined, undefined] : [min, max];
  const whole = String(value);
  const fields: ReportField[] = [
    { label: "type(variable)", value: String(variable.type) },
    { label: "variable", value: String(variable) },
    { label: "type(value)", value: "NDArray" },
    { label: "dtype(value)", value: value.dtype },
    { label: "shape(value)", value: pyTuple(value.shape) },
    { label: "value", value: whole.length > LONGEST_VALUE ? `${whole.slice(0, LONGEST_VALUE)}...` : whole },
    { label: "min(value)", value: extreme(least, value) },
    { label: "max(value)", value: extreme(greatest, value) },
    { label: "isfinite", value: value.isFinite() ? "True" : "False" },
    { label: "client_node", value: found.client === null ? "None" : String(found.client) },
    { label: "hint", value: found.hint },
    { label: "specific_hint", value: found.specificHint },
  ];
  const padded = fields.map(({ label, value: text }) => `        ${label.padEnd(14)} = ${text}\n`).join("");
  const context = debugprint(variable, { prefix: "  ", depth: 12 });
  const node = variable.owner;
  return new DebugModeError("InvalidValueError", {
    title: invalidTitle(found),
    node,
    variable,
    fields,
    inputs: found.clientInputs.map((x, i) => summarize(String(node?.inputs[i] ?? i), x)),
    outputs: [summarize(String(variable), value)],
    hints: invalidHints(found),
    text: `InvalidValueError\n${padded}        context        = ...\n${context}\n        `,
  });
}

/** A minimum or maximum as NumPy prints it; NaN where there is none. */
function extreme(value: Scalar | undefined, { dtype }: NDArray): string {
  return showScalar(value ?? Number.NaN, value === undefined ? "float64" : dtype);
}

function invalidTitle({ variable, value }: InvalidValue): string {
  const what = variable.owner === null ? `the input ${variable}` : `the result of ${variable.owner.op}`;
  const { nanCount, infCount } = value.summary();
  if (nanCount + infCount === 0) return `The value of ${what} does not fit its type ${variable.type}.`;
  const kinds = [nanCount > 0 ? `${nanCount} NaN` : "", infCount > 0 ? `${infCount} infinite` : ""].filter(
    (s) => s !== "",
  );
  return `The value of ${what} is not finite: ${kinds.join(" and ")} of ${value.size} element${value.size === 1 ? "" : "s"}.`;
}

function invalidHints({ variable }: InvalidValue): readonly string[] {
  const op = variable.owner?.op.toString() ?? "";
  const hints = ["To allow NaN and infinities, set the flag DebugMode.check_finite=False."];
  if (op.includes("true_div")) hints.unshift("A division gives inf or nan where its divisor is 0: check the divisor.");
  if (op.includes("log")) hints.unshift("A logarithm gives -inf at 0 and nan below: check its argument.");
  return hints;
}

/** Facts on a value for a report. */
export function summarize(name: string, value: NDArray): ValueSummaryJson {
  const { min, max, nanCount, infCount } = value.summary();
  const text = String(value);
  return {
    name,
    dtype: value.dtype,
    shape: value.shape,
    min: min === undefined ? undefined : extreme(min, value),
    max: max === undefined ? undefined : extreme(max, value),
    nanCount,
    infCount,
    text: text.length > 200 ? `${text.slice(0, 200)}...` : text,
  };
}

/** Two implementations of one node that disagree. */
export interface BadThunk {
  readonly node: Apply;
  readonly output: Variable;
  readonly inputs: readonly NDArray[];
  readonly expected: NDArray;
  readonly value: NDArray;
  readonly firstThunk: string;
  readonly secondThunk: string;
}

/** Inputs of up to this many elements are printed. */
const SHOWN_ELEMENTS = 10;

/** Theano's `BadThunkOutput`. */
export function badThunkOutput(found: BadThunk): DebugModeError {
  const { node, inputs, expected, value } = found;
  const tolerance = toleranceFor(expected, value);
  const fields: ReportField[] = [
    { label: "Apply", value: String(node) },
    { label: "op", value: String(node.op) },
    { label: "Outputs Type", value: String(found.output.type) },
    { label: "Outputs Shape", value: pyTuple(expected.shape) },
    { label: "Outputs Strides", value: pyTuple(expected.byteStrides) },
    { label: "Inputs Type", value: pyList(node.inputs.map((x) => String(x.type))) },
    { label: "Inputs Shape", value: pyList(inputs.map((x) => pyTuple(x.shape))) },
    { label: "Inputs Strides", value: pyList(inputs.map((x) => pyTuple(x.byteStrides))) },
    { label: "Inputs values", value: pyList(inputs.map((x) => (x.size <= SHOWN_ELEMENTS ? x.repr() : "not shown"))) },
    { label: "Bad Variable", value: String(found.output) },
    { label: "thunk1", value: found.firstThunk },
    { label: "thunk2", value: found.secondThunk },
  ];
  const head = fields.map(({ label, value: text }) => `  ${label.padEnd(8)}: ${text}\n`).join("");
  return new DebugModeError("BadThunkOutput", {
    title: `${found.firstThunk} and ${found.secondThunk} disagree on the result of ${node.op}.`,
    node,
    variable: found.output,
    fields,
    inputs: inputs.map((x, i) => summarize(String(node.inputs[i]), x)),
    outputs: [summarize(found.firstThunk, expected), summarize(found.secondThunk, value)],
    hints: [],
    text: `BadThunkOutput\n${head}${compareValues(expected, value)}\n  rtol, atol: ${tolerance.relative} ${tolerance.absolute}\n`,
  });
}

/** A rewrite that changed a value. */
export interface BadReplacement {
  readonly before: Variable;
  readonly after: Variable;
  readonly beforeValue: NDArray;
  readonly afterValue: NDArray;
  readonly reason: string;
  readonly beforeGraph: string;
  readonly afterGraph: string;
}

/** Theano's `BadOptimization`, with names in place of memory addresses. */
export function badOptimization(found: BadReplacement): DebugModeError {
  const fields: ReportField[] = [
    { label: "Variable", value: String(found.after) },
    { label: "Op", value: String(found.after.owner ?? found.after) },
    { label: "Value Type", value: "NDArray" },
    { label: "Old Value shape, dtype, strides", value: layout(found.beforeValue) },
    { label: "Old Value", value: cut(found.beforeValue) },
    { label: "New Value shape, dtype, strides", value: layout(found.afterValue) },
    { label: "New Value", value: cut(found.afterValue) },
    { label: "Reason", value: found.reason },
  ];
  const lines = fields.map(({ label, value }) => `  ${label}: ${value}\n`).join("");
  return new DebugModeError("BadOptimization", {
    title: `The rewrite ${found.reason} changed the result of ${found.before}.`,
    node: found.after.owner ?? found.before.owner,
    variable: found.after,
    fields: [
      ...fields,
      { label: "Old Graph", value: found.beforeGraph },
      { label: "New Graph", value: found.afterGraph },
    ],
    inputs: [],
    outputs: [summarize("old value", found.beforeValue), summarize("new value", found.afterValue)],
    hints: [`Leave the rewrite out with optimizer_excluding=${found.reason}.`],
    text: `BadOptimization Error\n${lines}${compareValues(found.beforeValue, found.afterValue)}  Old Graph:\n${found.beforeGraph}\n  New Graph:\n${found.afterGraph}\n\nHint: relax the tolerance by setting tensor.cmp_sloppy=1\n  or even tensor.cmp_sloppy=2 for less-strict comparison\n`,
  });
}

function layout(x: NDArray): string {
  return `${pyTuple(x.shape)}, ${x.dtype}, ${pyTuple(x.byteStrides)}`;
}

function cut(x: NDArray): string {
  const text = String(x);
  return text.length > 800 ? `${text.slice(0, 800)}...` : text;
}

/** A node that changed an input it did not say it destroys. */
export function badDestroyMap(
  node: Apply,
  index: number,
  before: NDArray,
  after: NDArray,
  implementation: string,
): DebugModeError {
  const fields: ReportField[] = [
    { label: "node", value: String(node) },
    { label: "perform", value: implementation },
    { label: "node.inputs", value: pyList(node.inputs.map(String)) },
    { label: "destroy_map", value: JSON.stringify(node.op.destroys) },
    { label: "changed input idx", value: String(index) },
    { label: "changed input type", value: String(node.inputs[index].type) },
    { label: "repr (old val)", value: before.repr() },
    { label: "repr (new val)", value: after.repr() },
  ];
  return new DebugModeError("BadDestroyMap", {
    title: `${node.op} changed its input ${index}, and its destroy map does not say so.`,
    node,
    variable: null,
    fields,
    inputs: [summarize("before", before), summarize("after", after)],
    outputs: [],
    hints: [],
    text: `BadDestroyMap\n${fields.map(({ label, value }) => `  ${label}: ${value}\n`).join("")}${compareValues(before, after)}`,
  });
}

/** An output that shows memory of inputs, where neither the op's view map nor its destroy map says so. */
export function badViewMap(node: Apply, index: number, output: NDArray, inputs: readonly number[]): DebugModeError {
  const fields: ReportField[] = [
    { label: "node", value: String(node) },
    { label: "node.inputs", value: pyList(node.inputs.map(String)) },
    { label: "node.outputs", value: pyList(node.outputs.map(String)) },
    { label: "view_map", value: JSON.stringify(node.op.views) },
    { label: "destroy_map", value: JSON.stringify(node.op.destroys) },
    { label: "aliased output", value: String(index) },
    { label: "aliased output storage", value: String(output) },
    { label: "aliased to inputs", value: pyList(inputs) },
  ];
  return new DebugModeError("BadViewMap", {
    title: `Output ${index} of ${node.op} shares memory with an input, and its view map does not say so.`,
    node,
    variable: node.outputs[index],
    fields,
    inputs: [],
    outputs: [summarize("value", output)],
    hints: [],
    text: `BadViewMap\n${fields.map(({ label, value }) => `  ${label}: ${value}\n`).join("")}`,
  });
}

/** Two optimizations of the same graph that did not do the same. */
export function stochasticOrder(
  run: number,
  position: number,
  first: string | undefined,
  other: string | undefined,
): DebugModeError {
  const text = [
    "Warning: non-deterministic optimization",
    "(HINT: a rewrite that walks over an unordered collection is the usual cause)",
    "(event index)  (one event trace)  (other event trace)",
    "-".repeat(72),
    first === undefined || other === undefined
      ? `trailing event in optimization 0 : ${run}`
      : `non-equal optimization events 0 : ${run}`,
    `  ${position}  ${first ?? "(none)"}  ${other ?? "(none)"}`,
  ].join("\n");
  return new DebugModeError("StochasticOrder", {
    title: `Optimizing the same graph twice gave different events at position ${position}.`,
    node: null,
    variable: null,
    fields: [
      { label: "event index", value: String(position) },
      { label: "event in optimization 0", value: first ?? "(none)" },
      { label: `event in optimization ${run}`, value: other ?? "(none)" },
    ],
    inputs: [],
    outputs: [],
    hints: [`Fewer runs are compared with DebugMode.patience below ${config.DebugMode.patience}.`],
    text,
  });
}
