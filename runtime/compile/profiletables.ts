/** The tables of a profile: time by class of op, by op, and by node; in the layout of Theano 1.0.5. */
import { formatE, pyTuple } from "../base/python.ts";
import { config } from "../config/index.ts";
import type { ArrayLayout, NodeProfile, ProfileStats } from "./profile.ts";

/** One row of the Class or Ops table: nodes that have something in common. */
interface Group {
  readonly name: string;
  readonly types: ReadonlySet<string>;
  readonly seconds: number;
  readonly calls: number;
  readonly applies: number;
}

/** The three tables, each as its lines; one line instead when no time was measured. */
export function timeTables(profile: ProfileStats): string[][] {
  const { nodes, thunkSeconds: total } = profile;
  if (total === 0) return [["No execution time accumulated (hint: try config profiling.time_thunks=1)"]];
  const classes = groupBy(nodes, (n) => n.node.op.family);
  const ops = groupBy(nodes, (n) => String(n.node.op));
  return [
    groupTable("Class", "Classes", classes, total),
    groupTable("Ops", "Ops", ops, total),
    applyTable(nodes, total),
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

function groupTable(title: "Class" | "Ops", plural: string, groups: readonly Group[], total: number): string[] {
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
    "---",
    `<% time> <sum %> <apply time> <time per call> <type> <#call> <#apply> <${title === "Class" ? "Class" : "Op"} name>`,
    ...shown,
    remaining(rest, plural, total, 6),
  ];
}

function applyTable(nodes: readonly NodeProfile[], total: number): string[] {
  const sorted = [...nodes].sort((a, b) => b.seconds - a.seconds);
  const withArrays = nodes.some(({ arrays }) => arrays !== null);
  let sum = 0;
  const shown = sorted.slice(0, config.profiling.n_apply);
  const rows = shown.flatMap((n) => {
    sum += n.seconds;
    const rate = withArrays ? flopColumns(n) : "";
    const row = `${times(n, sum, total)}   ${String(n.calls).padStart(4)}   ${String(n.index).padStart(3)}${rate}   ${cut(String(n.node))}`;
    return [row, ...arrayLines("input", n.arrays?.inputs), ...arrayLines("output", n.arrays?.outputs)];
  });
  return [
    "Apply",
    "------",
    `<% time> <sum %> <apply time> <time per call> <#call> <id>${withArrays ? " <Mflops> <Gflops/s>" : ""} <Apply name>`,
    ...rows,
    remaining(sorted.slice(shown.length), "Apply instances", total, 0),
  ];
}

/** Millions of operations in a call, and billions of them a second; blank for ops that do not count theirs. */
function flopColumns({ node, arrays, calls, seconds }: NodeProfile): string {
  if (node.op.flops === undefined || arrays === null || calls === 0 || seconds === 0) return " ".repeat(18);
  const shapes = (layouts: readonly ArrayLayout[]) => layouts.map(({ shape }) => shape);
  const flops = node.op.flops(node, shapes(arrays.inputs), shapes(arrays.outputs));
  const mega = (flops / 1e6).toFixed(1).padStart(8);
  return `${mega} ${((flops * calls) / seconds / 1e9).toFixed(1).padStart(9)}`;
}

function arrayLines(what: string, arrays: readonly ArrayLayout[] = []): string[] {
  return arrays.map(({ dtype, shape, strides, offset, isContiguous }, i) => {
    const layout = isContiguous ? "c" : pyTuple(strides);
    const from = offset === 0 ? "" : `, offset=${offset}`;
    return `    ${what} ${i}: dtype=${dtype}, shape=${pyTuple(shape)}, strides=${layout}${from}`;
  });
}

/** The columns that every table starts with. */
function times(row: { readonly seconds: number; readonly calls: number }, sum: number, total: number): string {
  const share = (part: number, width: number): string => ((100 * part) / total).toFixed(1).padStart(width);
  const perCall = formatE(row.calls === 0 ? 0 : row.seconds / row.calls, 2);
  return `  ${share(row.seconds, 4)}%   ${share(sum, 5)}%     ${row.seconds.toFixed(3).padStart(7)}s       ${perCall}s`;
}

/** A name, not longer than profiles show them. */
export function cut(name: string): string {
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
