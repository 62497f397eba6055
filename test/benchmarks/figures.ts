/** What was measured, and what follows from it. */
import { type Limits, shareOfLimits } from "./machine.ts";
import { OURS } from "./peers/peer.ts";
import type { Workload } from "./workload.ts";

/** One peer on one workload. */
export type Figure =
  | {
      readonly kind: "time";
      /** Of processor time per call; of the wall where waiting is what is measured. */
      readonly seconds: number;
      readonly wall: number;
      /** What of the peer ran it; null for peers that have one way only. */
      readonly tier: string | null;
    }
  | { readonly kind: "none"; readonly reason: string };

export interface Row {
  readonly workload: Workload;
  readonly figures: ReadonlyMap<string, Figure>;
}

/** A run of the benchmark. */
export interface Report {
  /** The day, as in 2026-12-01. */
  readonly date: string;
  readonly machine: string;
  readonly limits: Limits | null;
  /** Versions by package. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly seconds: number;
  readonly peers: readonly string[];
  /** Why peers are missing altogether. */
  readonly missing: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

export function secondsOf({ figures }: Row, peer: string): number | null {
  const figure = figures.get(peer);
  return figure?.kind === "time" ? figure.seconds : null;
}

/** A peer's time over ours: above 1 we are faster. */
export function ratio(row: Row, peer: string, ours = OURS): number | null {
  const [own, other] = [secondsOf(row, ours), secondsOf(row, peer)];
  return own === null || other === null ? null : other / own;
}

/** The part of the machine's limits that a peer reaches. */
export function share(row: Row, peer: string, limits: Limits | null): number | null {
  const seconds = secondsOf(row, peer);
  if (limits === null || seconds === null || row.workload.kind !== "speed") return null;
  return shareOfLimits(row.workload, seconds, limits);
}

/** For `--json`: everything, with the workloads by their names. */
export function reportJson(report: Report): object {
  return {
    ...report,
    rows: report.rows.map((row) => ({
      workload: row.workload.name,
      group: row.workload.group,
      ...(row.workload.kind === "speed" ? { flops: row.workload.flops, bytes: row.workload.bytes } : {}),
      figures: Object.fromEntries(row.figures),
      shareOfLimits: share(row, OURS, report.limits),
    })),
  };
}
