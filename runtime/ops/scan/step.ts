/** What the function of a scan may return, and its parts. */
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { SharedVariable } from "../../graph/shared.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { Until } from "./until.ts";

/** Shared variables and their values after the step. */
export type StepUpdates = ReadonlyMap<SharedVariable, TensorLike> | readonly (readonly [SharedVariable, TensorLike])[];

type StepPart = TensorLike | Until | StepUpdates | readonly TensorLike[] | null | undefined;

/**
 * One output or a list of outputs; updates of shared variables; `until(condition)` last. Several of these are given as
 * a list: `[output, updates]`, `[[output1, output2], updates, until(condition)]`.
 */
export type StepResult = StepPart | readonly StepPart[];

/** The parts of a step's result. */
export interface Step {
  readonly outputs: readonly TensorVariable[];
  readonly updates: ReadonlyMap<SharedVariable, TensorVariable>;
  readonly condition: TensorVariable | null;
}

/** @throws TypeError for what is neither an output, nor an update, nor a condition. */
export function readStep(result: StepResult): Step {
  const outputs: TensorVariable[] = [];
  const updates = new Map<SharedVariable, TensorVariable>();
  let condition: TensorVariable | null = null;
  const parts: readonly StepPart[] = isList(result) && !isUpdates(result) ? result : [result];
  for (const part of parts) {
    if (part === null || part === undefined) continue;
    if (part instanceof Until) condition = part.condition;
    else if (isUpdates(part)) for (const [target, next] of part) updates.set(target, asTensor(next));
    else if (isList(part)) outputs.push(...part.map((output) => asTensor(output)));
    else outputs.push(asTensor(part));
  }
  return { outputs, updates, condition };
}

function isList<T>(value: T): value is Extract<T, readonly unknown[]> {
  return Array.isArray(value);
}

function isUpdates(part: StepResult): part is StepUpdates {
  if (part instanceof Map) return true;
  return isList(part) && part.length > 0 && part.every((pair) => isList(pair) && pair[0] instanceof SharedVariable);
}
