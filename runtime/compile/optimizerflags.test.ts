/** The flags that choose rewrites, through compiled functions. */
import { execFileSync } from "node:child_process";
import { describe, expect, test, vi } from "vitest";
import { changeFlags } from "../config/index.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { compileFunction } from "./function.ts";
import { Mode } from "./mode.ts";

const x = T.dvector("x");

/** The ops of log(1 + x) · log(1 + x), compiled under some flags. */
function opsUnder(flags: Parameters<typeof changeFlags>[0], mode?: Mode): readonly string[] {
  return changeFlags(flags, () => {
    const output = T.mul(T.log(T.add(1, x)), T.log(T.add(1, x)));
    const f = compileFunction([x], output, mode === undefined ? {} : { mode });
    return f.fgraph.toposort().map((node) => String(node.op));
  });
}

const FUSED = ["Elemwise{Composite{sqr(log1p(i0))}}"];
const WRITTEN = ["InplaceDimShuffle{x}", "Elemwise{add,no_inplace}", "Elemwise{log,no_inplace}"];

describe("the default mode", () => {
  test.each<[string, Parameters<typeof changeFlags>[0], readonly string[]]>([
    ["all rewrites", { optimizer: "fast_run" }, FUSED],
    ["none", { optimizer: "None" }, [...WRITTEN, ...WRITTEN, "Elemwise{mul,no_inplace}"]],
    ["merging only", { optimizer: "merge" }, [...WRITTEN, "Elemwise{mul,no_inplace}"]],
    [
      "what comes before a position",
      { optimizer: "fast_run", "optdb.position_cutoff": 1.5000001 },
      ["Elemwise{log1p,no_inplace}", "Elemwise{mul,no_inplace}"],
    ],
  ])("%s", (_, flags, expected) => {
    expect([...opsUnder({ mode: "Mode", ...flags })].sort()).toEqual([...expected].sort());
  });
});

const fast = new Mode({ linker: "vm", optimizer: "fast_run" });

test.each<[string, Mode, readonly string[]]>([
  ["excluding", fast.excluding("fusion", "inplace"), ["Elemwise{log1p,no_inplace}", "Elemwise{sqr,no_inplace}"]],
  ["excluding one by its name", fast.excluding("local_log1p"), ["Elemwise{Composite{sqr(log((i0 + i1)))}}"]],
  ["requiring", fast.requiring("merge"), [...WRITTEN, "Elemwise{mul,no_inplace}"]],
  [
    "including",
    new Mode({ linker: "vm", optimizer: "merge" }).including("elemwise_fusion"),
    ["InplaceDimShuffle{x}", "Elemwise{Composite{(log((i0 + i1)) * log((i0 + i1)))}}"],
  ],
])("a mode %s", (_, mode, expected) => {
  expect([...opsUnder({}, mode)].sort()).toEqual([...expected].sort());
});

/** The flags of these names are fixed when the library starts. */
test("optimizer_excluding and optimizer_including act on every function", () => {
  const index = new URL("../index.ts", import.meta.url);
  const program = `
    const { T, theano } = await import(${JSON.stringify(index.href)});
    const x = T.dvector("x");
    const f = theano.function([x], T.log(T.add(1, T.sigmoid(x))), { mode: "FAST_RUN" });
    console.log(f.fgraph.toposort().map(({ op }) => String(op)).join(" "));`;
  const flags = "optimizer_excluding=fusion:inplace,optimizer_including=local_hard_sigmoid";
  const output = execFileSync(process.execPath, ["--conditions=@theanotes/source", "--eval", program], {
    env: { ...process.env, THEANO_FLAGS: flags },
    encoding: "utf8",
  });
  expect(output.trim().split(" ")).toEqual([
    "Elemwise{mul,no_inplace}",
    "Elemwise{add,no_inplace}",
    "Elemwise{clip,no_inplace}",
    "Elemwise{log1p,no_inplace}",
  ]);
});

test("optimizer_verbose prints a line per replacement", () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    opsUnder({ mode: "Mode", optimizer: "fast_run", optimizer_verbose: true });
    expect(log.mock.calls.map(([line]) => line)).toContain(
      "local_log1p Elemwise{log,no_inplace}.0 Elemwise{log1p,no_inplace}.0",
    );
  } finally {
    log.mockRestore();
  }
});

test("optdb.max_use_ratio stops a pass", () => {
  const deep = Array.from({ length: 30 }).reduce<ReturnType<typeof T.neg>>((inner) => T.neg(T.exp(inner)), x);
  const compile = (ratio: number) => (): unknown =>
    changeFlags({ "optdb.max_use_ratio": ratio, on_opt_error: "raise" }, () =>
      compileFunction([x], deep, { mode: new Mode({ linker: "vm", optimizer: "fast_run" }) }),
    );
  expect(compile(8)).not.toThrow();
  expect(compile(0.1)).toThrow("max'ed out by");
});
