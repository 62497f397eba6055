/** The chart of a run: how many times faster or slower than every peer, on a logarithmic scale. */
import type { TopLevelSpec } from "vega-lite";
import { drawVegaLite, VEGA_LITE_SCHEMA } from "../../kernel/engine/display/vega.ts";
import { type Report, ratio } from "./figures.ts";
import { OURS } from "./peers/peer.ts";
import { titleOf } from "./table.ts";

export function chartSpec(report: Report): TopLevelSpec {
  const peers = report.peers.filter((peer) => peer !== OURS);
  const values = report.rows.flatMap((row) =>
    peers.flatMap((peer) => {
      const value = ratio(row, peer);
      return value === null ? [] : [{ workload: row.workload.name, peer: titleOf(peer), ratio: value }];
    }),
  );
  const y = {
    field: "workload",
    type: "nominal",
    sort: report.rows.map(({ workload }) => workload.name),
    title: null,
    axis: { grid: true, labelLimit: 300 },
  } as const;
  return {
    $schema: VEGA_LITE_SCHEMA,
    title: "Time of peers relative to Theanotes: right of 1, Theanotes is faster",
    width: 620,
    height: { step: 16 },
    data: { values },
    layer: [
      { mark: { type: "rule", color: "#7a7a7a", strokeDash: [4, 3] }, encoding: { x: { datum: 1 } } },
      {
        mark: { type: "point", filled: true, size: 55, opacity: 0.85 },
        encoding: {
          y,
          x: { field: "ratio", type: "quantitative", scale: { type: "log" }, title: "peer's time / Theanotes' time" },
          color: { field: "peer", type: "nominal", sort: peers.map(titleOf), title: "peer" },
          shape: { field: "peer", type: "nominal", sort: peers.map(titleOf), legend: null },
        },
      },
    ],
  };
}

export function drawChart(report: Report): Promise<string> {
  return drawVegaLite(chartSpec(report));
}
