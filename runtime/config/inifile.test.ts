import { describe, expect, test } from "vitest";
import { interpolate, parseIni } from "./inifile.ts";

const options = (text: string): string[] =>
  parseIni(text, "rc").options.map(({ section, option, value, line }) => `${line} [${section}] ${option}=${value}`);
const errors = (text: string): string[] =>
  parseIni(text, "rc").errors.map(({ error }) => `${error.name}: ${error.message}`);

describe("the dialect of .theanorc", () => {
  // Expected: Python's configparser.
  test.each<[what: string, text: string, options: string[]]>([
    ["options with their lines", "# c\n[global]\n\nfloatX = float32\n", ["4 [global] floatX=float32"]],
    ["a colon for =", "[global]\nmode : FAST_RUN\nx = a:b\n", ["2 [global] mode=FAST_RUN", "3 [global] x=a:b"]],
    ["a dotted section", "[dnn.conv]\nalgo_fwd = none\n", ["2 [dnn.conv] algo_fwd=none"]],
    [
      "values as they are written",
      "[a]\nx = 'q'\ny = \"q\"\nz = 1 ; # c\n",
      ["2 [a] x='q'", '3 [a] y="q"', "4 [a] z=1 ; # c"],
    ],
    ["words that ini turns into values", "[a]\nx = true\ny = null\n", ["2 [a] x=true", "3 [a] y=null"]],
    ["backslashes", "[a]\nx = C:\\new\\t\n", ["2 [a] x=C:\\new\\t"]],
    ["an empty value", "[a]\nx =\n", ["2 [a] x="]],
    ["a continued line", "[a]\nx = 1\n   2\n# c\n   3\ny = 4\n", ["2 [a] x=1\n2\n3", "6 [a] y=4"]],
    ["comments", "; a\n# b\n[a]\n;c\n", []],
  ])("%s", (_, text, expected) => {
    expect(options(text)).toEqual(expected);
    expect(errors(text)).toEqual([]);
  });

  test.each<[text: string, error: RegExp]>([
    ["floatX = float32\n", /^MissingSectionHeaderError: rc:1: "floatX = float32" .* \[global\]/],
    [
      "[global]\nfloatX = a\nFLOATX = b\n",
      /^DuplicateOptionError: rc:3: option "FLOATX" in section \[global\] was already set on line 2/,
    ],
    ["[a]\n[b]\n[a]\n", /^DuplicateSectionError: rc:3: section \[a\] was already opened on line 1/],
    ["[a]\nwords\n", /^ParsingError: rc:2: "words" is neither/],
    ["[a]\n= v\n", /^ParsingError: rc:2/],
    ["[a\n", /^MissingSectionHeaderError: rc:1/],
  ])("%j", (text, error) => {
    expect(errors(text)).toEqual([expect.stringMatching(error)]);
  });

  test("a faulty line costs only itself", () => {
    expect(options("stray\n[a]\nx = 1\nx = 2\ny = 3\n")).toEqual(["3 [a] x=1", "5 [a] y=3"]);
  });

  test.each([
    ["tag_%(USER)s", "tag_me"],
    ["%(both)s!", "me and me!"],
    ["100%%", "100%"],
    ["tag_%(NOPE)s", "tag_%(NOPE)s"],
    ["50%", "50%"],
    ["%(loop)s", "%(loop)s"],
  ])("interpolates %s", (value, expected) => {
    const names = new Map([
      ["user", "me"],
      ["both", "%(user)s and %(USER)s"],
      ["loop", "%(loop)s"],
    ]);
    expect(interpolate(value, names)).toBe(expected);
  });
});
