/** A profile as text, in the layout of Theano 1.0.5 (`compile.profiling.ProfileStats.summary`). */
import { formatE } from "../base/python.ts";
import { config } from "../config/index.ts";
import { gradSeconds } from "../grad/clock.ts";
import { debugprint } from "../graph/debugprint.ts";
import { type ProfileStats, secondsSinceLoaded } from "./profile.ts";
import { memorySections } from "./profilememory.ts";
import { optimizerSections } from "./profileoptimizer.ts";
import { scanOverhead } from "./profilescan.ts";
import { cut, timeTables } from "./profiletables.ts";
import { tips } from "./profiletips.ts";

/** A profile of compiling alone is shown when that took more seconds than this. */
const LONG_COMPILATION = 1;
/** Of so many nodes it is told how long making them runnable took. */
const SLOWEST_TO_MAKE = 5;

/** What a program adds to every profile: lines about what it knows of the function. */
export type ProfilerPrinter = (profile: ProfileStats) => string;

const printers: ProfilerPrinter[] = [];

/** Adds a section at the end of all profiles; Theano's `register_profiler_printer`. An empty text adds none. */
export function registerProfilerPrinter(printer: ProfilerPrinter): ProfilerPrinter {
  printers.push(printer);
  return printer;
}

/** All sections; most are followed by an empty line. */
export function profileText(profile: ProfileStats): string {
  if (profile.calls === 0 && profile.compile.total <= LONG_COMPILATION)
    return `Skipping empty Profile: ${profile.message}\n`;
  const head = [...functionSection(profile), "", ...sinceStart()];
  const sections = [...timeTables(profile), ...memorySections(profile), ...optimizerSections(profile)];
  const added = printers.map((printer) => printer(profile)).filter((text) => text !== "");
  const end = [...scanOverhead(profile), ...added, ...tips(profile)];
  return [...head, ...sections.flatMap((lines) => [...lines, ""]), ...graphs(profile), ...end, ""].join("\n");
}

function functionSection(p: ProfileStats): string[] {
  const share = (seconds: number): string =>
    p.callSeconds > 0 ? ` (${((100 * seconds) / p.callSeconds).toFixed(3)}%)` : "";
  const { total, optimize, validate, link, load } = p.compile;
  const makeSeconds = p.nodes.reduce((sum, node) => sum + node.makeSeconds, 0);
  const slowest = [...p.nodes].sort((a, b) => b.makeSeconds - a.makeSeconds).slice(0, SLOWEST_TO_MAKE);
  return [
    "Function profiling",
    "==================",
    `  Message: ${p.message}`,
    `  Time in ${p.calls} calls to Function.__call__: ${formatE(p.callSeconds, 6)}s`,
    `  Time in Function.fn.__call__: ${formatE(p.programSeconds, 6)}s${share(p.programSeconds)}`,
    `  Time in thunks: ${formatE(p.thunkSeconds, 6)}s${share(p.thunkSeconds)}`,
    `  Total compile time: ${formatE(total, 6)}s`,
    `    Number of Apply nodes: ${p.nodes.length}`,
    `    Theano Optimizer time: ${formatE(optimize, 6)}s`,
    `       Theano validate time: ${formatE(validate, 6)}s`,
    `    Theano Linker time (includes C, CUDA code generation/compiling): ${formatE(link, 6)}s`,
    `       Import time ${formatE(load, 6)}s`,
    `       Node make_thunk time ${formatE(makeSeconds, 6)}s`,
    ...slowest.map(({ node, makeSeconds }) => `           Node ${cut(String(node))} time ${formatE(makeSeconds, 6)}s`),
  ];
}

function sinceStart(): string[] {
  return [
    `Time in all call to theano.grad() ${formatE(gradSeconds(), 6)}s`,
    `Time since theano import ${secondsSinceLoaded().toFixed(3)}s`,
  ];
}

/** The functions' graphs, with `profiling.debugprint`. */
function graphs(profile: ProfileStats): string[] {
  if (!config.profiling.debugprint) return [];
  return profile.graphs.map(({ fgraph }) => debugprint(fgraph, { printType: true }));
}
