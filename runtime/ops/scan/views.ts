/** Loops of common shapes, all made of `scan`: map, reduce and the folds. */
import type { TensorVariable } from "../../graph/variable.ts";
import { subtensor } from "../subtensor.ts";
import type { OutputInfo } from "./outputs.ts";
import {
  type LoopOptions,
  type OneOrMore,
  type ScanOutputs,
  type ScanUpdates,
  type StepFunction,
  scan,
  scanList,
} from "./scan.ts";
import type { Sequence } from "./sequences.ts";
import type { StepResult } from "./step.ts";

/** `fn` of the rows of the sequences, without anything carried from step to step; as `scan` without `outputsInfo`. */
export function map<const R extends StepResult>(
  fn: (...args: TensorVariable[]) => R,
  sequences: OneOrMore<Sequence>,
  options: LoopOptions = {},
): [outputs: ScanOutputs<R>, updates: ScanUpdates] {
  return scan(fn, { ...options, sequences });
}

/** The outputs of the last step only: `reduce((v, sum) => sum.add(v), x, 0)`. */
export function reduce<const R extends StepResult>(
  fn: (...args: TensorVariable[]) => R,
  sequences: OneOrMore<Sequence>,
  outputsInfo: OneOrMore<OutputInfo | null>,
  options?: LoopOptions,
): [outputs: ScanOutputs<R>, updates: ScanUpdates];
export function reduce(
  fn: StepFunction,
  sequences: OneOrMore<Sequence>,
  outputsInfo: OneOrMore<OutputInfo | null>,
  options: LoopOptions = {},
): [outputs: unknown, updates: ScanUpdates] {
  const { outputs, updates } = scanList(fn, { ...options, sequences, outputsInfo });
  const last = outputs.map((rows) => subtensor(rows, -1));
  return [last.length > 1 ? last : (last[0] ?? null), updates];
}

/** `reduce` from the beginning of the sequences to their ends. */
export function foldl<const R extends StepResult>(
  fn: (...args: TensorVariable[]) => R,
  sequences: OneOrMore<Sequence>,
  outputsInfo: OneOrMore<OutputInfo | null>,
  options: Omit<LoopOptions, "goBackwards"> = {},
): [outputs: ScanOutputs<R>, updates: ScanUpdates] {
  return reduce(fn, sequences, outputsInfo, { ...options, goBackwards: false });
}

/** `reduce` from the ends of the sequences to their beginnings. */
export function foldr<const R extends StepResult>(
  fn: (...args: TensorVariable[]) => R,
  sequences: OneOrMore<Sequence>,
  outputsInfo: OneOrMore<OutputInfo | null>,
  options: Omit<LoopOptions, "goBackwards"> = {},
): [outputs: ScanOutputs<R>, updates: ScanUpdates] {
  return reduce(fn, sequences, outputsInfo, { ...options, goBackwards: true });
}
