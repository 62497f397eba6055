/** Profiles: a chart of the time per op, and a table of every apply node. */
import type { ProfileStats } from "@theanotes/runtime";
import { PROFILE_MIME, type ProfileFunctionJson, type ProfileJson, type ProfileOpJson } from "@theanotes/runtime/json";
import type { TopLevelSpec } from "vega-lite";
import type { DisplayData } from "../../messages.ts";
import { displayOf } from "./bundle.ts";
import { Chart } from "./chart.ts";
import { html, type Markup } from "./markup.ts";
import { count, showSeconds, showShare, timeUnit } from "./numbers.ts";
import { type Cell, type Column, details, faint, place, pre, table } from "./parts.ts";
import { GREY, NEUTRAL_CONFIG, VEGA_LITE_SCHEMA } from "./vega.ts";

/** Bars of a chart, rows of an open table; the rest is summed up. */
const MOST_BARS = 20;
const MOST_ROWS = 200;
const LONGEST_LABEL = 60;

/** What ran an op: its name for people, and its colour, a mid-tone that stands out from white and from black. */
const IMPLEMENTATIONS: Readonly<Record<ProfileOpJson["impl"], { readonly label: string; readonly colour: string }>> = {
  interp: { label: "interpreter", colour: "#9e9e9e" },
  js: { label: "JavaScript", colour: "#e0a030" },
  c: { label: "C", colour: "#4285f4" },
  wasm: { label: "WebAssembly", colour: "#8e6bd8" },
  webgpu: { label: "GPU", colour: "#2fa36b" },
};
const SEVERAL = { label: "several", colour: "#a0a0a0" };

/** The time of all apply nodes of one op on one implementation. */
export interface OpTime {
  readonly op: string;
  readonly implementation: string;
  readonly seconds: number;
  readonly calls: number;
}

/** The ops of a function, slowest first; what is beyond `limit` is summed up as the last one. */
export function opTimes(profiled: ProfileFunctionJson, limit: number = MOST_BARS): readonly OpTime[] {
  const byOp = new Map<string, OpTime>();
  for (const { op, impl, seconds, calls } of profiled.ops) {
    const implementation = IMPLEMENTATIONS[impl].label;
    const key = `${implementation} ${op}`;
    const before = byOp.get(key) ?? { seconds: 0, calls: 0 };
    byOp.set(key, { op, implementation, seconds: before.seconds + seconds, calls: before.calls + calls });
  }
  const times = [...byOp.values()].sort((a, b) => b.seconds - a.seconds);
  if (times.length <= limit) return times;
  const rest = times.slice(limit - 1);
  return [
    ...times.slice(0, limit - 1),
    { op: `${rest.length} other ops`, implementation: SEVERAL.label, ...total(rest) },
  ];
}

/** The chart of a function's profile, with the summary that Theano prints. */
export function profileChart(profile: ProfileStats): Chart {
  const { functions, text } = profile.toJSON();
  return opTimeChart(functions[0], text);
}

/** A bar for every op of one function, as long as the time spent in it. */
export function opTimeChart(profiled: ProfileFunctionJson, text: string): Chart {
  return new Chart(opTimeSpec(profiled), text);
}

/** The specification of {@link opTimeChart}; it keeps to Vega-Lite 5.6, which JupyterLab ships. */
export function opTimeSpec(profiled: ProfileFunctionJson): TopLevelSpec & { readonly $schema: string } {
  const times = opTimes(profiled);
  const unit = timeUnit(times[0]?.seconds ?? 0);
  const labels = shortLabels(times.map((time) => time.op));
  const bars = times.map((time, i) => ({
    label: labels[i],
    op: time.op,
    time: time.seconds * unit.perSecond,
    share: showShare(shareOf(time.seconds, profiled)),
    implementation: time.implementation,
    calls: time.calls,
  }));
  const shown = [...Object.values(IMPLEMENTATIONS), SEVERAL].filter(({ label }) =>
    times.some((time) => time.implementation === label),
  );
  const y = { field: "label", type: "nominal", sort: null, title: null } as const;
  const x = { field: "time", type: "quantitative", title: `time in ${unit.name}` } as const;
  return {
    $schema: VEGA_LITE_SCHEMA,
    description: `Time spent in each op of the function ${profiled.name}`,
    config: NEUTRAL_CONFIG,
    title: { text: `Time per op of ${profiled.name}`, subtitle: headline(profiled), anchor: "start", offset: 12 },
    data: { values: bars },
    width: 420,
    height: { step: 24 },
    encoding: { y: { ...y, axis: { labelLimit: 0, domain: false, ticks: false, labelPadding: 8 } } },
    layer: [
      {
        mark: { type: "bar", cornerRadiusEnd: 2, height: { band: 0.7 } },
        encoding: {
          x: { ...x, axis: { grid: true, tickCount: 5 } },
          color: {
            field: "implementation",
            type: "nominal",
            title: "run by",
            scale: { domain: shown.map(({ label }) => label), range: shown.map(({ colour }) => colour) },
            legend: { orient: "bottom", direction: "horizontal" },
          },
          tooltip: [
            { field: "op", type: "nominal", title: "op" },
            { field: "time", type: "quantitative", title: `time in ${unit.name}`, format: ".3~f" },
            { field: "share", type: "nominal", title: "of the thunks' time" },
            { field: "calls", type: "quantitative", title: "calls" },
          ],
        },
      },
      {
        mark: { type: "text", align: "left", dx: 5, color: GREY },
        encoding: { x, text: { field: "share", type: "nominal" } },
      },
    ],
  };
}

/** The whole profile as a report: phases and every apply node, with the text that Theano prints. */
export function profileTable(profile: ProfileJson): DisplayData {
  return displayOf({
    [PROFILE_MIME]: profile,
    "text/html":
      html`<div>${profile.functions.map(functionPart)}${details("The profile as text", pre(profile.text))}</div>`.text,
    "text/plain": profile.text,
  });
}

const APPLY_COLUMNS: readonly Column[] = [
  { title: "share" },
  { title: "time", align: "right" },
  { title: "calls", align: "right" },
  { title: "run by" },
  { title: "apply node", text: "code" },
  { title: "from" },
];

function functionPart(profiled: ProfileFunctionJson): Markup {
  const slowest = [...profiled.ops].sort((a, b) => b.seconds - a.seconds);
  const rows = slowest.slice(0, MOST_ROWS).map((apply): readonly Cell[] => {
    const share = shareOf(apply.seconds, profiled);
    return [
      { content: showShare(share), share },
      showSeconds(apply.seconds),
      String(apply.calls),
      IMPLEMENTATIONS[apply.impl].label,
      apply.apply,
      apply.location === undefined ? "" : place(apply.location),
    ];
  });
  const rest = slowest.slice(MOST_ROWS);
  const restLine =
    rest.length === 0 ? "" : faint(`${rest.length} more apply nodes took ${showSeconds(total(rest).seconds)}.`);
  return html`<div style="margin-bottom:1em"><b>${profiled.name}</b> · ${headline(profiled)}
${table(APPLY_COLUMNS, rows)}${restLine}</div>`;
}

/** `3 calls in 1.2 ms, 0.9 ms of it in thunks; compiled in 12 ms`, the last where that was measured. */
function headline(profiled: ProfileFunctionJson): string {
  const calls = `${count(profiled.calls, "call")} in ${showSeconds(profiled.callSeconds)}`;
  const compiled = profiled.compileSeconds > 0 ? `; compiled in ${showSeconds(profiled.compileSeconds)}` : "";
  return `${calls}, ${showSeconds(profiled.thunkSeconds)} of it in thunks${compiled}`;
}

function shareOf(seconds: number, profiled: ProfileFunctionJson): number {
  return profiled.thunkSeconds > 0 ? Math.min(1, seconds / profiled.thunkSeconds) : 0;
}

function total(times: readonly { readonly seconds: number; readonly calls: number }[]) {
  return {
    seconds: times.reduce((sum, time) => sum + time.seconds, 0),
    calls: times.reduce((sum, time) => sum + time.calls, 0),
  };
}

/** Labels of a length that fits beside bars, cut in the middle, all different. */
function shortLabels(names: readonly string[]): readonly string[] {
  const used = new Map<string, number>();
  return names.map((name) => {
    const half = (LONGEST_LABEL - 1) / 2;
    const short =
      name.length <= LONGEST_LABEL ? name : `${name.slice(0, Math.ceil(half))}…${name.slice(-Math.floor(half))}`;
    const earlier = used.get(short) ?? 0;
    used.set(short, earlier + 1);
    return earlier === 0 ? short : `${short} (${earlier + 1})`;
  });
}
