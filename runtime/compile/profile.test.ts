import { describe, expect, test } from "vitest";
import { changeFlags } from "../config/index.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { compileFunction } from "./function.ts";
import { ProfileStats } from "./profile.ts";

const x = T.dmatrix("x");

function profiled() {
  const f = compileFunction([x], T.sum(T.exp(x), { axis: 0 }), { name: "f", profile: true, mode: "FAST_COMPILE" });
  for (let i = 0; i < 3; i++)
    f([
      [1, 2],
      [3, 4],
    ]);
  return f;
}

test("a function is not profiled unless asked", () => {
  expect(compileFunction([x], x).profile).toBe(null);
  expect(changeFlags({ profile: true }, () => compileFunction([x], x).profile)).not.toBe(null);
});

describe("a profile", () => {
  test("counts calls and times every node", () => {
    const { profile } = profiled();
    expect(profile?.calls).toBe(3);
    expect(profile?.nodes.map((n) => [String(n.node.op), n.calls])).toEqual([
      ["Elemwise{exp,no_inplace}", 3],
      ["Sum{axis=[0], acc_dtype=float64}", 3],
    ]);
    expect(profile?.nodes.every((n) => n.seconds > 0)).toBe(true);
  });

  test("time in nodes is within time in the program, which is within time in calls", () => {
    const { profile } = profiled();
    expect(profile?.thunkSeconds).toBeLessThanOrEqual(profile?.programSeconds ?? 0);
    expect(profile?.programSeconds).toBeLessThanOrEqual(profile?.callSeconds ?? 0);
  });

  test("prints Theano's sections and columns", () => {
    const text = profiled().profile?.summary() ?? "";
    expect(text).toMatch(
      /^Function profiling\n=+\n {2}Message: f\n {2}Time in 3 calls to Function\.__call__: \d\.\d{6}e[+-]\d\ds\n/,
    );
    expect(text).toContain("<% time> <sum %> <apply time> <time per call> <type> <#call> <#apply> <Class name>");
    expect(text).toContain("<% time> <sum %> <apply time> <time per call> <#call> <id> <Apply name>");
    // The blanks are those of Theano's own tables.
    expect(text).toMatch(
      /^ {2}[ \d]\d\.\d% {3}100\.0% {5} {2}\d\.\d{3}s {7}\d\.\d\de[-+]\d\ds {5}JS {8}3 {7}1 {3}(Sum|Elemwise)$/m,
    );
    expect(text).toContain("... (remaining 0 Apply instances account for");
  });

  test("shows as many rows as profiling.n_apply says", () => {
    const { profile } = profiled();
    const text = changeFlags({ profiling: { n_apply: 1 } }, () => profile?.summary() ?? "");
    expect(text).toContain("(remaining 1 Apply instances");
  });

  test("goes into JSON with the user's line", () => {
    const json = profiled().profile?.toJSON();
    expect(json?.functions[0].ops[0].location?.file).toMatch(/profile\.test\.ts$/);
  });
});

test("without profiling.time_thunks nodes are counted and not timed", () => {
  const profile = changeFlags({ profiling: { time_thunks: false } }, () => profiled().profile);
  expect(profile?.nodes.map((n) => n.calls)).toEqual([3, 3]);
  expect(profile?.thunkSeconds).toBe(0);
});

test("functions may share a profile, which has the nodes of all", () => {
  const profile = new ProfileStats("both", true);
  const v = T.dvector("v");
  const long = compileFunction([v], T.sum(T.exp(T.sin(v))), { profile, mode: "FAST_COMPILE" });
  const short = compileFunction([v], T.cos(v), { profile, mode: "FAST_COMPILE" });
  long([1, 2]);
  short([1]);
  short([2]);
  expect(profile.calls).toBe(3);
  expect(profile.nodes.map(({ node, calls }) => [String(node.op), calls])).toEqual([
    ["Elemwise{sin,no_inplace}", 1],
    ["Elemwise{exp,no_inplace}", 1],
    ["Sum{acc_dtype=float64}", 1],
    ["Elemwise{cos,no_inplace}", 2],
  ]);
});
