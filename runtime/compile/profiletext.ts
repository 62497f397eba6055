/** A profile as text, in the layout of Theano 1.0.5 (`compile.profiling.ProfileStats.summary`). */
import { formatE } from "../base/python.ts";
import { config } from "../config/index.ts";
import type { NodeProfile, ProfileStats } from "./profile.ts";

/** One row of the Class or Ops table: nodes that have something in common. */
interface Group {
  readonly name: string;
  readonly types: ReadonlySet<string>;
  readonly seconds: number;
  readonly calls: number;
  readonly applies: number;
}

/** All sections, each followed by an empty line. */
export function profileText(profile: ProfileStats): string {
  if (profile.calls === 0 && profile.nodes.length === 0) return `Skipping empty Profile: ${profile.message}\n`;
  const total = profile.thunkSeconds;
  const sections = [functionSection(profile)];
  if (total > 0) {
    sections.push(
      groupSection(
        "Class",
        "---",
        "Classes",
        groupBy(profile.nodes, (n) => n.node.op.family),
        total,
      ),
      groupSection(
        "Ops",
        "---",
        "Ops",
        groupBy(profile.nodes, (n) => String(n.node.op)),
        total,
      ),
      applySection(profile.nodes, total),
    );
  } else {
    sections.push(["No execution time accumulated (hint: try config profiling.time_thunks=1)"]);
  }
  return sections.map((lines) => `${lines.join("\n")}\n\n`).join("");
}

function functionSection(p: ProfileStats): string[] {
  const share = (seconds: number): string =>
    p.callSeconds > 0 ? `${((100 * seconds) / p.callSeconds).toFixed(3)}%` : "0.000%";
  return [
    "Function profiling",
    "==================",
    `  Message: ${p.message}`,
    `  Time in ${p.calls} calls to Function.__call__: ${formatE(p.callSeconds, 6)}s`,
    `  Time in Function.fn.__call__: ${formatE(p.programSeconds, 6)}s (${share(p.programSeconds)})`,
    `  Time in thunks: ${formatE(p.thunkSeconds, 6)}s (${share(p.thunkSeconds)})`,
    `  Total compile time: ${formatE(p.compile.total, 6)}s`,
    `    Number of Apply nodes: ${p.nodes.length}`,
    `    Theano Optimizer time: ${formatE(p.compile.optimize, 6)}s`,
    `    Theano Linker time (includes code generation/compiling): ${formatE(p.compile.link, 6)}s`,
  ];
}

const TYPE_NAME: Readonly<Record<NodeProfile["implementation"], string>> = {
  perform: "JS",
  interp: "IR",
  js: "JS",
  c: "C",
  wasm: "W",
  webgpu: "GPU",
};

function groupBy(nodes: readonly NodeProfile[], nameOf: (node: NodeProfile) => string): Group[] {
  const byName = Map.groupBy(nodes, nameOf);
  const groups = [...byName].map(
    ([name, members]): Group => ({
      name,
      types: new Set(members.map((m) => TYPE_NAME[m.implementation])),
      seconds: members.reduce((s, m) => s + m.seconds, 0),
      calls: members.reduce((s, m) => s + m.calls, 0),
      applies: members.length,
    }),
  );
  return groups.sort((a, b) => b.seconds - a.seconds);
}

function groupSection(title: string, line: string, plural: string, groups: readonly Group[], total: number): string[] {
  // Theano's two tables differ by a blank.
  const gap = " ".repeat(title === "Class" ? 4 : 5);
  let sum = 0;
  const rows = groups.map((g) => {
    sum += g.seconds;
    const counts = `${String(g.calls).padStart(6)}${gap}${String(g.applies).padStart(4)}`;
    return `${times(g, sum, total)}     ${[...g.types].join(" ")}   ${counts}   ${cut(g.name)}`;
  });
  const shown = rows.slice(0, config.profiling.n_ops);
  const rest = groups.slice(shown.length);
  return [
    title,
    line,
    `<% time> <sum %> <apply time> <time per call> <type> <#call> <#apply> <${title === "Class" ? "Class" : "Op"} name>`,
    ...shown,
    remaining(rest, plural, total, 6),
  ];
}

function applySection(nodes: readonly NodeProfile[], total: number): string[] {
  const sorted = [...nodes].sort((a, b) => b.seconds - a.seconds);
  let sum = 0;
  const rows = sorted.slice(0, config.profiling.n_apply).map((n) => {
    sum += n.seconds;
    return `${times(n, sum, total)}   ${String(n.calls).padStart(4)}   ${String(n.index).padStart(3)}   ${cut(String(n.node))}`;
  });
  return [
    "Apply",
    "------",
    "<% time> <sum %> <apply time> <time per call> <#call> <id> <Apply name>",
    ...rows,
    remaining(sorted.slice(rows.length), "Apply instances", total, 0),
  ];
}

/** The columns that every table starts with. */
function times(row: { readonly seconds: number; readonly calls: number }, sum: number, total: number): string {
  const share = (part: number, width: number): string => ((100 * part) / total).toFixed(1).padStart(width);
  const perCall = formatE(row.calls === 0 ? 0 : row.seconds / row.calls, 2);
  return `  ${share(row.seconds, 4)}%   ${share(sum, 5)}%     ${row.seconds.toFixed(3).padStart(7)}s       ${perCall}s`;
}

function cut(name: string): string {
  return name.slice(0, config.profiling.output_line_width);
}

function remaining(
  rest: readonly { readonly seconds: number }[],
  plural: string,
  total: number,
  width: number,
): string {
  const spent = rest.reduce((s, r) => s + r.seconds, 0);
  const share = ((100 * spent) / total).toFixed(2).padStart(width);
  return `   ... (remaining ${rest.length} ${plural} account for ${share}%(${spent.toFixed(2)}s) of the runtime)`;
}
