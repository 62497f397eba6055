/** Sorting, as Python's `sorted` and `list.sort` do. */
import { callValue } from "./call.ts";
import { binary } from "./operators.ts";
import { type Keywords, truth } from "./values.ts";

/** The items in ascending order of themselves or of their `key`; equal ones stay in their order. */
export function byOrder(items: readonly unknown[], keywords: Keywords): unknown[] {
  const key = keywords.get("key") ?? null;
  const keyed = items.map((item) => ({ item, key: key === null ? item : callValue(key, [item], new Map()) }));
  const reverse = truth(keywords.get("reverse"));
  const less = (a: unknown, b: unknown): boolean => truth(binary("<", a, b));
  const sorted = keyed.toSorted((a, b) => {
    const [first, second] = reverse ? [b, a] : [a, b];
    return less(first.key, second.key) ? -1 : less(second.key, first.key) ? 1 : 0;
  });
  return sorted.map(({ item }) => item);
}
