/** Scan: a loop over an inner graph. */
import type { NDArray } from "../../array/ndarray.ts";
import { ValueError } from "../../base/errors.ts";
import { Apply } from "../../graph/apply.ts";
import { type Differentiate, type InnerFunction, type InnerGraph, type NoGradient, Op } from "../../graph/op.ts";
import type { Dim, TensorType } from "../../graph/type.ts";
import type { Variable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { shapeI } from "../shape.ts";
import { scanGradient } from "./gradient.ts";
import { outerInputsOf, type ScanInfo, splitInnerInputs, splitInnerOutputs, splitOuterInputs } from "./layout.ts";
import { runScan } from "./run.ts";
import { rowLengths } from "./shapes.ts";
import { graphSignature } from "./signature.ts";

/**
 * Runs its inner graph once per step. `layout.ts` says what the inputs and outputs are. Source of the layout, of the
 * texts and of the rules for gradients: Theano 1.0.5.
 */
export class Scan extends Op {
  readonly family = "Scan";
  readonly info: ScanInfo;
  override readonly inner: InnerGraph;
  /** The states whose buffers are overwritten. */
  readonly overwritten: ReadonlySet<number>;
  override readonly destroys: Readonly<Record<number, number>>;
  /** Constant folding has no backend for the inner graph. */
  override readonly foldable = false;
  #key: string | null = null;

  constructor(
    info: ScanInfo,
    inputs: readonly Variable[],
    outputs: readonly Variable[],
    overwritten: ReadonlySet<number> = new Set(),
  ) {
    super();
    this.info = info;
    this.inner = { inputs, outputs, outerInputs: outerInputsOf(info, inputs.length), optimizer: info.optimizer };
    this.overwritten = overwritten;
    this.destroys = Object.fromEntries([...overwritten].map((state) => [state, 1 + info.sequences + state]));
  }

  get key(): string {
    this.#key ??= `Scan{${JSON.stringify({ ...this.info, optimizer: String(this.info.optimizer) })},${[...this.overwritten]},${graphSignature(this.inner)}}`;
    return this.#key;
  }

  /** `for{cpu,scan_fn}`, `do_while{cpu,NAME}`; in place `forall_inplace,cpu,scan_fn}`, without the brace, as in Theano. */
  toString(): string {
    const { name, isWhile, states } = this.info;
    const loop = isWhile ? "do_while" : "for";
    const tail = `cpu,${name ?? "scan_fn"}}`;
    if (this.overwritten.size === 0) return `${loop}{${tail}`;
    if (this.overwritten.size === states.length) return `${loop}all_inplace,${tail}`;
    return `${loop}{inplace{${[...this.overwritten].map((state) => `${state},`).join("")}},${tail}`;
  }

  override withInner({ inputs, outputs }: InnerGraph): Scan {
    return new Scan(this.info, inputs, outputs, this.overwritten);
  }

  /** A loop over another graph. */
  another(info: ScanInfo, inputs: readonly Variable[], outputs: readonly Variable[]): Scan {
    return new Scan(info, inputs, outputs);
  }

  /** The same loop, working on the buffers of the given states in place. */
  overwriting(states: ReadonlySet<number>): Scan {
    return new Scan(this.info, this.inner.inputs, this.inner.outputs, states);
  }

  /** @throws ValueError when an input and what the inner graph takes or gives differ in dtype, rank or a known length. */
  apply(...inputs: readonly Variable[]): Apply {
    const outer = splitOuterInputs(this.info, inputs);
    const inner = splitInnerInputs(this.info, this.inner.inputs);
    const results = splitInnerOutputs(this.info, this.inner.outputs);
    const asks = (variable: Variable, index: number): string => `${variable} (argument number ${index})`;
    outer.sequences.forEach((sequence, i) => {
      checkRow(`The sequence ${asks(sequence, i)}`, sequence, inner.sequences[i]);
    });
    outer.states.forEach((buffer, i) => {
      const [row] = inner.states[i];
      const inside = row?.name == null ? "" : `, in the step ${row.name},`;
      const what = `The initial state (\`outputs_info\` in scan nomenclature) of variable ${asks(buffer, this.info.sequences + i)}${inside}`;
      for (const read of inner.states[i]) checkRow(what, buffer, read);
      for (const written of results.states[i]) checkWritten(what, buffer, row, written);
    });
    outer.others.forEach((other, i) => {
      checkOther(other, inner.others[i]);
    });
    const rows = [...results.states.map((written, i) => written[0] ?? inner.states[i][0]), ...results.collected];
    return new Apply(this, inputs, rows.map(bufferType));
  }

  /** What a step gives is copied to the rows of states and outputs. */
  override readonly copiesInner = true;

  override performInner(node: Apply, inputs: readonly NDArray[], run: InnerFunction): readonly NDArray[] {
    return runScan(this.info, node, inputs, run, this.overwritten);
  }

  /** States' buffers keep their shapes, unless the loop may end early; of the rows of collected outputs the step tells. */
  override inferShape(node: Apply, inputs: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    const [outer, lengths] = [splitOuterInputs(this.info, node.inputs), splitOuterInputs(this.info, inputs)];
    const inner = splitInnerInputs(this.info, this.inner.inputs);
    const rows = rowLengths(splitInnerOutputs(this.info, this.inner.outputs).collected, inner, outer, lengths);
    const known = [
      ...lengths.states,
      ...rows.map((row, i): (Variable | null)[] => [cast(outer.lengths[i], "int64"), ...row]),
    ];
    return node.outputs.map((output, i) =>
      known[i].map((length, axis) =>
        length === null || (axis === 0 && this.info.isWhile) ? shapeI(output, axis) : length,
      ),
    );
  }

  override gradient(
    node: Apply,
    outputGradients: readonly (Variable | null)[],
    differentiate: Differentiate,
  ): readonly (Variable | NoGradient)[] {
    return scanGradient(this, node, outputGradients, differentiate);
  }
}

const WHERE =
  "When compiling the inner function of scan (the function called by scan in each of its iterations) the following error has been encountered:";

function bufferType(row: Variable): TensorType {
  return row.type.with({ shape: [null, ...row.type.shape] });
}

function checkRow(what: string, outer: Variable, row: Variable): void {
  if (outer.dtype === row.dtype && outer.ndim === row.ndim + 1) return;
  throw new ValueError(
    `${WHERE} ${what} has dtype ${outer.dtype} and ${outer.ndim} dimension(s), while the corresponding variable of the inner function has dtype ${row.dtype} and ${row.ndim} dimension(s). It must have the same dtype and one dimension less.`,
  );
}

function checkWritten(what: string, buffer: Variable, row: Variable | undefined, written: Variable): void {
  if (buffer.dtype !== written.dtype)
    throw new ValueError(
      `${WHERE} ${what} has dtype ${buffer.dtype}, while the result of the inner function (\`fn\`) has dtype ${written.dtype}. This can happen if the inner function of scan results in an upcast or downcast; cast the initial state or the result, for example with T.cast(result, "${buffer.dtype}").`,
    );
  if (buffer.ndim !== written.ndim + 1)
    throw new ValueError(
      `${WHERE} ${what} has ${buffer.ndim} dimension(s), while the corresponding variable in the result of the inner function of scan (\`fn\`) has ${written.ndim} dimension(s) (it should be one less than the initial state). The first dimension of the initial state counts the previous steps; add or take away a dimension of one of the two.`,
    );
  const lengths = row?.type.shape ?? [];
  if (lengths.some((length, axis) => differ(length, written.type.shape[axis])))
    throw new ValueError(
      `${WHERE} ${what} has rows of shape ${row?.type.shapeText}, while the result of the inner function (\`fn\`) has the shape ${written.type.shapeText}. The shape of an output must stay the same from step to step.`,
    );
}

/** Whether two lengths are known to be different. */
function differ(a: Dim, b: Dim): boolean {
  return a !== null && b !== null && a !== b;
}

function checkOther(outer: Variable, inner: Variable): void {
  if (outer.dtype === inner.dtype && outer.ndim === inner.ndim) return;
  throw new ValueError(
    `${WHERE} The non-sequence ${outer} is of type ${outer.type}, while the corresponding variable of the inner function is of type ${inner.type}.`,
  );
}
