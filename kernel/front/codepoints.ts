/** The protocol counts places in code points, JavaScript in UTF-16 code units: an emoji is one of the former, two of the latter. */

/** The UTF-16 offset of the place before code point number `point`; the text's end when there are not so many. */
export function offsetOfCodePoint(text: string, point: number): number {
  let offset = 0;
  for (let passed = 0; passed < point && offset < text.length; passed++) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}

/** How many code points stand before a UTF-16 offset. */
export function codePointOfOffset(text: string, offset: number): number {
  return [...text.slice(0, offset)].length;
}
