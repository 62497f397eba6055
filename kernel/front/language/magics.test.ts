import { describe, expect, test } from "vitest";
import { EditedText } from "./edited.ts";
import { HOOKS } from "./hooks.ts";
import { readMagics } from "./magics.ts";
import { scanCell } from "./scan.ts";
import { MAGICS } from "./testing/notebook.ts";

const specs = new Map(MAGICS.map((each) => [each.name, each]));

/** The cell as TypeScript, with the engine's hooks written `$`. */
function rewritten(code: string): string {
  return EditedText.of(code).apply(readMagics(code, specs).edits).text.replaceAll(HOOKS, "$");
}

describe("magics", () => {
  const table: readonly { readonly name: string; readonly code: string; readonly result: string }[] = [
    { name: "alone", code: "%mode", result: ';$.magic("mode","");' },
    { name: "with a text", code: "%mode FAST_RUN  ", result: ';$.magic("mode","FAST_RUN");  ' },
    { name: "quotes in a text", code: `%theano_flags a="b",c='`, result: `;$.magic("theano_flags","a=\\"b\\",c='");` },
    { name: "with an expression", code: "%time f(x)", result: ';$.magic("time","f(x)",()=>(f(x)));' },
    {
      name: "an expression and a comment",
      code: "%time f(x); // why",
      result: ';$.magic("time","f(x); // why",()=>(f(x)));',
    },
    {
      name: "an expression with a regular expression",
      code: "%time /[/]/.test(s)",
      result: ';$.magic("time","/[/]/.test(s)",()=>(/[/]/.test(s)));',
    },
    { name: "indented, in a block", code: "if (a) {\n  %mode X\n}", result: 'if (a) {\n  ;$.magic("mode","X");\n}' },
    { name: "behind a finished statement", code: "f();\n%mode X", result: 'f();\n;$.magic("mode","X");' },
    { name: "behind a statement without a semicolon", code: "f()\n%mode X", result: 'f()\n;$.magic("mode","X");' },
    { name: "behind a comment", code: "// note\n%mode X", result: '// note\n;$.magic("mode","X");' },
    { name: "one after another", code: "%mode 'A\n%mode B", result: `;$.magic("mode","'A");\n;$.magic("mode","B");` },
    { name: "around a cell", code: "%%mode X\nf()", result: "\nf()" },
  ];
  test.each(table)("$name", ({ code, result }) => {
    expect(rewritten(code)).toBe(result);
  });

  test("a cell magic is told apart with its argument", () => {
    expect(readMagics("%%mode  DebugMode \nf()", specs).around).toEqual({ name: "mode", argument: "DebugMode" });
  });

  const untouched: readonly string[] = [
    "a\n % b",
    "a\n  %b",
    "a +\n%mode",
    "f(a\n%mode)",
    "[a\n%mode]",
    "`\n%mode X\n`",
    "`${a\n%mode}`",
    "/*\n%mode X\n*/",
    "a %mode",
    "const r = /%mode/\nr",
    "a /\n%mode",
  ];
  test.each(untouched)("no magic: %j", (code) => {
    expect(rewritten(code)).toBe(code);
    expect(readMagics(code, specs).problems).toEqual([]);
  });
});

describe("open brackets", () => {
  const table: readonly [string, readonly string[]][] = [
    ["f(a, [b", ["(", "["]],
    ["f(a, [b])", []],
    ["`a ${b + {", ["template", "{"]],
    ["`a ${b} c`", []],
    ["'(' + /[(]/ + `(` // (", []],
    ["a / b / (", ["("]],
  ];
  test.each(table)("%s", (code, kinds) => {
    expect(scanCell(code, () => false).open.map((each) => each.kind)).toEqual(kinds);
  });
});
