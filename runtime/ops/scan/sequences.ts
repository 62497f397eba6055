/** The sequences of a scan: what the steps read of them. */
import { ValueError } from "../../base/errors.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { shareTestValue } from "../../graph/testvalue.ts";
import { TensorVariable } from "../../graph/variable.ts";
import { slice } from "../indexing.ts";
import { subtensor } from "../subtensor.ts";

/** A tensor of which step t takes row t, or rows t + tap for several taps. */
export type Sequence = TensorLike | { readonly input: TensorLike; readonly taps?: number | readonly number[] | null };

/** What the steps read at one tap of a sequence. */
export interface SequenceRows {
  /** Its row t is the one of step t; longer than the scan when other sequences are shorter. */
  readonly rows: TensorVariable;
  /** Stands for a row. */
  readonly row: TensorVariable;
  /** The row of the first step. */
  readonly first: TensorVariable;
}

/**
 * Cuts a sequence, for each tap, so that row t is what step t reads.
 * @throws ValueError when it has no dimension to go along.
 */
export function cutSequence(sequence: Sequence, goBackwards: boolean): readonly SequenceRows[] {
  const { input, taps } = isTapped(sequence) ? sequence : { input: sequence, taps: null };
  const x = asTensor(input);
  if (x.ndim === 0)
    throw new ValueError(`A sequence of scan needs a dimension to go along, and ${x} of type ${x.type} has none.`);
  const list = tapList(taps, 0);
  // Tap 0 counts as read, or the steps would start where the first value is not theirs.
  const first = Math.min(0, ...list);
  const last = Math.max(0, ...list);
  return list.map((tap) => {
    const start = tap - first;
    const stop = tap === last ? null : tap - last;
    const head = subtensor(x, start);
    const row = shareTestValue(
      new TensorVariable(head.type, x.name === null ? null : `${x.name}${tapText(tap)}`),
      head,
    );
    const cut = subtensor(x, slice(start, stop));
    const rows = goBackwards ? subtensor(cut, slice(null, null, -1)) : cut;
    if (x.name !== null) rows.name = `${x.name}[${start}:${stop ?? ""}]`;
    return { rows, row, first: head };
  });
}

function isTapped(sequence: Sequence): sequence is Extract<Sequence, { input: TensorLike }> {
  return typeof sequence === "object" && sequence !== null && "input" in sequence;
}

/** Taps as a list. */
export function tapList(taps: number | readonly number[] | null | undefined, absent: number): readonly number[] {
  if (taps === null || taps === undefined) return [absent];
  return typeof taps === "number" ? [taps] : taps;
}

/** `[t]`, `[t-1]`, `[t+2]`. */
export function tapText(tap: number): string {
  return tap === 0 ? "[t]" : tap > 0 ? `[t+${tap}]` : `[t${tap}]`;
}
