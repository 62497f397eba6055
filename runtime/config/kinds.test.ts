import { describe, expect, test } from "vitest";
import { ValueError } from "../base/errors.ts";
import {
  bool,
  choice,
  commandOptions,
  contextMap,
  device,
  type FlagType,
  type FlagValue,
  float,
  int,
  intAmong,
  lazyVm,
  listOf,
  onlyTrue,
  path,
  positive,
  removed,
  seed,
  showFloat,
  text,
} from "./kinds.ts";

const given = {
  flag: "some.flag",
  source: { origin: "environment", variable: "THEANO_FLAGS" },
  home: "/home/u",
} as const;
const colour = choice(["red", "blue"], { r: "red" });

const accepted: [kind: string, type: FlagType<FlagValue>, given: unknown, value: FlagValue][] = [
  ["bool", bool(), "true", true],
  ["bool", bool(), "0", false],
  ["bool", bool(), 1, true],
  ["enum", colour, "blue", "blue"],
  ["an enum's alias", colour, "r", "red"],
  ["int", int(), " 7 ", 7],
  ["int", int(), "+1_000", 1000],
  ["int", int(), "-3", -3],
  ["int", int(), 2.7, 2],
  ["int", int(), true, 1],
  ["int", int(), "1180591620717411303424", 2 ** 70],
  ["float", float(), "1_0", 10],
  ["float", float(), ".5e1", 5],
  ["float", float(), "-Infinity", Number.NEGATIVE_INFINITY],
  ["float", float(), "nan", Number.NaN],
  ["str", text(), 5, "5"],
  ["str", text(), true, "True"],
  ["seed", seed(), "random", "random"],
  ["seed", seed(), 7, "7"],
  ["list", listOf(["a", "b"]), "a:b", "a:b"],
  ["list", listOf(["a", "b"]), "", ""],
  ["path", path(), "~/cache", "/home/u/cache"],
  ["path", path(), "~other/cache", "~other/cache"],
  ["device", device("cpu"), "cpu", "cpu"],
  ["device", device("cpu"), "gpu1", "gpu1"],
  ["device", device(""), "", ""],
  ["map", contextMap(), "a->cuda0;b->opencl0:0", "a->cuda0;b->opencl0:0"],
  ["vm.lazy", lazyVm(), "None", null],
  ["vm.lazy", lazyVm(), false, false],
  ["options", commandOptions(), "-a --b=c", "-a --b=c"],
  ["only True", onlyTrue("It stays."), "1", true],
  ["removed", removed(() => "gone"), "", true],
];

const refused: [kind: string, type: FlagType<FlagValue>, given: unknown, error: string, words: RegExp][] = [
  ["bool", bool(), "yes", "ValueError", /\(yes\).*True, true, 1, False, false or 0/],
  ["bool", bool(), "TRUE", "ValueError", /TRUE/],
  ["enum", colour, "blu", "ValueError", /\('red', 'blue'\)\. Did you mean "blue"\?/],
  ["enum", colour, null, "ValueError", /"None"/],
  ["int", int(), "many", "ValueError", /a whole number/],
  ["int", int(), "2.5", "ValueError", /a whole number/],
  ["int", int(), "0x10", "ValueError", /a whole number/],
  ["int", int(), null, "TypeError", /a whole number/],
  ["int", int(), "9007199254740993", "ValueError", /more digits/],
  ["int", int(), Number.NaN, "ValueError", /a whole number/],
  ["int", int(positive), "0", "ValueError", /greater than 0/],
  ["int", intAmong([0, 1, 2]), "3", "ValueError", /one of 0, 1, 2/],
  ["float", float(), "abc", "ValueError", /a number/],
  ["float", float(), "0x1", "ValueError", /a number/],
  ["float", float(positive), "nan", "ValueError", /greater than 0/],
  ["seed", seed(), "abc", "ValueError", /whole number or random/],
  [
    "list",
    listOf(["strided", "ALL"]),
    "ALL:stride",
    "ValueError",
    /"stride" is none of strided, ALL\. Did you mean "strided"/,
  ],
  ["device", device("cpu"), "tpu", "ValueError", /"cpu", "gpu", "opencl" or "cuda"/],
  ["device", device("cpu"), "CPU", "ValueError", /CPU/],
  ["map", contextMap(), "a", "ValueError", /Malformed context map: a/],
  ["map", contextMap(), "cpu->cuda0", "ValueError", /Cannot use cpu/],
  ["vm.lazy", lazyVm(), 1, "ValueError", /not `1`/],
  ["vm.lazy", lazyVm(), "true", "ValueError", /None, False or True, not `true`/],
  [
    "options",
    commandOptions(),
    "--machine 64",
    "ValueError",
    /"64" does not start with "-".*Please add the .=. symbol/,
  ],
  ["only True", onlyTrue("It stays."), "False", "ValueError", /It stays/],
  ["removed", removed((flag) => `${flag} is gone: use other`), "1", "RuntimeError", /use other/],
];

describe("kinds of flags", () => {
  test.each(accepted)("%s: reads %#", (_, type, written, value) => {
    expect(type.read(written, given)).toBe(value);
  });

  test.each(refused)("%s: refuses %#, naming the flag and the source", (_, type, written, name, words) => {
    let thrown: unknown;
    try {
      type.read(written, given);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name });
    const { message } = thrown instanceof Error ? thrown : new ValueError("nothing was thrown");
    expect(message).toMatch(words);
    expect(message).toContain("some.flag");
    expect(message).toContain("(from THEANO_FLAGS)");
  });

  // Expected texts: Python 3's repr.
  test.each([
    [5, "5.0"],
    [-0, "-0.0"],
    [0.1, "0.1"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [1.25e22, "1.25e+22"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NaN, "nan"],
  ])("shows the float %d as %s", (value, shown) => {
    expect(showFloat(value)).toBe(shown);
  });

  test("shows large integers in full", () => {
    expect(int().show(2 ** 70)).toBe("1180591620717411303424");
  });
});
