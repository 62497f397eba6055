/** Results as lines of text: for the terminal, and as Markdown for the page. */
import { type Figure, type Report, type Row, ratio, share } from "./figures.ts";
import { OURS, PEERS } from "./peers/peer.ts";
import type { Requirement, Verdict } from "./targets.ts";

/** Seconds in microseconds with three significant digits, and never in powers of ten. */
export function microseconds(seconds: number): string {
  const value = seconds * 1e6;
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A ratio with two significant digits. */
export function times(value: number): string {
  return `${value >= 10 ? Math.round(value) : value >= 1 ? value.toFixed(1) : value.toFixed(2)}×`;
}

export function titleOf(peer: string): string {
  return PEERS.find(({ name }) => name === peer)?.title ?? peer;
}

/** Columns: the workload, ours, what ran it, its share of the limits, and every peer with its ratio to ours. */
export function cells({ peers, limits }: Report, row: Row): string[] {
  const own = row.figures.get(OURS);
  const reached = share(row, OURS, limits);
  return [
    row.workload.name,
    own?.kind === "time" ? microseconds(own.seconds) : "–",
    own?.kind === "time" ? (own.tier ?? "") : "",
    reached === null ? "" : `${Math.round(100 * reached)} %`,
    ...peers.filter((peer) => peer !== OURS).map((peer) => peerCell(row, peer)),
  ];
}

function peerCell(row: Row, peer: string): string {
  const figure = row.figures.get(peer);
  if (figure?.kind !== "time") return "–";
  const compared = ratio(row, peer);
  return compared === null ? microseconds(figure.seconds) : `${microseconds(figure.seconds)} (${times(compared)})`;
}

export function headings({ peers }: Report): string[] {
  return [
    "workload",
    `${titleOf(OURS)}, µs`,
    "tier",
    "of the limit",
    ...peers.filter((peer) => peer !== OURS).map(titleOf),
  ];
}

/** Lines of a table for a terminal: names to the left, numbers to the right. */
export function textTable(lines: readonly (readonly string[])[]): string {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function markdownTable([head, ...lines]: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(" | ")} |`;
  const rule = head.map((_, i) => (i === 0 ? "---" : "---:"));
  return [head, rule, ...lines].map(line).join("\n");
}

/** The run as a table for a terminal. */
export function reportText(report: Report): string {
  return textTable([headings(report), ...report.rows.map((row) => cells(report, row))]);
}

/** Why figures are missing: workload, peer, reason. */
export function gaps({ rows, missing }: Report): (readonly [string, string, string])[] {
  return rows.flatMap(({ workload, figures }) =>
    [...figures].flatMap(([peer, figure]: [string, Figure]) =>
      figure.kind === "none" && !(peer in missing) && figure.reason !== "not asked"
        ? [[workload.name, peer, figure.reason] as const]
        : [],
    ),
  );
}

export function requirementText(requirement: Requirement): string {
  switch (requirement.kind) {
    case "faster":
      return `≥ ${requirement.times}× ${titleOf(requirement.than)}'s speed`;
    case "within":
      return `≤ ${requirement.times}× the time of ${titleOf(requirement.of)}`;
    case "below":
      return `≤ ${microseconds(requirement.seconds)} µs`;
  }
}

export function verdictCells({ workload, subject, requirement, found, isReached }: Verdict): string[] {
  const shown =
    found === null ? "not measured" : requirement.kind === "below" ? `${microseconds(found)} µs` : times(found);
  return [
    subject === OURS ? workload : `${workload} (${titleOf(subject)})`,
    requirementText(requirement),
    shown,
    isReached ? "reached" : found === null ? "–" : "**not reached**",
  ];
}
