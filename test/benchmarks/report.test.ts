import { describe, expect, test } from "vitest";
import { chartSpec, drawChart } from "./chart.ts";
import { documentOf } from "./document.ts";
import { type Figure, type Report, ratio, reportJson, share } from "./figures.ts";
import { gaps, microseconds, reportText, textTable, times } from "./table.ts";
import { isMeant, TARGETS, verdicts } from "./targets.ts";
import { WORKLOADS } from "./workloads/index.ts";

const time = (seconds: number, tier: string | null = null): Figure => ({ kind: "time", seconds, wall: seconds, tier });

function workload(name: string) {
  return WORKLOADS.find((one) => one.name === name) ?? expect.unreachable(name);
}

const REPORT: Report = {
  date: "2026-12-01",
  machine: "a machine",
  limits: {
    bandwidths: [
      { bytes: 2 ** 20, gigabytesPerSecond: 80 },
      { bytes: 2 ** 28, gigabytesPerSecond: 16 },
    ],
    float64: 50,
    float32: 100,
  },
  versions: { jax: "1.2" },
  rounds: 2,
  seconds: 0.1,
  peers: ["theanotes", "c", "jax", "tfjs"],
  missing: { tfjs: "npm cannot be started" },
  rows: [
    {
      workload: workload("exp-f64"),
      figures: new Map([
        ["theanotes", time(0.002, "c")],
        ["c", time(0.001)],
        ["jax", time(0.003)],
        ["tfjs", { kind: "none", reason: "npm cannot be started" }],
      ]),
    },
    {
      workload: workload("call-vector4"),
      figures: new Map([
        ["theanotes", time(0.4e-6, "js")],
        ["c", { kind: "none", reason: "no such program" }],
        ["jax", time(2e-6)],
      ]),
    },
  ],
};
const [EXP, CALL] = REPORT.rows;

describe("figures", () => {
  test("ratios are above 1 where we are faster", () => {
    expect(ratio(EXP, "jax")).toBeCloseTo(1.5);
    expect(ratio(EXP, "c")).toBeCloseTo(0.5);
    expect(ratio(EXP, "tfjs")).toBe(null);
    expect(ratio(EXP, "theanotes", "c")).toBeCloseTo(2);
  });

  test("the share of the limits is the larger of bandwidth and arithmetic, with the bandwidth of the size", () => {
    // 16 MB in 2 ms are 8 of 16 GB/s; a million operations 0.5 of 50 GF/s.
    expect(share(EXP, "theanotes", REPORT.limits)).toBeCloseTo(0.5);
    expect(share(CALL, "theanotes", REPORT.limits)).toBe(null);
    expect(share(EXP, "theanotes", null)).toBe(null);
  });

  test("go into JSON with names", () => {
    const json = JSON.parse(JSON.stringify(reportJson(REPORT)));
    expect(json.rows[0].figures.jax).toEqual({ kind: "time", seconds: 0.003, wall: 0.003, tier: null });
    expect(json.rows[0].shareOfLimits).toBeCloseTo(0.5);
  });
});

describe("texts", () => {
  test.each([
    [1234.5678e-6, "1,235"],
    [12.345e-6, "12.3"],
    [1.2345e-6, "1.23"],
    [0.12345e-6, "0.123"],
  ])("%d s are %s µs", (seconds, text) => {
    expect(microseconds(seconds)).toBe(text);
  });

  test.each([
    [12.34, "12×"],
    [1.234, "1.2×"],
    [0.1234, "0.12×"],
  ])("%d is %s", (value, text) => {
    expect(times(value)).toBe(text);
  });

  test("tables are aligned", () => {
    expect(
      textTable([
        ["name", "µs"],
        ["a", "1,000"],
        ["long name", "2"],
      ]),
    ).toBe("name          µs\na          1,000\nlong name      2");
  });

  test("a report names every peer, with its ratio", () => {
    const [head, exp, call] = reportText(REPORT).split("\n");
    expect(head).toMatch(/^workload +Theanotes, µs +tier +of the limit +C by hand +JAX +TensorFlow.js$/);
    expect(exp).toMatch(/^exp-f64 +2,000 +c +50 % +1,000 \(0\.50×\) +3,000 \(1\.5×\) +–$/);
    expect(call).toMatch(/^call-vector4 +0\.400 +js +– +2\.00 \(5\.0×\) +–$/);
  });

  test("what is missing is said once", () => {
    expect(gaps(REPORT)).toEqual([["call-vector4", "c", "no such program"]]);
  });
});

describe("targets", () => {
  test("are judged by ratios of the same run", () => {
    const judged = verdicts(REPORT, [
      {
        workloads: "exp-*",
        requirements: [
          { kind: "within", of: "c", times: 1.3 },
          { kind: "faster", than: "jax", times: 1 },
        ],
      },
      {
        workloads: "call-vector4",
        requirements: [
          { kind: "below", seconds: 0.5e-6 },
          { kind: "faster", than: "torch", times: 1 },
        ],
      },
    ]);
    expect(
      judged.map(({ workload, found, isReached }) => [
        workload,
        found === null ? null : Number(found.toPrecision(3)),
        isReached,
      ]),
    ).toEqual([
      ["exp-f64", 2, false],
      ["exp-f64", 1.5, true],
      ["call-vector4", 4e-7, true],
      ["call-vector4", null, false],
    ]);
  });

  test.each([
    ["exp-f64", "exp-f64", true],
    ["exp-f64-1e3", "exp-f64", false],
    ["softmax-10-f32", "softmax-*-f32", true],
    ["log-softmax-10-f32", "softmax-*-f32", false],
    ["mlp-20-f32", "mlp-*", true],
  ])("%s is meant by %s: %s", (name, pattern, meant) => {
    expect(isMeant(name, pattern)).toBe(meant);
  });

  test("all name workloads that there are", () => {
    for (const { workloads } of TARGETS)
      expect(
        WORKLOADS.filter(({ name }) => isMeant(name, workloads)),
        workloads,
      ).not.toEqual([]);
  });
});

describe("the page", () => {
  test("has results, verdicts, machine and what is missing", () => {
    const page = documentOf(REPORT, "images/benchmarks.svg");
    for (const text of [
      "![Times of peers relative to Theanotes, by workload](images/benchmarks.svg)",
      "| exp-f64 | 2,000 | c | 50 % | 1,000 (0.50×) | 3,000 (1.5×) | – |",
      "| exp-f64 | ≤ 1.3× the time of C by hand | 2.0× | **not reached** |",
      "| call-vector4 | ≤ 0.500 µs | 0.400 µs | reached |",
      "- TensorFlow.js could not be run: npm cannot be started",
      "- C by hand: no such program (call-vector4)",
      "## Adding a workload or a peer",
    ])
      expect(page).toContain(text);
  });

  test("has a chart of all ratios", async () => {
    expect(chartSpec(REPORT)).toMatchObject({ data: { values: [{ ratio: 0.5 }, { ratio: 1.5 }, { ratio: 5 }] } });
    const svg = await drawChart(REPORT);
    expect(svg).toMatch(/^<svg/);
    expect(svg).toContain("exp-f64");
    expect(svg).toContain("JAX");
  });
});

test("workloads have names of their own", () => {
  const names = WORKLOADS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
