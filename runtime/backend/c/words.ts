/** Texts of command-line options, split as a shell does. */

const WORD = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs;
const PART = /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs;

/** The words of a text: quotes and backslashes keep spaces. A quote that is never closed separates words like a space. */
export function splitWords(text: string): string[] {
  return [...text.matchAll(WORD)].map(([word]) =>
    word.replace(PART, (_, escaped?: string, double?: string, single?: string) => {
      if (double !== undefined) return double.replace(/\\(["\\$`])/g, "$1");
      return escaped ?? single ?? "";
    }),
  );
}
