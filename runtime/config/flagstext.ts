/** The grammar of THEANO_FLAGS: `name=value` items with commas between them, in a POSIX shell's quoting. */
import { ValueError } from "../base/errors.ts";

/** One `name=value` item; `value` is undefined when there is no `=`. */
export interface FlagItem {
  readonly name: string;
  readonly value: string | undefined;
}

/**
 * The items of a text such as `floatX=float32,optimizer_including="a,b"`. Quotes protect commas and vanish; a backslash
 * protects one character (inside double quotes only `"` and `\`; none inside single quotes). Empty items are skipped,
 * and blanks around an item are dropped. Unlike in Theano, `#` is a character like any other, so it cannot silently
 * take the rest of the text away.
 *
 * @param where the name of the text in errors
 * @throws ValueError after the items before it, when a quotation does not end or when the text ends in a backslash
 */
export function* parseFlags(text: string, where: string): Generator<FlagItem> {
  for (const part of splitAtCommas(text, where)) {
    const item = part.trim();
    if (item === "") continue;
    const equals = item.indexOf("=");
    if (equals < 0) yield { name: item, value: undefined };
    else yield { name: item.slice(0, equals), value: item.slice(equals + 1) };
  }
}

function* splitAtCommas(text: string, where: string): Generator<string> {
  let item = "";
  let quote: { readonly mark: string; readonly column: number } | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const next = text.charAt(i + 1);
    if (char === "\\" && quote?.mark !== "'") {
      if (next === "") throw new ValueError(`No escaped character: ${where} ends in a backslash.`);
      if (quote !== undefined && next !== '"' && next !== "\\") item += char;
      item += next;
      i++;
    } else if (quote !== undefined) {
      if (char === quote.mark) quote = undefined;
      else item += char;
    } else if (char === '"' || char === "'") {
      quote = { mark: char, column: i + 1 };
    } else if (char === ",") {
      yield item;
      item = "";
    } else {
      item += char;
    }
  }
  if (quote !== undefined) {
    throw new ValueError(
      `No closing quotation: the ${quote.mark} at column ${quote.column} of ${where} is never closed.`,
    );
  }
  yield item;
}
