/**
 * `scanCheckpoints`: a scan that keeps only every n-th step. It is a scan over scans, and its gradient runs each inner one
 * again, so that with N steps and one checkpoint every k it needs memory for N/k + k steps. Source of the idea: Theano 1.0.5.
 */
import { RuntimeError, ValueError } from "../../base/errors.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { ones, zeros } from "../alloc.ts";
import { cast } from "../cast.ts";
import { applyElemwise } from "../elemwise.ts";
import { setSubtensor } from "../incsubtensor.ts";
import { join } from "../join.ts";
import { reshape } from "../reshape.ts";
import { lengthsOf, shape } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import type { OutputInfo } from "./outputs.ts";
import { listOf, type OneOrMore, type ScanOutputs, type ScanUpdates, type StepFunction, scanList } from "./scan.ts";
import type { StepResult } from "./step.ts";

export interface CheckpointOptions {
  /** Tensors whose rows the steps take; no taps. */
  readonly sequences?: OneOrMore<TensorLike> | null;
  /** For each output its value before the first step, or null for one that no step reads; no taps. */
  readonly outputsInfo?: OneOrMore<TensorLike | null> | null;
  readonly nonSequences?: OneOrMore<TensorLike> | null;
  readonly nSteps?: TensorLike | null;
  /** One step in how many is kept; default 10. */
  readonly saveEveryN?: number;
  /** Fill up the sequences to a multiple of `saveEveryN` (default true); false where their lengths are one already. */
  readonly padding?: boolean;
  readonly name?: string;
}

/**
 * As `scan`, but the outputs have only every `saveEveryN`-th step and the last one.
 * @throws RuntimeError for taps; ValueError when `saveEveryN` is no positive integer or no number of steps is known.
 */
export function scanCheckpoints<const R extends StepResult>(
  fn: (...args: TensorVariable[]) => R,
  options: CheckpointOptions,
): [outputs: ScanOutputs<R>, updates: ScanUpdates];
export function scanCheckpoints(
  fn: StepFunction,
  options: CheckpointOptions,
): [outputs: unknown, updates: ScanUpdates] {
  const { saveEveryN = 10, name = "checkpointscan_fn" } = options;
  if (!Number.isInteger(saveEveryN) || saveEveryN < 1)
    throw new ValueError(`saveEveryN must be a positive integer, got ${saveEveryN}.`);
  const sequences = listOf<TensorLike>(options.sequences).map((x) => asTensor(x));
  const starts = listOf<TensorLike | null>(options.outputsInfo).map(withoutTaps);
  const nonSequences = listOf<TensorLike>(options.nonSequences).map((x) => asTensor(x));
  const steps = numberOfSteps(options.nSteps ?? null, sequences);
  const lengths = blockLengths(steps, saveEveryN);
  const blocks = sequences.map((x) => inBlocks(options.padding === false ? x : padded(x, saveEveryN), saveEveryN));
  const states = starts.filter((start) => start !== null);

  const block: StepFunction = (...args) => {
    const [length, ...rest] = args.slice(sequences.length);
    const given = [...rest];
    const { outputs, updates } = scanList(fn, {
      sequences: args.slice(0, sequences.length),
      outputsInfo: starts.map((start): OutputInfo | null => (start === null ? null : (given.shift() ?? null))),
      nonSequences: rest.slice(states.length),
      nSteps: length,
      name: `${name}_inner`,
    });
    return [outputs.map((rows) => subtensor(rows, -1)), updates];
  };
  const { outputs, updates } = scanList(block, {
    sequences: [...blocks, lengths],
    outputsInfo: starts,
    nonSequences,
    nSteps: subtensor(shape(lengths), 0),
    name: `${name}_outer`,
  });
  return [outputs.length > 1 ? outputs : (outputs[0] ?? null), updates];
}

function withoutTaps(start: TensorLike | null): TensorLike | null {
  if (typeof start === "object" && start !== null && "taps" in start)
    throw new RuntimeError("scanCheckpoints doesn't work with taps: give each output its value before the first step.");
  return start;
}

function numberOfSteps(given: TensorLike | null, sequences: readonly TensorVariable[]): TensorVariable {
  if (given !== null) return cast(asTensor(given), "int64");
  if (sequences.length === 0)
    throw new ValueError("scanCheckpoints needs to know how many steps there are: give `nSteps` or a sequence.");
  return subtensor(shape(sequences[0]), 0);
}

/** How many steps each block has: all as many, but the last one, which has the rest. */
function blockLengths(steps: TensorVariable, every: number): TensorVariable {
  const blocks = applyElemwise("int_div", applyElemwise("add", steps, every - 1), every);
  const full = applyElemwise("mul", ones([blocks], { dtype: "int64" }), every);
  const before = applyElemwise("mul", applyElemwise("sub", blocks, 1), every);
  return setSubtensor(subtensor(full, -1), cast(applyElemwise("sub", steps, before), "int64"));
}

/** Zeros behind a sequence, so that its length is a multiple of `every`. */
function padded(x: TensorVariable, every: number): TensorVariable {
  const [length, ...rest] = lengthsOf(x);
  const missing = applyElemwise("mod", applyElemwise("neg", length), every);
  return join(0, x, zeros([missing, ...rest], { dtype: x.dtype }));
}

function inBlocks(x: TensorVariable, every: number): TensorVariable {
  const [length, ...rest] = lengthsOf(x);
  return reshape(x, [applyElemwise("int_div", length, every), every, ...rest], { ndim: x.ndim + 1 });
}
