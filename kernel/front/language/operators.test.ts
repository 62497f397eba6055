import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Notebook } from "./testing/notebook.ts";

let notebook: Notebook;
beforeAll(async () => {
  notebook = new Notebook();
  await notebook.run(`
const x = T.dvector("x"), y = T.dvector("y");
let n = 2;
const double = (v: typeof x) => T.mul(v, 2);
const text = "t";
const either = x as typeof x | undefined;
`);
});
afterAll(() => notebook.dispose());

describe("operators on symbolic variables", () => {
  const table: readonly [string, string][] = [
    ["x + 1", "add(x, 1)"],
    ["10 / x", "trueDiv(10, x)"],
    ["x - y", "sub(x, y)"],
    ["x * y", "mul(x, y)"],
    ["x % 2", "mod(x, 2)"],
    ["x ** 2", "pow(x, 2)"],
    ["-x", "neg(x)"],
    ["+x", "x"],
    ["~x", "invert(x)"],
    ["x < y", "lt(x, y)"],
    ["x <= y", "le(x, y)"],
    ["x > 0", "gt(x, 0)"],
    ["x >= 0", "ge(x, 0)"],
    ["x == y", "eq(x, y)"],
    ["x != y", "neq(x, y)"],
    ["x & y", "and_(x, y)"],
    ["x | y", "or_(x, y)"],
    ["x ^ y", "xor(x, y)"],
    ["-x ** 2", "neg(pow(x, 2))"],
    ["-2 ** x", "neg(pow(2, x))"],
    ["(-x) ** 2", "pow(neg(x), 2)"],
    ["2 ** -x", "pow(2, neg(x))"],
    ["1 + 2 + x", "add(3, x)"],
    ["x + 1 + 2", "add(add(x, 1), 2)"],
    ["2 * (x + y) / (n + 1)", "trueDiv(mul(2, add(x, y)), 3)"],
    ["x*x+y*y", "add(mul(x, x), mul(y, y))"],
    ["1 / (1 + T.exp(-x))", "trueDiv(1, add(1, exp(neg(x))))"],
    ["T.exp(x * 2) * double(y + 1)", "mul(exp(mul(x, 2)), mul(add(y, 1), 2))"],
    ["(x + 1).sum() * 2", "mul(sum(add(x, 1)), 2)"],
    ["const z = x * 2; const w = z + 1; w - z", "sub(add(mul(x, 2), 1), mul(x, 2))"],
    ["let acc = x + 0; for (let i = 0; i < 2; i++) acc = acc * i; acc", "mul(mul(add(x, 0), 0), 1)"],
    ["let c1 = double(x); c1 += 1; c1 **= n; c1", "pow(add(mul(x, 2), 1), 2)"],
    ["const o = { v: double(x) }; o.v -= y; o.v", "sub(mul(x, 2), y)"],
    ["[x, y].map((v) => v * 2).join()", "mul(x, 2),mul(y, 2)"],
    ["[x, y].reduce((a, b) => a + b)", "add(x, y)"],
    ["`${x + 1} and ${n + 1}`", "add(x, 1) and 3"],
    ["x /* over */ / // two\n  2", "trueDiv(x, 2)"],
    ["function f(v: typeof x) { return -v }\nf(x + 1)", "neg(add(x, 1))"],
    ["(<V extends typeof x>(v: V) => v + 1)(x)", "add(x, 1)"],
    ["x + [1, 2, 3].length * n", "add(x, 6)"],
    ["(await Promise.resolve(x)) + 1", "add(x, 1)"],
    ["n ? x + 1 : x - 1", "add(x, 1)"],
  ];
  test.each(table)("%s", async (cell, value) => {
    expect(String(await notebook.run(cell))).toBe(value);
  });

  test("the result is symbolic in later cells", async () => {
    await notebook.run("const later = x + 1");
    expect(String(await notebook.run("later * 2"))).toBe("mul(add(x, 1), 2)");
  });

  test("a variable of the user's that is called T is not in the way", async () => {
    await notebook.run("const own = ((T: number) => T + x)(1)");
    expect(String(await notebook.run("own"))).toBe("add(1, x)");
  });
});

describe("what stays JavaScript", () => {
  const table: readonly [string, unknown][] = [
    ["n + 1", 3],
    ["-n ** 2 || (-n) ** 2", "rejected"],
    ["x === y", false],
    ["x !== y", true],
    ["x == null", false],
    ["undefined != x", true],
    ["'of ' + x", "of x"],
    ["text + x + 1", "tx1"],
    ["'of ' + x + ' and ' + y", "of x and y"],
    ["'' + 1 + x", "1x"],
    ["x && 1", 1],
    ["!x", false],
    ["10n ** 2n", 100n],
    ["new Date(5) < new Date(6)", true],
    ["(null as any) + 1", 1],
    ["let k = 1; k += 2; k++; k", 4],
    ["5 % 3 | 4 & 6 ^ 1", 7],
  ];
  test.each(table)("%s", async (cell, value) => {
    if (value === "rejected") await expect(notebook.run(cell)).rejects.toThrow();
    else expect(await notebook.run(cell)).toBe(value);
  });
});

describe("errors", () => {
  const table: readonly [string, readonly string[]][] = [
    ["const s: string = x + 1", ["1:7 Type 'TensorVariable' is not assignable to type 'string'."]],
    [
      "x + 1; n * 'a'",
      [
        "1:12 The right-hand side of an arithmetic operation must be of type 'any', 'number', 'bigint' or an enum type.",
      ],
    ],
    ["x * true", ["1:5 Argument of type 'boolean' is not assignable to parameter of type 'Operand'."]],
    ["either + 1", ["1:1 'either' is possibly 'undefined'."]],
    ["n += x", ["1:1 Type 'TensorVariable' is not assignable to type 'number'."]],
    ["(x + 1).nothing", ["1:9 Property 'nothing' does not exist on type 'TensorVariable'."]],
  ];
  test.each(table)("%s", async (cell, messages) => {
    expect(await notebook.errors(cell)).toEqual(messages);
  });
});
