import theano, { T } from "@theanotes/runtime";
import { beforeEach, describe, expect, test } from "vitest";
import { htmlProblems } from "../../test/support/markup.ts";
import type { DisplayData, MimeBundle } from "../messages.ts";
import { MAGICS } from "./index.ts";
import type { Magic, MagicContext } from "./magic.ts";

const { config } = theano;

/** A cell that remembers what it was sent. */
function createCell() {
  const printed: string[] = [];
  const shown: DisplayData[] = [];
  const displayed: unknown[] = [];
  const pages: MimeBundle[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const context: MagicContext = {
    cell: 4,
    ended,
    print: (text) => void printed.push(text),
    show: (data) => void shown.push(data),
    display: (value) => void displayed.push(value),
    page: (data) => void pages.push(data),
    clear: () => {},
    input: () => "",
  };
  return { context, printed, shown, displayed, pages, end };
}

function magic(name: string): Required<Pick<Magic, "run" | "wrap">> {
  const found = MAGICS.find((each) => each.name === name);
  const missing = () => expect.fail(`there is no %${name} here`);
  return { run: found?.run ?? missing, wrap: found?.wrap ?? missing };
}

/** The flags that these tests change. */
const CHANGED = ["floatX", "mode", "DebugMode.patience", "profiling.destination"];

let cell = createCell();
beforeEach(() => {
  cell = createCell();
  for (const name of CHANGED) config.reset(name);
});

test("every magic is documented, the first line being a summary", () => {
  for (const { name, doc, run, wrap, where } of MAGICS) {
    expect(doc.split("\n")[0], name).toMatch(/^[A-Z].*\.$/);
    expect([run !== undefined, wrap !== undefined], name).toEqual([where !== "cell", where !== "line"]);
  }
});

test("the words for completion are flags, sections, values and modes", () => {
  const words = MAGICS.find(({ name }) => name === "theano_flags")?.words;
  expect(words).toEqual(expect.arrayContaining(["floatX", "floatX=float32", "DebugMode", "DebugMode.patience"]));
  expect(MAGICS.find(({ name }) => name === "mode")?.words).toContain("FAST_RUN");
});

describe("%theano_flags", () => {
  const { run } = magic("theano_flags");

  test("alone lists all flags, as text and as a table", () => {
    run(cell.context, "");
    expect(cell.shown[0]?.data["text/plain"]).toBe(config.toString());
    expect(htmlProblems(String(cell.shown[0]?.data["text/html"]))).toEqual([]);
  });

  test("shows one flag, with where its value comes from", () => {
    config.setText("floatX", "float32", { origin: "environment", variable: "THEANO_FLAGS" });
    run(cell.context, "floatX");
    expect(cell.shown[0]?.data["text/plain"]).toMatch(/^floatX = float32\n.*Set by: {3}THEANO_FLAGS$/s);
  });

  test("shows a section", () => {
    run(cell.context, "DebugMode");
    expect(cell.shown[0]?.data["text/plain"]).toContain("DebugMode.check_finite = True");
    expect(cell.shown[0]?.data["text/plain"]).not.toContain("floatX");
  });

  test("explains a flag in the pager", () => {
    run(cell.context, "DebugMode.patience?");
    expect(cell.pages[0]?.["text/plain"]).toContain("DebugMode.patience = 10");
    expect(cell.pages[0]).toHaveProperty("text/markdown");
  });

  test("sets flags in the grammar of THEANO_FLAGS, and says so", () => {
    run(cell.context, 'floatX=float32, DebugMode.patience=3,profiling.destination="a,b"');
    expect([config.floatX, config.DebugMode.patience, config.profiling.destination]).toEqual(["float32", 3, "a,b"]);
    expect(cell.printed).toEqual([
      "floatX: float64 → float32\n",
      "DebugMode.patience: 10 → 3\n",
      "profiling.destination: stderr → a,b\n",
    ]);
    expect(config.describe("floatX").originDetail).toBe("cell 4");
  });

  test.each([
    ["flaotX=float32", /flaotX.*floatX/s],
    ["flaotX", /flaotX.*floatX/s],
    ["floatX=float33", /float33.*floatX/s],
    ["DebugMode.patience=many", /DebugMode\.patience/],
    ['floatX="float32', /No closing quotation/],
    ["floatX,mode=FAST_RUN", /floatX has no value/],
    ["compiledir=/tmp", /compiledir/],
  ])("%s is an error that names the flag", (argument, message) => {
    expect(() => run(cell.context, argument)).toThrow(message);
    expect([config.floatX, config.mode]).toEqual(["float64", "Mode"]);
  });
});

describe("%config", () => {
  const { run } = magic("config");

  test.each([
    "DebugMode.patience = 3",
    "DebugMode.patience=3",
    'DebugMode.patience = "3"',
    "  DebugMode.patience  =  3 ",
  ])("%s sets the flag", (argument) => {
    run(cell.context, argument);
    expect(config.DebugMode.patience).toBe(3);
  });

  test.each(["", "DebugMode", "DebugMode.patience"])("with the argument '%s' shows flags", (argument) => {
    run(cell.context, argument);
    expect(cell.shown[0]?.data["text/plain"]).toContain("DebugMode.patience");
  });

  test("explains", () => {
    run(cell.context, "floatX?");
    expect(cell.pages).toHaveLength(1);
  });
});

describe("%mode and %%mode", () => {
  const { run, wrap } = magic("mode");

  test("lists the modes and marks the present one", () => {
    config.mode = "FAST_COMPILE";
    run(cell.context, "");
    expect(cell.shown[0]?.data["text/plain"]).toMatch(/^→ FAST_COMPILE +py /m);
    expect(htmlProblems(String(cell.shown[0]?.data["text/html"]))).toEqual([]);
  });

  test("switches the mode", () => {
    run(cell.context, "FAST_RUN");
    expect(config.mode).toBe("FAST_RUN");
    expect(cell.printed).toEqual(["mode: Mode → FAST_RUN\n"]);
  });

  test("an unknown mode is an error with a suggestion", () => {
    expect(() => run(cell.context, "FAST_RAN")).toThrow(/FAST_RUN/);
    expect(() => wrap(cell.context, "FAST_RAN", () => 1)).toThrow(/FAST_RUN/);
    expect(() => wrap(cell.context, "", () => 1)).toThrow(/%%mode DebugMode/);
    expect(config.mode).toBe("Mode");
  });

  test.each<[string, () => unknown]>([
    ["returns", () => config.mode],
    ["awaits", async () => config.mode],
  ])("a cell that %s runs in its mode, and the mode is set back at its end", async (_, body) => {
    expect(await wrap(cell.context, "DebugMode", body)).toBe("DebugMode");
    cell.end();
    await cell.context.ended;
    await new Promise(setImmediate);
    expect(config.mode).toBe("Mode");
    expect(config.describe("mode").origin).toBe("default");
  });

  test("the mode is set back after an error, and when an interrupt leaves the cell hanging", async () => {
    expect(() =>
      wrap(cell.context, "DebugMode", () => {
        throw new Error("stop");
      }),
    ).toThrow("stop");
    cell.end();
    await new Promise(setImmediate);
    expect(config.mode).toBe("Mode");

    const next = createCell();
    void wrap(next.context, "DebugMode", () => new Promise(() => {}));
    expect(config.mode).toBe("DebugMode");
    next.end();
    await new Promise(setImmediate);
    expect(config.mode).toBe("Mode");
  });
});

describe("%debugprint", () => {
  const { run } = magic("debugprint");
  const x = T.dvector("x");

  test("shows an expression as a graph and in Theano's text", () => {
    run(cell.context, "x.mul(2)", () => x.mul(2));
    expect(cell.shown[0]?.data["text/plain"]).toMatch(/^Elemwise\{mul,no_inplace\} \[id A\]/);
    expect(cell.shown[0]?.data).toHaveProperty("application/vnd.theanotes.graph.v1+json");
  });

  test("shows what a promise brings", async () => {
    await run(cell.context, "later", async () => [x, T.exp(x)]);
    expect(cell.shown).toHaveLength(1);
  });

  test.each([
    ["", undefined, /needs an expression/],
    ["42", () => 42, /42 is neither/],
    ["[]", () => [], /\[\] is neither/],
  ])("with the argument '%s' is an error", (argument, value, message) => {
    expect(() => run(cell.context, argument, value)).toThrow(message);
  });
});

describe("%profile and %%profile", () => {
  const { run, wrap } = magic("profile");
  const x = T.dvector("x");

  test("shows a chart of each function that was called and a table of all, and gives the value back", () => {
    const f = theano.function([x], T.exp(x.mul(2)), { name: "f" });
    const g = theano.function([x], x.add(1), { name: "g" });
    const value = run(cell.context, "g(f([1, 2]))", () => g(f([1, 2])));
    expect(String(value)).toBe(String(g(f([1, 2]))));
    expect(cell.displayed).toHaveLength(2);
    const table = String(cell.shown[0]?.data["text/html"]);
    expect(htmlProblems(table)).toEqual([]);
    expect(table).toMatch(/<b>f<\/b> · 1 call .*<b>g<\/b> · 1 call /s);
  });

  test("counts only what is called, also functions compiled in the cell, also after an error", async () => {
    const never = theano.function([x], T.sqrt(x), { name: "never" });
    const cellBody = async () => {
      const h = theano.function([x], T.exp(x), { name: "h" });
      h([1]);
      await null;
      h([1]);
      throw new Error("stop");
    };
    await expect(wrap(cell.context, "", cellBody)).rejects.toThrow("stop");
    never([1]);
    expect(cell.displayed).toHaveLength(1);
    expect(cell.shown[0]?.data["text/html"]).toContain("<b>h</b> · 2 calls ");
  });

  test("says so when nothing was called", () => {
    expect(wrap(cell.context, "", () => 7)).toBe(7);
    expect(cell.printed.join("")).toBe(
      "No compiled function was called that can be profiled; those in DebugMode cannot.\n",
    );
  });
});

test("%lsmagic lists every magic in its spellings", () => {
  magic("lsmagic").run(cell.context, "");
  const listing = String(cell.shown[0]?.data["text/plain"]);
  for (const { name } of MAGICS) expect(listing).toContain(`%${name}`);
  expect(listing).toContain("%mode %%mode");
});

describe("%time", () => {
  const { run, wrap } = magic("time");

  test("gives the value back and says how long it took", async () => {
    expect(run(cell.context, "1 + 1", () => 2)).toBe(2);
    expect(await wrap(cell.context, "", async () => 3)).toBe(3);
    expect(cell.printed).toHaveLength(2);
    expect(cell.printed[0]).toMatch(/^Time: [\d.]+ (µs|ms|s)\n$/);
  });

  test("also of what throws", () => {
    expect(() =>
      wrap(cell.context, "", () => {
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(cell.printed).toHaveLength(1);
  });
});
