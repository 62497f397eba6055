/** Expected texts are those of Theano 1.0.5. */
import { describe, expect, test } from "vitest";
import { tensorFunctions as T } from "../ops/tensor.ts";
import type { Apply } from "./apply.ts";
import { type DebugPrintOptions, debugprint, lettersOf, minInformativeStr, varDescriptor } from "./debugprint.ts";
import { FunctionGraph } from "./fgraph.ts";
import type { Variable } from "./variable.ts";

const lines = (...text: readonly string[]): string => text.map((line) => `${line}\n`).join("");

const [x, y] = [T.dvector("x"), T.dvector("y")];
const [s, t] = [T.dscalar("x"), T.dscalar("y")];
const X = T.dmatrix("x");

describe("a graph as text", () => {
  const named = T.exp(T.dvector("x"));
  named.name = "y";
  const sum = T.add(named, 1);
  sum.name = "z";
  const cases: readonly (readonly [string, Variable | readonly Variable[], string])[] = [
    ["two scalars", T.add(s, t), lines("Elemwise{add,no_inplace} [id A] ''   ", " |x [id B]", " |y [id C]")],
    ["an input alone", x, lines("x [id A]")],
    [
      "variables without names, broadcast",
      T.mul(T.exp(T.dvector()), T.fmatrix()),
      lines(
        "Elemwise{mul,no_inplace} [id A] ''   ",
        " |InplaceDimShuffle{x,0} [id B] ''   ",
        " | |Elemwise{exp,no_inplace} [id C] ''   ",
        " |   |<TensorType(float64, vector)> [id D]",
        " |<TensorType(float32, matrix)> [id E]",
      ),
    ],
    [
      "names, and a node that is used twice",
      T.mul(sum, named),
      lines(
        "Elemwise{mul,no_inplace} [id A] ''   ",
        " |Elemwise{add,no_inplace} [id B] 'z'   ",
        " | |Elemwise{exp,no_inplace} [id C] 'y'   ",
        " | | |x [id D]",
        " | |InplaceDimShuffle{x} [id E] ''   ",
        " |   |TensorConstant{1} [id F]",
        " |Elemwise{exp,no_inplace} [id C] 'y'   ",
      ),
    ],
    [
      "equal small constants share an id",
      T.trueDiv(1, T.add(1, T.exp(T.neg(X)))),
      lines(
        "Elemwise{true_div,no_inplace} [id A] ''   ",
        " |InplaceDimShuffle{x,x} [id B] ''   ",
        " | |TensorConstant{1} [id C]",
        " |Elemwise{add,no_inplace} [id D] ''   ",
        "   |InplaceDimShuffle{x,x} [id E] ''   ",
        "   | |TensorConstant{1} [id C]",
        "   |Elemwise{exp,no_inplace} [id F] ''   ",
        "     |Elemwise{neg,no_inplace} [id G] ''   ",
        "       |x [id H]",
      ),
    ],
    [
      "several outputs share the ids",
      [T.sum(X), T.sum(X, { axis: [0], keepdims: true })],
      lines(
        "Sum{acc_dtype=float64} [id A] ''   ",
        " |x [id B]",
        "InplaceDimShuffle{x,0} [id C] ''   ",
        " |Sum{axis=[0], acc_dtype=float64} [id D] ''   ",
        "   |x [id B]",
      ),
    ],
    [
      "casts, products, comparisons",
      [T.cast(T.cast(T.ivector("x"), "int64"), "int32"), T.dot(X, X)],
      lines(
        "Elemwise{Cast{int32}} [id A] ''   ",
        " |Elemwise{Cast{int64}} [id B] ''   ",
        "   |x [id C]",
        "dot [id D] ''   ",
        " |x [id E]",
        " |x [id E]",
      ),
    ],
  ];
  test.each(cases)("%s", (_, graph, expected) => {
    expect(debugprint(graph)).toBe(expected);
  });
});

describe("options", () => {
  const logistic = T.log(T.add(1, T.exp(x)));
  const cases: readonly (readonly [DebugPrintOptions, string])[] = [
    [{ depth: 1 }, lines("Elemwise{log,no_inplace} [id A] ''   ")],
    [
      { ids: "int", depth: 2 },
      lines("Elemwise{log,no_inplace} [id 0] ''   ", " |Elemwise{add,no_inplace} [id 1] ''   "),
    ],
    [
      { ids: "" },
      lines(
        "Elemwise{log,no_inplace}  ''   ",
        " |Elemwise{add,no_inplace}  ''   ",
        "   |InplaceDimShuffle{x}  ''   ",
        "   | |TensorConstant{1} ",
        "   |Elemwise{exp,no_inplace}  ''   ",
        "     |x ",
      ),
    ],
    [
      { printType: true },
      lines(
        "Elemwise{log,no_inplace} [id A] <TensorType(float64, vector)> ''   ",
        " |Elemwise{add,no_inplace} [id B] <TensorType(float64, vector)> ''   ",
        "   |InplaceDimShuffle{x} [id C] <TensorType(int8, (True,))> ''   ",
        "   | |TensorConstant{1} [id D] <TensorType(int8, scalar)>",
        "   |Elemwise{exp,no_inplace} [id E] <TensorType(float64, vector)> ''   ",
        "     |x [id F] <TensorType(float64, vector)>",
      ),
    ],
    [
      { prefix: "  ", depth: 2, printViewMap: true },
      lines("  Elemwise{log,no_inplace} [id A] ''   ", "   |Elemwise{add,no_inplace} [id B] ''   "),
    ],
  ];
  test.each(cases)("%j", (options, expected) => {
    expect(debugprint(logistic, options)).toBe(expected);
  });

  test("stopOnName prints nothing below a named node", () => {
    const named = T.exp(x);
    named.name = "e";
    const z = T.add(named, y);
    expect(debugprint(z, { stopOnName: true })).toBe(
      lines("Elemwise{add,no_inplace} [id A] ''   ", " |Elemwise{exp,no_inplace} [id B] 'e'   ", " |y [id C]"),
    );
  });

  test("views show which input they are of", () => {
    expect(debugprint(T.transpose(X), { printViewMap: true })).toBe(
      lines("InplaceDimShuffle{1,0} [id A] 'x.T'  v={0: [0]} ", " |x [id B]"),
    );
  });

  test("storage stands behind each variable it is given for", () => {
    const z = T.exp(x);
    const storage = new Map([
      [z, "[None]"],
      [x, "[array([1.])]"],
    ]);
    expect(debugprint(z, { storage })).toBe(
      lines("Elemwise{exp,no_inplace} [id A] ''    [None]", " |x [id B] [array([1.])]"),
    );
  });

  test("prints can share ids, and what was printed", () => {
    const shared = { done: new Set<Apply>(), usedIds: new Map() };
    const e = T.exp(x);
    debugprint(e, shared);
    expect(debugprint(T.add(e, y), shared)).toBe(
      lines("Elemwise{add,no_inplace} [id C] ''   ", " |Elemwise{exp,no_inplace} [id A] ''   ", " |y [id D]"),
    );
  });

  test("a depth that is no integer is refused", () => {
    expect(() => debugprint(x, { depth: 1.5 })).toThrow("depth must be an integer, got 1.5");
  });
});

describe("graphs of functions", () => {
  test("positions in execution order follow the names", () => {
    const fgraph = new FunctionGraph([x, y], [T.mul(T.exp(x), y)]);
    expect(debugprint(fgraph)).toBe(
      lines(
        "Elemwise{mul,no_inplace} [id A] ''   1",
        " |Elemwise{exp,no_inplace} [id B] ''   0",
        " | |x [id C]",
        " |y [id D]",
      ),
    );
  });

  test("clients are listed behind variables that have several; the graph's output counts as one, with an id", () => {
    const e = T.exp(x);
    const fgraph = new FunctionGraph([x, y], [T.mul(e, y), e]);
    expect(debugprint(fgraph, { printClients: true })).toBe(
      lines(
        "Elemwise{mul,no_inplace} [id A] ''   1",
        " |Elemwise{exp,no_inplace} [id B] ''   0 clients:[('[id A]', 1), ('output', '')]",
        " | |x [id D]",
        " |y [id E]",
        "Elemwise{exp,no_inplace} [id B] ''   0 clients:[('[id A]', 1), ('output', '')]",
      ),
    );
  });
});

test("letters count in base 26, where A is zero", () => {
  expect([0, 25, 26, 27, 52, 675, 676].map(lettersOf)).toEqual(["A", "Z", "BA", "BB", "CA", "ZZ", "BAA"]);
});

test("a deep graph does not overflow the stack", () => {
  let deep: Variable = x;
  for (let i = 0; i < 3000; i++) deep = T.exp(deep);
  expect(debugprint(deep).split("\n")).toHaveLength(3002);
});

test("the text of a graph that is too deep is cut, and says so", () => {
  let deep: Variable = x;
  for (let i = 0; i < 20_000; i++) deep = T.exp(deep);
  const cut = /Elemwise\{exp,no_inplace\}.*\n\.\.\. \(cut: the text is longer than 16777216 characters\)\n?$/;
  expect(debugprint(deep).slice(-10_000)).toMatch(cut);
  expect(minInformativeStr(deep).slice(-10_000)).toMatch(cut);
  expect(debugprint(deep, { depth: 2 }).split("\n")).toHaveLength(3);
});

test("the short form marks repeats", () => {
  expect(minInformativeStr(T.xor(T.bvector("a"), T.bvector("b")))).toBe("A. Elemwise{xor,no_inplace}\n B. a\n C. b");
  const a = T.bvector("a");
  expect(minInformativeStr(T.xor(a, a))).toBe("A. Elemwise{xor,no_inplace}\n B. a\n <B>");
  const named = T.exp(x);
  named.name = "e";
  expect(minInformativeStr(T.log(named))).toBe("A. Elemwise{log,no_inplace}\n B. e");
});

test("a descriptor has neither names of computed variables nor anything that differs from run to run", () => {
  const inner = T.add(x, y);
  inner.name = "inner";
  expect(varDescriptor(T.mul(T.exp(inner), inner))).toBe(
    "A=Elemwise{mul,no_inplace}(B=Elemwise{exp,no_inplace}(C=Elemwise{add,no_inplace}(D=x,E=y)),<C>)",
  );
});

test("unknown kinds of ids are named", () => {
  const options: unknown = { ids: "letters" };
  expect(() => Reflect.apply(debugprint, undefined, [x, options])).toThrow(
    "ids must be one of 'CHAR', 'int', 'id', '', got 'letters'",
  );
});
