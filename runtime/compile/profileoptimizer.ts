/** The section of a profile on the optimizer: its passes, the slowest first, in the layout of Theano 1.0.5. */
import type { OptimizeResult } from "../rewrite/engine.ts";
import type { InnerRole, PassResult, RewriteStats, RoundResult } from "../rewrite/passrecord.ts";
import type { ProfileStats } from "./profile.ts";

/** So many of the rewrites that a round applied are named. */
const MOST_NAMED = 5;

/** A section for each compilation that was recorded. */
export function optimizerSections(profile: ProfileStats): string[][] {
  return profile.optimizations.map((result) => ["Optimizer Profile", "-----------------", ...sequence(result)]);
}

function sequence({ passes, ...result }: OptimizeResult): string[] {
  const slowestFirst = passes.map((pass, index) => ({ pass, index })).sort((a, b) => b.pass.seconds - a.pass.seconds);
  return [
    ` SeqOptimizer  ${result.query}  time ${seconds(result.seconds)} for ${result.nodesBefore}/${result.nodesAfter} nodes before/after optimization`,
    `   ${seconds(result.callbackSeconds)} for callback`,
    `       ${seconds(result.validateSeconds)} for fgraph.validate()`,
    "   time      - (name, class, index, nodes before, nodes after) - validate time",
    ...slowestFirst.flatMap(({ pass, index }) => [passLine(pass, index), ...indent(details(pass), 5)]),
  ];
}

function passLine(pass: PassResult, index: number): string {
  const { name, engine, nodesBefore, nodesAfter, validateSeconds } = pass;
  return `   ${pass.seconds.toFixed(6)}s - ('${name}', '${engine}', ${index}, ${nodesBefore}, ${nodesAfter}) - ${seconds(validateSeconds)}`;
}

/** What a pass of its kind has to tell. */
function details(pass: PassResult): string[] {
  switch (pass.engine) {
    case "EquilibriumOptimizer":
      return equilibrium(pass);
    case "TopoOptimizer":
      return walk(pass);
    case "MergeOptimizer":
      return merge(pass);
    case "FusionOptimizer":
      return fusion(pass);
    case "GlobalOptimizer":
      return pass.replacements === 0 ? [] : ["GlobalOptimizer", `  nb_replacement ${pass.replacements}`];
  }
}

function equilibrium(pass: PassResult): string[] {
  const { name, rounds, nodesBefore, nodesAfter, mostNodes } = pass;
  const passes = rounds.flatMap(({ inner }) => inner);
  const names = new Set(passes.map(({ result }) => result.name));
  const inNodes = sum(
    pass.rewrites.filter((rewrite) => !names.has(rewrite.name)),
    (r) => r.seconds,
  );
  const inRole = (role: InnerRole): string =>
    seconds(
      sum(
        passes.filter((one) => one.role === role),
        ({ result }) => result.seconds,
      ),
    );
  return [
    `EquilibriumOptimizer      ${name}`,
    `  time ${seconds(pass.seconds)} for ${rounds.length} passes`,
    `  nb nodes (start, end,  max) ${nodesBefore} ${nodesAfter} ${mostNodes}`,
    `  time io_toposort ${seconds(pass.sortSeconds)}`,
    `  time in local optimizers ${seconds(inNodes)}`,
    `  time in global optimizers ${inRole("global")}`,
    `  time in final optimizers ${inRole("final")}`,
    `  time in cleanup optimizers ${inRole("cleanup")}`,
    ...rounds.map(roundLine),
    ...rewriteTable(pass.rewrites),
    ...innerPasses(rounds),
  ];
}

function roundLine(round: RoundResult, index: number): string {
  const applied = [...round.applied].sort(([, a], [, b]) => b - a);
  const total = sum(applied, ([, times]) => times);
  const inPasses = sum(round.inner, ({ result }) => result.seconds);
  const named = applied.slice(0, MOST_NAMED).map(([name, times]) => `('${name}', ${times})`);
  const more = applied.length > MOST_NAMED ? " ..." : "";
  return `  ${String(index).padStart(2)} - ${seconds(round.seconds)} ${total} (${seconds(inPasses)} in global opts, ${seconds(round.sortSeconds)} io_toposort) - ${round.nodes} nodes - ${named.join(" ")}${more}`;
}

/** The rewrites that changed something, and the time of those that were tried in vain. */
function rewriteTable(rewrites: readonly RewriteStats[]): string[] {
  const used = rewrites.filter(({ applied }) => applied > 0);
  const unused = rewrites.filter(({ applied }) => applied === 0);
  return [
    "  times - times applied - nb node created - name:",
    ...used.map(
      ({ name, applied, seconds: time, nodesCreated }) => `  ${seconds(time)} - ${applied} - ${nodesCreated} - ${name}`,
    ),
    `  ${seconds(sum(unused, (r) => r.seconds))} - in ${unused.length} optimization that were not used (display only those with a runtime > 0)`,
    ...unused.filter((r) => r.seconds > 0).map((r) => `    ${seconds(r.seconds)} - ${r.name}`),
    "",
  ];
}

function innerPasses(rounds: readonly RoundResult[]): string[] {
  if (rounds.every(({ inner }) => inner.length === 0)) return [];
  return [
    "Global, final and clean up optimizers",
    ...rounds.flatMap(({ inner }, i) => [`Iter ${i}`, ...inner.flatMap(({ result }) => indent(details(result), 8))]),
  ];
}

function walk(pass: PassResult): string[] {
  const { name, nodesBefore, nodesAfter, replacements, sortSeconds, callbackSeconds, rewrites } = pass;
  return [
    `TopoOptimizer  ${name}`,
    `  nb_node (start, end, changed) (${nodesBefore}, ${nodesAfter}, ${replacements})`,
    `  init io_toposort ${sortSeconds.toFixed(6)}`,
    `  loop time ${Math.max(0, pass.seconds - sortSeconds).toFixed(6)}`,
    `  callback_time ${callbackSeconds.toFixed(6)}`,
    ...(rewrites.length > 1 ? indent(localGroup(rewrites), 4) : []),
  ];
}

/** Several rewrites that are tried at each node. */
function localGroup(rewrites: readonly RewriteStats[]): string[] {
  return [
    "LocalOptGroup",
    "---------------------",
    "  time taken - times applied - times tried - name - node_created:",
    ...rewrites.map(
      ({ name, tried, applied, seconds: time, nodesCreated }) =>
        `  ${seconds(time)} - ${applied} - ${tried} - ${name} - ${nodesCreated}`,
    ),
    "",
  ];
}

function merge({ counts, callbackSeconds, validateSeconds, seconds: time }: PassResult): string[] {
  const count = (what: string): string => String(counts.get(what) ?? 0).padStart(5);
  return [
    "MergeOptimizer",
    `  nb fail=${count("fail")} merged=${count("merged")} constant=${count("constant")}`,
    `  time replace=${time.toFixed(2)} validate=${validateSeconds.toFixed(2)} callback=${callbackSeconds.toFixed(2)}`,
  ];
}

function fusion({ counts, callbackSeconds, validateSeconds, sortSeconds }: PassResult): string[] {
  return [
    "FusionOptimizer",
    ` nb_iter ${counts.get("nb_iter") ?? 0}`,
    ` nb_replacement ${counts.get("nb_replacement") ?? 0}`,
    ` validate_time ${validateSeconds.toFixed(6)}`,
    ` callback_time ${callbackSeconds.toFixed(6)}`,
    ` time_toposort ${sortSeconds.toFixed(6)}`,
  ];
}

function seconds(time: number): string {
  return `${time.toFixed(3)}s`;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function indent(lines: readonly string[], blanks: number): string[] {
  return lines.map((line) => (line === "" ? line : " ".repeat(blanks) + line));
}
