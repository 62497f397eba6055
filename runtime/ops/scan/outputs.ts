/** The outputs of a scan that steps read again: where they start, and the memory they are kept in. */
import { ValueError } from "../../base/errors.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { SharedVariable } from "../../graph/shared.ts";
import { shareTestValue } from "../../graph/testvalue.ts";
import { TensorVariable } from "../../graph/variable.ts";
import { allocEmpty } from "../allocempty.ts";
import { applyElemwise } from "../elemwise.ts";
import { setSubtensor } from "../incsubtensor.ts";
import { slice } from "../indexing.ts";
import { unbroadcast } from "../rebroadcast.ts";
import { shapePadleft } from "../reshape.ts";
import { lengthsOf } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { SIT_SOT, type State } from "./layout.ts";
import { tapList, tapText } from "./sequences.ts";

/**
 * Where an output starts: its value before the first step, or for several taps a tensor of as many earlier values as
 * the farthest tap reaches back, the earliest first.
 */
export type OutputInfo =
  | TensorLike
  | { readonly initial?: TensorLike | null; readonly taps?: number | readonly number[] | null };

/** A state, with what stands for it in the step and around the loop. */
export interface StateVariables {
  readonly state: State;
  /** The memory for all steps, the initial rows in place. */
  readonly buffer: TensorVariable;
  /** Stand for the rows that the step reads, one per tap. */
  readonly rows: readonly TensorVariable[];
  /** The rows that the first step reads. */
  readonly first: readonly TensorVariable[];
}

/**
 * The state of an output, or null for one that no step reads.
 * @throws ValueError when taps are given without a start, or are not of earlier steps.
 */
export function stateOf(info: OutputInfo | null, steps: TensorVariable): StateVariables | null {
  if (info === null) return null;
  if (!isDescribed(info)) return previousRow(info, steps);
  const { initial = null, taps = null } = info;
  if (initial === null && taps === null) return null;
  if (initial === null)
    throw new ValueError(
      `If you are using slices of an output you need to provide a initial state for it: an item of outputsInfo has taps ${JSON.stringify(taps)} and no \`initial\`.`,
    );
  const list = tapList(taps, -1);
  if (list.some((tap) => !(tap < 0)))
    throw new ValueError(
      `Can not use future taps of outputs: the taps of ${asTensor(initial)} are ${JSON.stringify(list)}, and only negative ones name values that are there.`,
    );
  return list.length === 1 && list[0] === -1
    ? previousRow(initial, steps)
    : earlierRows(asTensor(initial), list, steps);
}

function isDescribed(info: OutputInfo): info is Exclude<OutputInfo, TensorLike> {
  return typeof info === "object" && Object.getPrototypeOf(info) === Object.prototype;
}

function previousRow(value: TensorLike, steps: TensorVariable): StateVariables {
  const initial = asTensor(value);
  const name = initial.name === null ? null : `${initial.name}[t-1]`;
  const row = shareTestValue(new TensorVariable(initial.type, name), initial);
  return { state: SIT_SOT, buffer: growing(initial, steps), rows: [row], first: [initial] };
}

function earlierRows(initial: TensorVariable, taps: readonly number[], steps: TensorVariable): StateVariables {
  if (initial.ndim === 0)
    throw new ValueError(
      `With taps ${JSON.stringify(taps)} the initial state must hold several earlier values, and ${initial} of type ${initial.type} has no dimension for them.`,
    );
  const lead = -Math.min(...taps);
  const first = taps.map((tap) => subtensor(initial, tap + lead));
  return {
    state: { kind: "mitSot", reads: taps, writes: [0] },
    buffer: extended(subtensor(initial, slice(null, lead)), steps),
    rows: taps.map((tap, i) => {
      const name = initial.name === null ? null : `${initial.name}${tapText(tap)}`;
      return shareTestValue(new TensorVariable(first[i].type, name), first[i]);
    }),
    first,
  };
}

/** The state of a shared variable that the steps change. */
export function sharedState(variable: SharedVariable, steps: TensorVariable): StateVariables {
  const name = variable.name === null ? null : `${variable.name}_copy`;
  const row = shareTestValue(new TensorVariable(variable.type, name), variable);
  return { state: SIT_SOT, buffer: growing(variable, steps), rows: [row], first: [variable] };
}

/** Memory for one row and one more per step. */
function growing(row: TensorVariable, steps: TensorVariable): TensorVariable {
  return extended(unbroadcast(shapePadleft(row), 0), steps);
}

/** Memory for the rows of `x` and one more per step. */
export function extended(x: TensorVariable, steps: TensorVariable): TensorVariable {
  const [length, ...rest] = lengthsOf(x);
  const memory = allocEmpty(x.dtype, applyElemwise("add", steps, length), ...rest);
  return setSubtensor(subtensor(memory, slice(null, length)), x);
}
