import theano, { NDArray, T } from "@theanotes/runtime";
import { expect, describe as group, test } from "vitest";
import { htmlProblems, xmlProblems } from "../../../test/support/markup.ts";
import type { DisplayData } from "../../messages.ts";
import { DISPLAY_METHOD } from "./bundle.ts";
import { describe, describeError } from "./describe.ts";
import { html } from "./markup.ts";

const text = async (value: unknown) => (await describe(value))?.data["text/plain"];
const mimes = (display: DisplayData | null) => Object.keys(display?.data ?? {}).sort();

group("values without a look of their own", () => {
  class Point {
    x = 1;
  }
  test.each<[unknown, string]>([
    [null, "null"],
    [42, "42"],
    [10n, "10n"],
    ["abc", "'abc'"],
    ["two\nlines", "two\nlines"],
    [new Point(), "Point { x: 1 }"],
    [new Map([["a", [1, 2]]]), "Map(1) { 'a' => [ 1, 2 ] }"],
    [[], "[]"],
    [Symbol("s"), "Symbol(s)"],
  ])("%o", async (value, expected) => {
    expect(await text(value)).toBe(expected);
  });

  test("undefined shows nothing", () => {
    expect(describe(undefined)).toBeNull();
  });

  test("no colours", async () => {
    expect(await text({ a: 1, b: "x" })).toBe("{ a: 1, b: 'x' }");
  });
});

group("values that draw themselves", () => {
  test("a bundle of their own, completed with text", async () => {
    const drawn = { [DISPLAY_METHOD]: () => ({ "text/html": "<b>hi</b>" }) };
    expect((await describe(drawn))?.data).toMatchObject({ "text/html": "<b>hi</b>", "text/plain": expect.anything() });
  });

  test("also a promise of one", async () => {
    const drawn = { [DISPLAY_METHOD]: async () => ({ "text/plain": "later" }) };
    expect(await text(drawn)).toBe("later");
  });

  test.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new RangeError("no picture");
      },
    ],
    ["rejects", () => Promise.reject(new RangeError("no picture"))],
  ])("a method that %s is described, not thrown", async (_, method) => {
    expect(await text({ [DISPLAY_METHOD]: method })).toBe("<a value that cannot be shown: RangeError: no picture>");
  });

  test("what is no bundle is not passed on", async () => {
    expect(mimes(await describe({ [DISPLAY_METHOD]: () => "just text" }))).toEqual(["text/plain"]);
  });

  test("tagged HTML", async () => {
    expect((await describe(html`<i>${"<"}</i>`))?.data["text/html"]).toBe("<i>&#60;</i>");
  });
});

test("a Vega-Lite specification is a chart with an SVG twin", async () => {
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v5.8.0.json",
    data: { values: [{ a: "x", b: 3 }] },
    mark: "bar",
    encoding: { x: { field: "a", type: "nominal" }, y: { field: "b", type: "quantitative" } },
  };
  const display = await describe(spec);
  expect(mimes(display)).toEqual(["application/vnd.vegalite.v5+json", "image/svg+xml", "text/plain"]);
  expect(xmlProblems(String(display?.data["image/svg+xml"]))).toEqual([]);
});

test("a specification that cannot be drawn here goes to the front end all the same", async () => {
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    data: { url: "no/such.csv" },
    mark: "bar",
  };
  expect(mimes(await describe(spec))).toEqual(["application/vnd.vegalite.v5+json", "text/plain"]);
});

group("pictures", () => {
  const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  test.each<[string, unknown, string]>([
    ["the bytes of a PNG", Buffer.from(png, "base64"), "image/png"],
    ["a data URL", `data:image/png;base64,${png}`, "image/png"],
    ["the bytes of a JPEG", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), "image/jpeg"],
  ])("%s", async (_, value, mime) => {
    expect(mimes(await describe(value))).toEqual([mime, "text/plain"]);
  });

  test("other bytes are text", async () => {
    expect(mimes(await describe(Uint8Array.of(1, 2, 3)))).toEqual(["text/plain"]);
  });
});

test("records are a table", async () => {
  const display = await describe([
    { name: "a", n: 1 },
    { name: "<b>", n: 2, extra: true },
  ]);
  const markup = String(display?.data["text/html"]);
  expect(htmlProblems(markup)).toEqual([]);
  expect(markup.match(/<th/g)).toHaveLength(3 + 1); // three columns and <thead>
  expect(markup).toContain("&#60;b&#62;");
});

group("the library's own values", () => {
  test.each<[string, NDArray, boolean]>([
    ["array([1.5, 2. ])", NDArray.from([1.5, 2]), true],
    [
      "array([[1., 2.],\n       [3., 4.]])",
      NDArray.from([
        [1, 2],
        [3, 4],
      ]),
      true,
    ],
    ["array(2.)", NDArray.from(2), false],
  ])("%s", async (expected, array, hasTable) => {
    const display = await describe(array);
    expect(display?.data["text/plain"]).toBe(expected);
    expect("text/html" in (display?.data ?? {})).toBe(hasTable);
    expect(htmlProblems(String(display?.data["text/html"] ?? ""))).toEqual([]);
  });

  test("a long matrix is cut to a small table", async () => {
    const markup = String((await describe(NDArray.zeros([1000, 500], "float32")))?.data["text/html"]);
    expect(markup.length).toBeLessThan(60_000);
    expect(markup).toContain("float32, shape (1000, 500)");
  });

  test("a symbolic expression is one line", async () => {
    expect(await text(T.dvector("x"))).toBe("x : TensorType(float64, vector)");
  });

  test("a compiled function is its graph", async () => {
    const x = T.dvector("x");
    const display = await describe(theano.function([x], T.exp(x.mul(2)), { name: "double_exp" }));
    expect(mimes(display)).toEqual([
      "application/vnd.theanotes.graph.v1+json",
      "image/svg+xml",
      "text/html",
      "text/plain",
    ]);
    expect(display?.data["text/plain"]).toMatch(/\[id A\]/);
    expect(htmlProblems(String(display?.data["text/html"]))).toEqual([]);
    expect(xmlProblems(String(display?.data["image/svg+xml"]))).toEqual([]);
  });

  test("the configuration is the listing and a table of every flag", async () => {
    const display = await describe(theano.config);
    expect(display?.data["text/plain"]).toBe(theano.config.toString());
    const markup = String(display?.data["text/html"]);
    expect(htmlProblems(markup)).toEqual([]);
    for (const name of theano.config.names) expect(markup).toContain(`>${name}</code>`);
  });

  test("a profile is a chart", async () => {
    const x = T.dvector("x");
    const f = theano.function([x], T.exp(x.mul(2)), { name: "f", profile: true });
    f([1, 2, 3]);
    expect(mimes(await describe(f.profile))).toEqual([
      "application/vnd.vegalite.v5+json",
      "image/svg+xml",
      "text/plain",
    ]);
  });
});

group("DebugMode's report", () => {
  const failure = (): unknown => {
    const x = T.dvector("x");
    const f = theano.function([x], T.trueDiv(10, x), { mode: "DebugMode" });
    f([5]);
    try {
      f([0]);
    } catch (error) {
      return error;
    }
    return null;
  };

  test("has every field that Theano prints, the values, the graph and hints", () => {
    const display = describeError(failure());
    expect(mimes(display)).toEqual(["application/vnd.theanotes.debug.v1+json", "text/html", "text/plain"]);
    const markup = String(display?.data["text/html"]);
    expect(htmlProblems(markup)).toEqual([]);
    for (const label of [
      "InvalidValueError",
      "type(variable)",
      "TensorType(float64, vector)",
      "Elemwise{true_div,no_inplace}.0",
      "type(value)",
      "dtype(value)",
      "shape(value)",
      "(1,)",
      "[inf]",
      "min(value)",
      "max(value)",
      "isfinite",
      "client_node",
      "hint",
      "perform output",
      "specific_hint",
      "non-finite elements not allowed",
      "context",
      "|x [id C]",
      "DebugMode.check_finite=False",
    ]) {
      expect(markup).toContain(label);
    }
    expect(markup).toContain('<img src="data:image/svg+xml;base64,');
  });

  test("is Theano's text where nothing can be drawn", () => {
    const error = failure();
    expect(describeError(error)?.data["text/plain"]).toBe(error instanceof Error ? error.message : "");
  });

  test("other errors have none", () => {
    expect(describeError(new TypeError("x"))).toBeNull();
    expect(describeError("thrown text")).toBeNull();
  });
});
