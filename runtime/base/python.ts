/** Texts that Theano's formats take from Python: tuples, lists, quoted strings, `%e`. */

/** `(1,)`, `(2, 3)`, `()`. */
export function pyTuple(items: readonly (string | number | bigint)[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
}

/** `[a, b]`. */
export function pyList(items: readonly (string | number | bigint)[]): string {
  return `[${items.join(", ")}]`;
}

/** `'text'`, or `"text"` when the text holds a single quote and no double one, as Python's `repr`. */
export function pyQuote(text: string): string {
  const escaped = text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\t/g, "\\t").replace(/\r/g, "\\r");
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replace(/'/g, "\\'")}'`;
}

/** C's `%.<digits>e`: at least two exponent digits, as `1.50e-05`. */
export function formatE(value: number, digits: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  return value.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2");
}
