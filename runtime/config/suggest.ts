import { closest, distance } from "fastest-levenshtein";

/**
 * The candidate that was most probably meant by `typed`, or undefined when none is near. A candidate whose last part
 * is what was typed counts as near: `limit` means `traceback.limit`.
 */
export function nearest(typed: string, candidates: Iterable<string>): string | undefined {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return undefined;
  const known = new Map([...candidates].map((name) => [name.toLowerCase(), name]));
  const best = known.size > 0 ? closest(wanted, [...known.keys()]) : undefined;
  if (best !== undefined && distance(wanted, best) <= Math.max(1, Math.floor(wanted.length / 3)))
    return known.get(best);
  const lastPart = wanted.slice(wanted.lastIndexOf(".") + 1);
  for (const [lower, name] of known) {
    if (lower === lastPart || lower.endsWith(`.${lastPart}`)) return name;
  }
  return undefined;
}

/** ` Did you mean "X"?`, or nothing when there is no suggestion. */
export function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? "" : ` Did you mean "${suggestion}"?`;
}
