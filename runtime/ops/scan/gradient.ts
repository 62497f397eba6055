/**
 * The gradient of a Scan is another Scan, which runs over the steps in reverse. What each state's rows contribute is
 * accumulated in a buffer of the state's shape, read and written at several places (`mitMot`); what the non-sequences
 * get is added up in a state of its own; the gradients of the sequences are collected. Source of the arrangement:
 * Theano 1.0.5, whose printed graphs show it.
 */
import { type DType, isContinuous } from "../../array/dtype.ts";
import type { Apply } from "../../graph/apply.ts";
import { gradientDType } from "../../graph/floatx.ts";
import { DISCONNECTED, type Differentiate, type NoGradient } from "../../graph/op.ts";
import { shareTestValue } from "../../graph/testvalue.ts";
import { TensorConstant, TensorVariable, type Variable } from "../../graph/variable.ts";
import { cloneGraph, toposort } from "../../graph/walk.ts";
import { zeros, zerosLike } from "../alloc.ts";
import { cast } from "../cast.ts";
import { applyElemwise } from "../elemwise.ts";
import { slice } from "../indexing.ts";
import { join } from "../join.ts";
import { lengthsOf, shape } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import {
  joinInnerInputs,
  joinInnerOutputs,
  joinOuterInputs,
  leadOf,
  type OuterInputs,
  type OuterOutputs,
  type ScanInfo,
  SIT_SOT,
  type State,
  splitInnerInputs,
  splitInnerOutputs,
  splitOuterInputs,
  splitOuterOutputs,
} from "./layout.ts";
import type { Scan } from "./op.ts";

/** A Scan node with what its gradient needs of it. */
interface Forward {
  readonly info: ScanInfo;
  readonly inputs: OuterInputs<Variable>;
  readonly outputs: OuterOutputs<Variable>;
  /** Null where the cost does not depend on an output, or the output is discrete. */
  readonly gradients: OuterOutputs<Variable | null>;
  /** The states whose rows have gradients. */
  readonly active: readonly number[];
  /** How many steps were run, and of these how many gradients go back. */
  readonly steps: Variable;
  readonly gradientSteps: Variable;
}

/** The derivatives of one step: the gradients of its inputs, in terms of those of its outputs. */
interface StepGradient {
  /** Stand for the gradients of the rows that states write. */
  readonly written: readonly (readonly Variable[])[];
  /** Stand for the gradients of the collected outputs; null as there. */
  readonly collected: readonly (Variable | null)[];
  /** Stand for the values that the step computed, which its derivatives use again; not those of `mitMot` states. */
  readonly values: readonly Variable[];
  readonly sequences: readonly Part[];
  readonly states: readonly (readonly Part[])[];
  readonly others: readonly Part[];
}

/** What one input of the step gets: zeros where there is a reason that it has no gradient. */
interface Part {
  readonly gradient: Variable;
  readonly missing: NoGradient | null;
}

/** The gradients of the inputs of a Scan node. */
export function scanGradient(
  op: Scan,
  node: Apply,
  outputGradients: readonly (Variable | null)[],
  differentiate: Differentiate,
): readonly (Variable | NoGradient)[] {
  const forward = forwardOf(op.info, node, outputGradients);
  const step = stepGradient(op, forward, differentiate);
  // What later steps get from a state flows on through all of earlier ones, so that one hole leaves nothing defined.
  const hole = step.states.flat().find(({ missing }) => missing?.kind === "undefined")?.missing ?? null;
  if (hole !== null) return node.inputs.map(() => hole);
  const accumulators = forward.active.map((i) => accumulator(op.info.states[i], step.written[i], step.states[i]));
  const sums = step.others.map(({ gradient }) => sumState(gradient));
  const inner = splitInnerInputs(op.info, op.inner.inputs);
  const reverseInputs = joinInnerInputs({
    sequences: [
      ...inner.sequences,
      ...inner.states.flat(),
      ...step.collected.filter((g) => g !== null),
      ...step.values,
    ],
    states: [...accumulators.map(({ inputs }) => inputs), ...sums.map(({ input }) => [input])],
    others: inner.others,
  });
  const reverseOutputs = joinInnerOutputs({
    states: [...accumulators.map(({ outputs }) => outputs), ...sums.map(({ output }) => [output])],
    collected: step.sequences.map(({ gradient }) => gradient),
    condition: null,
  });
  const sequences = reversedSequences(forward);
  const info: ScanInfo = {
    name: `grad_of_${op.info.name ?? "scan_fn"}`,
    sequences: sequences.length,
    states: [...accumulators.map(({ state }) => state), ...sums.map(() => SIT_SOT)],
    collected: op.info.sequences,
    isWhile: false,
    truncateGradient: op.info.truncateGradient,
    optimizer: op.info.optimizer,
  };
  const reverseNode = op.another(info, reverseInputs, reverseOutputs).apply(
    ...joinOuterInputs({
      steps: forward.gradientSteps,
      sequences,
      states: [
        ...forward.active.map((i) => accumulatorBuffer(forward, i, step.written[i][0].dtype)),
        ...sums.map(({ input }, i) => sumBuffer(forward, input, i)),
      ],
      lengths: step.sequences.map(() => (op.info.isWhile ? forward.steps : forward.inputs.steps)),
      others: forward.inputs.others,
    }),
  );
  return inputGradients(forward, step, splitOuterOutputs(info, reverseNode.outputs));
}

function forwardOf(info: ScanInfo, node: Apply, outputGradients: readonly (Variable | null)[]): Forward {
  const inputs = splitOuterInputs(info, node.inputs);
  const outputs = splitOuterOutputs(info, node.outputs);
  const known = outputGradients.map((g, i) => (isContinuous(node.outputs[i].dtype) ? g : null));
  const steps = stepsRun(info, inputs, outputs);
  const { truncateGradient } = info;
  const gradientSteps = truncateGradient === -1 ? steps : applyElemwise("minimum", steps, truncateGradient);
  const active = info.states.map((_, i) => i).filter((i) => isContinuous(inputs.states[i].dtype));
  return { info, inputs, outputs, gradients: splitOuterOutputs(info, known), active, steps, gradientSteps };
}

/** The number of steps that were run, from the length of an output: a condition may have ended the loop. */
function stepsRun(info: ScanInfo, inputs: OuterInputs<Variable>, outputs: OuterOutputs<Variable>): Variable {
  const rowsOf = (output: Variable): Variable => subtensor(shape(output), 0);
  if (outputs.collected.length > 0) return rowsOf(outputs.collected[0]);
  for (const kind of ["sitSot", "mitSot"] as const) {
    const at = info.states.findIndex((state) => state.kind === kind);
    if (at >= 0) return applyElemwise("sub", rowsOf(outputs.states[at]), leadOf(info.states[at]));
  }
  return inputs.steps;
}

function stepGradient(op: Scan, { info, gradients }: Forward, differentiate: Differentiate): StepGradient {
  const results = splitInnerOutputs(info, op.inner.outputs);
  const written = results.states.map((values) => values.map((x) => blank(x, gradientDType(x.dtype))));
  const collected = gradients.collected.map((g, i) => (g === null ? null : blank(results.collected[i], g.dtype)));
  const known = new Map<Variable, Variable>();
  const add = (output: Variable, gradient: Variable | null): void => {
    if (gradient === null || !isContinuous(output.dtype)) return;
    const before = known.get(output);
    known.set(output, before === undefined ? gradient : applyElemwise("add", before, gradient));
  };
  results.states.forEach((values, i) => {
    values.forEach((x, k) => {
      add(x, written[i][k]);
    });
  });
  results.collected.forEach((x, i) => {
    add(x, collected[i]);
  });

  const kept = [...results.states.filter((_, i) => info.states[i].kind !== "mitMot").flat(), ...results.collected];
  const values = kept.map((x) => blank(x));
  const replacements = new Map<Variable, Variable>();
  kept.forEach((x, i) => {
    if (!(x instanceof TensorConstant) && !replacements.has(x)) replacements.set(x, values[i]);
  });

  const found = differentiate(known, op.inner.inputs);
  replaceTwins(
    found.flatMap((one) => ("kind" in one ? [] : [one])),
    kept,
    replacements,
  );
  const parts = op.inner.inputs.map((x, i) => partOf(x, found[i], replacements));
  return { written, collected, values, ...splitInnerInputs(info, parts) };
}

/** Derivatives compute some values of the step anew, as that of tanh does: those too are what the step computed. */
function replaceTwins(
  derivatives: readonly Variable[],
  kept: readonly Variable[],
  replacements: Map<Variable, Variable>,
): void {
  const isTwin = (a: Apply, b: Apply): boolean =>
    a.op.key === b.op.key && a.inputs.every((input, i) => input === b.inputs[i]);
  for (const node of toposort(derivatives)) {
    for (const { owner } of kept) {
      if (owner === null || owner === node || !isTwin(owner, node)) continue;
      node.outputs.forEach((output, i) => {
        const value = replacements.get(owner.outputs[i]);
        if (value !== undefined) replacements.set(output, value);
      });
    }
  }
}

/** A leaf that stands for a value like another. */
function blank(like: Variable, dtype: DType = like.dtype): Variable {
  return shareTestValue(new TensorVariable(like.type.with({ dtype })), like);
}

/** In the derivative, the values that the step computed are taken from the forward Scan instead of computed again. */
function partOf(x: Variable, found: Variable | NoGradient, replacements: ReadonlyMap<Variable, Variable>): Part {
  if (!isContinuous(x.dtype)) return { gradient: zerosLike(x), missing: DISCONNECTED };
  if ("kind" in found) return { gradient: zerosLike(x), missing: found };
  return { gradient: cloneGraph([cast(found, x.dtype)], new Map(replacements))[0], missing: null };
}

/** A state of the reverse Scan, with what stands for it in its inner graph. */
interface Accumulator {
  readonly state: State;
  readonly inputs: readonly Variable[];
  readonly outputs: readonly Variable[];
}

/**
 * Runs through the gradient of a state's buffer. A step reads the gradients of the rows that the forward step wrote, and
 * adds to those of the rows that it read. A row that the forward step both read and wrote had another value before: its
 * gradient is replaced, not added to.
 */
function accumulator(state: State, written: readonly Variable[], parts: readonly Part[]): Accumulator {
  const reads = state.writes.map((tap) => -tap);
  const inputs = [...written];
  const outputs = state.reads.map((tap, i) => {
    const gradient = cast(parts[i].gradient, written[0].dtype);
    if (state.writes.includes(tap)) return gradient;
    const before = blank(written[0]);
    reads.push(-tap);
    inputs.push(before);
    return applyElemwise("add", gradient, before);
  });
  return { state: { kind: "mitMot", reads, writes: state.reads.map((tap) => -tap) }, inputs, outputs };
}

/** A sum over all steps, as a state. */
function sumState(gradient: Variable): { readonly input: Variable; readonly output: Variable } {
  const input = blank(gradient);
  return { input, output: applyElemwise("add", gradient, input) };
}

/** The gradient of a state's buffer before the reverse steps. */
function accumulatorBuffer({ info, outputs, gradients }: Forward, i: number, dtype: DType): Variable {
  const g = gradients.states[i];
  if (g !== null) return backwards(g);
  const output = outputs.states[i];
  return info.states[i].kind === "sitSot" ? zeros(shape(output), { dtype }) : zerosLike(output, { dtype });
}

function sumBuffer({ inputs, gradientSteps }: Forward, { dtype }: Variable, i: number): Variable {
  return zeros([applyElemwise("add", gradientSteps, 1), ...lengthsOf(inputs.others[i])], { dtype });
}

function backwards(x: Variable): Variable {
  return subtensor(x, slice(null, null, -1));
}

/** What the reverse steps read: sequences, states' rows, gradients of collected outputs, values; latest step first. */
function reversedSequences({ info, inputs, outputs, gradients, steps, gradientSteps }: Forward): Variable[] {
  const rows = info.states.flatMap((state, i) => rowsRead(state, outputs.states[i]));
  const lasting = info.states.flatMap((state, i) =>
    state.kind === "mitMot" ? [] : subtensor(backwards(outputs.states[i]), slice(null, -leadOf(state))),
  );
  return [
    ...inputs.sequences.map((x) => backwards(info.isWhile ? subtensor(x, slice(null, steps)) : x)),
    ...rows,
    ...gradients.collected.filter((g) => g !== null).map(backwards),
    ...lasting,
    ...outputs.collected.map(backwards),
  ].map((x) => subtensor(x, slice(null, gradientSteps)));
}

/** For each tap, the rows that the forward steps read there, latest first. */
function rowsRead({ kind, reads, writes }: State, buffer: Variable): Variable[] {
  if (kind === "sitSot") return [backwards(subtensor(buffer, slice(null, -1)))];
  const first = Math.min(...reads);
  const last = Math.max(...reads, ...writes);
  return reads.map((tap) => backwards(subtensor(buffer, slice(tap - first, tap === last ? null : tap - last))));
}

function inputGradients(
  forward: Forward,
  step: StepGradient,
  results: OuterOutputs<Variable>,
): readonly (Variable | NoGradient)[] {
  const { inputs, active } = forward;
  const sums = results.states.slice(active.length);
  return joinOuterInputs<Variable | NoGradient>({
    steps: DISCONNECTED,
    sequences: step.sequences.map(({ missing }, i) => missing ?? inOrder(forward, results.collected[i])),
    states: step.states.map((parts, i) => {
      const isConnected = active.includes(i) && parts.some(({ missing }) => missing === null);
      return isConnected ? inOrder(forward, results.states[active.indexOf(i)]) : DISCONNECTED;
    }),
    lengths: inputs.lengths.map(() => DISCONNECTED),
    others: step.others.map(({ missing }, i) => missing ?? subtensor(sums[i], -1)),
  });
}

/** Earliest step first; for the steps that a condition cut off there are zeros. */
function inOrder({ info, inputs, steps }: Forward, x: Variable): Variable {
  const forwards = backwards(x);
  if (!info.isWhile) return forwards;
  const missing = applyElemwise("sub", inputs.steps, steps);
  return join(0, forwards, zeros([missing, ...lengthsOf(x).slice(1)], { dtype: x.dtype }));
}
