/** The machine: what it is, and what it can do on one thread at the time of the run. */
import { execFileSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";
import koffi from "koffi";
import type { SpeedWorkload } from "./workload.ts";

export interface Bandwidth {
  /** The bytes of all arrays together. */
  readonly bytes: number;
  readonly gigabytesPerSecond: number;
}

export interface Limits {
  /** From small sets of arrays to large ones. */
  readonly bandwidths: readonly Bandwidth[];
  /** Billions of operations per second, a multiplication with an addition being two. */
  readonly float64: number;
  readonly float32: number;
}

const SIZES = [512 << 10, 8 << 20, 32 << 20, 256 << 20];

/** Probes with the compiled C programs. */
export function probe(library: string, seconds: number): Limits {
  const code = koffi.load(library);
  const bandwidth: (bytes: number, seconds: number) => number = code.func("probe_bandwidth", "double", [
    "double",
    "double",
  ]);
  const peak = (name: string): number => code.func(name, "double", ["double"])(seconds);
  return {
    bandwidths: SIZES.map((bytes) => ({ bytes, gigabytesPerSecond: bandwidth(bytes, seconds) })),
    float64: peak("probe_f64"),
    float32: peak("probe_f32"),
  };
}

/** How near a time comes to what the machine allows: the larger of the shares of bandwidth and of arithmetic. */
export function shareOfLimits(workload: SpeedWorkload, seconds: number, limits: Limits): number | null {
  const { bytes, flops, dtype } = workload;
  const shares: number[] = [];
  if (bytes !== null) shares.push(bytes / seconds / 1e9 / bandwidthFor(bytes, limits));
  if (flops !== null) shares.push(flops / seconds / 1e9 / limits[dtype]);
  return shares.length === 0 ? null : Math.max(...shares);
}

/** That of the smallest probed set which is no smaller, so that a cache is not expected to hold more than it does. */
function bandwidthFor(bytes: number, { bandwidths }: Limits): number {
  const fitting = bandwidths.find((probed) => probed.bytes >= bytes) ?? bandwidths.at(-1);
  return fitting?.gigabytesPerSecond ?? Number.NaN;
}

/** In words, for the page of results. */
export function machineText(): string {
  const [{ model }] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${model.trim()}, ${cpus().length} cores, ${gigabytes} GiB, ${type()} ${release()}`;
}

/** The first line of `gcc --version`; null where there is none. */
export function compilerVersion(): string | null {
  try {
    return execFileSync("gcc", ["-dumpfullversion"], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}
