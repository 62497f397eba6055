import type { TranslationBundle } from "@jupyterlab/translation";
import type { ConfigFlagJson, SourceLocation } from "@theanotes/runtime/json";

/** What a text needs of a {@link TranslationBundle}. */
export type Translate = Pick<TranslationBundle, "__" | "_n">;

/** A place in the user's code, in words: `cell 4, line 3`. */
export function placeText({ cell, file, line }: SourceLocation, trans: Translate): string {
  return cell === undefined ? trans.__("%1, line %2", file, line) : trans.__("cell %1, line %2", cell, line);
}

/** A shape as NumPy writes it: `()`, `(3,)`, `(2, 3)`. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

/** The flags in which every word of `filter` occurs: in the name, the value or the description, in any case. */
export function filterFlags(
  flags: readonly ConfigFlagJson[],
  filter: string,
  onlyChanged: boolean,
): readonly ConfigFlagJson[] {
  const words = filter.toLowerCase().split(/\s+/);
  return flags.filter((flag) => {
    const text = `${flag.name} ${flag.value} ${flag.doc}`.toLowerCase();
    return words.every((word) => text.includes(word)) && !(onlyChanged && flag.origin === "default");
  });
}
