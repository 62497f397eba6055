import { describe, expect, test } from "vitest";
import { ValueError } from "../base/errors.ts";
import { parseFlags } from "./flagstext.ts";

const read = (text: string): (string | undefined)[][] =>
  [...parseFlags(text, "THEANO_FLAGS")].map(({ name, value }) => [name, value]);

describe("the grammar of THEANO_FLAGS", () => {
  // Expected: Python's shlex with "," as the only separator (and no comments).
  test.each<[string, (string | undefined)[][]]>([
    ["", []],
    [",", []],
    [
      "a=1,b=2",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    [
      "a=1,,b=2",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    ["a=b=c", [["a", "b=c"]]],
    ['a="x,y"', [["a", "x,y"]]],
    ["a='q r'", [["a", "q r"]]],
    ["a=x\\,y", [["a", "x,y"]]],
    ['a="x\\"y\\z"', [["a", 'x"y\\z']]],
    ["a='x\\'", [["a", "x\\"]]],
    ["a=1;b=2", [["a", "1;b=2"]]],
    [" a = 1 ", [["a ", " 1"]]],
    ["a", [["a", undefined]]],
    ["a=", [["a", ""]]],
    ["=3", [["", "3"]]],
    [
      "a=1,a=2",
      [
        ["a", "1"],
        ["a", "2"],
      ],
    ],
  ])("%s", (text, items) => {
    expect(read(text)).toEqual(items);
  });

  test("# is a character like any other (Theano drops the rest of the text)", () => {
    expect(read("a=1#c,b=2")).toEqual([
      ["a", "1#c"],
      ["b", "2"],
    ]);
  });

  test.each([
    ['a=1,b="abc', /No closing quotation: the " at column 7 of THEANO_FLAGS/],
    ["a=1,b='abc\\'x'", /No closing quotation: the ' at column 14/],
    ["a=1,b=\\", /No escaped character/],
  ])("%s: an error, after the items before it", (text, message) => {
    const items = parseFlags(text, "THEANO_FLAGS");
    expect(items.next().value).toEqual({ name: "a", value: "1" });
    expect(() => items.next()).toThrow(ValueError);
    expect(() => [...parseFlags(text, "THEANO_FLAGS")]).toThrow(message);
  });
});
