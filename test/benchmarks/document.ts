/** The page of results, `docs/benchmarks.md`. */
import type { Report } from "./figures.ts";
import { cells, gaps, headings, markdownTable, titleOf, verdictCells } from "./table.ts";
import { verdicts } from "./targets.ts";

/** The page; the chart lies beside it at `chart`. */
export function documentOf(report: Report, chart: string): string {
  return `${[
    "# Benchmarks",
    introduction(report),
    `![Times of peers relative to Theanotes, by workload](${chart})`,
    "## Results",
    ...groups(report),
    "## Targets",
    targets(report),
    "## The machine",
    machine(report),
    "## What is missing",
    missing(report),
    HOW_MEASURED,
    HOW_EXTENDED,
  ].join("\n\n")}\n`;
}

function introduction({ date, rounds, seconds, rows }: Report): string {
  return `This page is written by \`npm run bench\`. It was measured on ${date}: ${rows.length} workloads, ${rounds} rounds in which each
peer was timed for ${seconds} s.

How to read it: times are microseconds per call, the fastest trial of all rounds. Behind a peer's time stands how many
times longer it takes than Theanotes: above 1, Theanotes is faster. *Tier* is what ran our program: \`js\`, \`wasm\` or \`c\`.
*Of the limit* is how near we come to what the machine allows, the larger of two shares: bytes that have to flow, of the
bandwidth that was measured for as many bytes; operations that have to be done, of the peak that was measured. Exponentials
and their like count as one operation, so that workloads full of them stay far below 100 % on every machine; arrays that
stay in a cache between calls may exceed it.`;
}

function groups(report: Report): string[] {
  const names = [...new Set(report.rows.map(({ workload }) => workload.group))];
  return names.flatMap((group) => {
    const rows = report.rows.filter(({ workload }) => workload.group === group);
    return [`### ${group}`, markdownTable([headings(report), ...rows.map((row) => cells(report, row))])];
  });
}

function targets(report: Report): string {
  const all = verdicts(report);
  if (all.length === 0) return "None of the measured workloads has a target.";
  const judged = all.filter(({ found }) => found !== null);
  const reached = judged.filter(({ isReached }) => isReached).length;
  return `${reached} of ${judged.length} measured targets are reached; ${all.length - judged.length} could not be measured.

${markdownTable([["workload", "target", "measured", "verdict"], ...all.map(verdictCells)])}`;
}

function machine({ machine, limits, versions }: Report): string {
  const lines = [
    ["", ""],
    ["machine", machine],
  ];
  if (limits !== null) {
    for (const { bytes, gigabytesPerSecond } of limits.bandwidths)
      lines.push([`triad over ${bytes / 2 ** 20} MiB, one thread`, `${gigabytesPerSecond.toFixed(1)} GB/s`]);
    lines.push(["multiply-add peak, one thread, float64", `${limits.float64.toFixed(0)} GF/s`]);
    lines.push(["multiply-add peak, one thread, float32", `${limits.float32.toFixed(0)} GF/s`]);
  }
  for (const [name, version] of Object.entries(versions)) lines.push([name, version]);
  return markdownTable(lines);
}

function missing(report: Report): string {
  const peers = Object.entries(report.missing).map(
    ([peer, reason]) => `- ${titleOf(peer)} could not be run: ${reason}`,
  );
  const byReason = new Map<string, string[]>();
  for (const [workload, peer, reason] of gaps(report)) {
    const key = `${titleOf(peer)}: ${reason}`;
    byReason.set(key, [...(byReason.get(key) ?? []), workload]);
  }
  const rest = [...byReason].map(([reason, workloads]) => `- ${reason} (${workloads.join(", ")})`);
  const lines = [...peers, ...rest];
  return lines.length === 0 ? "Nothing: every peer has every workload." : lines.join("\n");
}

const HOW_MEASURED = `## How it is measured

- Every peer is one process that lives through the whole run. For each workload all peers make the program and call it
  twice; their results must agree with ours within a tolerance, states that the first call changed included. Who lacks a
  program or gives other numbers is not timed, and the section above says so.
- Peers are timed in turns, round after round, beginning with another one each time; what counts is the fastest trial of
  all rounds. Times are processor time of the peer's process (in C: of the thread), since other work on the machine
  disturbs them least. Latencies are times of the wall clock, each from a process that has loaded its libraries and
  compiled nothing.
- All libraries work on one thread. JAX's calls wait for their results; TensorFlow.js and jax-js give theirs as typed arrays.
- *C by hand* (\`test/benchmarks/peers/c/\`) is no library but what a good programmer writes for these very programs, and is
  called and timed in C.
- Theano itself does not run on today's Python; PyTensor is what became of it.

\`npm run bench -- --help\` lists the options. \`--only\` picks workloads, \`--peers\` peers (ours always runs), \`--quick\` makes it
short. Peers are installed by the first run that asks for them, into \`.cache/bench\`, at the versions that are written down beside them.
A run of all workloads and peers writes this page; any other does so with \`--write\`.`;

const HOW_EXTENDED = `## Adding a workload or a peer

A workload is an entry in a file of \`test/benchmarks/workloads/\`: its name, sizes, inputs, costs, and a program, which is
a graph of ours and the same in plain loops. \`programs.test.ts\` there compares the two at small sizes, which it lists. The
program's name is what peers know it by: each peer's file has a table of programs, and a peer without an entry is shown as
lacking it. Targets are in \`targets.ts\`.

A peer is a process that answers the requests of \`peers/protocol.ts\`; \`peers/python/worker.py\` and
\`peers/node/worker.ts\` do so for any table of programs. It needs a file with that table, a line in \`peers/peer.ts\`, and the
versions of its packages, in \`peers/python/NAME.txt\` or in \`peers/node/package.json\`.`;
