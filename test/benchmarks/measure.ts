/** Measuring workloads: programs are loaded in all peers and compared, and those that agree are timed in turns. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { disagreement, readResults } from "./agree.ts";
import type { Figure, Row } from "./figures.ts";
import { OURS, type Peer } from "./peers/peer.ts";
import { CACHE } from "./peers/places.ts";
import type { Failure, StoredInput, Timing } from "./peers/protocol.ts";
import { type Measurable, Worker } from "./peers/worker.ts";
import { isFailure, timeInTurns } from "./rounds.ts";
import { bytesOf, drawn, type LatencyWorkload, type SpeedWorkload, sizeOf } from "./workload.ts";

export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

/** Writes the inputs of a workload for all peers; the caller removes the folder. */
function store(workload: SpeedWorkload): { readonly folder: string; readonly inputs: readonly StoredInput[] } {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "data-"));
  const inputs = workload.inputs.map((input): StoredInput => {
    const { name, dtype, shape, role } = input;
    const values = drawn(input);
    const data =
      dtype === "float64"
        ? values
        : dtype === "float32"
          ? Float32Array.from(values)
          : BigInt64Array.from(values, (value) => BigInt(value));
    if (data.byteLength !== sizeOf(shape) * bytesOf(dtype)) throw new Error(`${name} has a wrong number of elements`);
    const file = join(folder, `${name}.input`);
    writeFileSync(file, data);
    return { name, file, dtype, shape, role };
  });
  return { folder, inputs };
}

/** How fast every peer runs a program; those that lack it or give other numbers say so instead. */
export async function measureSpeed(
  workload: SpeedWorkload,
  workers: ReadonlyMap<string, Measurable | Failure>,
  effort: Effort,
): Promise<Row> {
  const { folder, inputs } = store(workload);
  try {
    const figures = new Map<string, Figure>();
    const ready = new Map<string, Measurable>();
    const tiers = new Map<string, string>();
    let right: Float64Array[] | null = null;
    for (const [name, worker] of workers) {
      const loaded = isFailure(worker) ? worker : await load(workload, name, worker, folder, inputs);
      if (isFailure(loaded)) {
        figures.set(name, { kind: "none", reason: loaded.reason });
        continue;
      }
      right ??= loaded.results;
      const difference = disagreement(loaded.results, right, workload.tolerance);
      if (difference !== null) figures.set(name, { kind: "none", reason: difference });
      else if (!isFailure(worker)) ready.set(name, worker);
      if (loaded.tier !== null) tiers.set(name, loaded.tier);
    }
    for (const [name, timing] of await timeInTurns(ready, effort.rounds, effort.seconds))
      figures.set(name, figureOf(timing, tiers.get(name) ?? null));
    return { workload, figures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function figureOf(timing: Timing | Failure, tier: string | null): Figure {
  if (isFailure(timing)) return { kind: "none", reason: timing.reason };
  return { kind: "time", seconds: timing.cpu, wall: timing.wall, tier };
}

async function load(
  { program }: SpeedWorkload,
  peer: string,
  worker: Measurable,
  folder: string,
  inputs: readonly StoredInput[],
): Promise<{ readonly results: Float64Array[]; readonly tier: string | null } | Failure> {
  const out = join(folder, `${peer}.results`);
  const loaded = await worker.load({ program: program.name, inputs, out });
  if (isFailure(loaded)) return loaded;
  const readiness = await worker.ready();
  if (isFailure(readiness)) return readiness;
  return { results: readResults(out, loaded.sizes), tier: readiness.tier };
}

/** Peers that compile a program as a whole: only theirs is a time to wait for. */
const COMPILING = new Set([OURS, "theanotes-wasm", "jax", "pytensor", "numba", "torch", "jax-js"]);

/** Seconds from which once is enough: what disturbs such a time is small beside it. */
const LONG = 3;

/** How long a new process needs until it has something; the shortest of several rounds. */
export async function measureLatency(
  workload: LatencyWorkload,
  peers: readonly Peer[],
  { rounds }: Effort,
): Promise<Row> {
  const { folder, inputs } = store(workload.of);
  try {
    const figures = new Map<string, Figure>();
    const asked = peers.filter(
      ({ name }) => COMPILING.has(name) && (workload.until === "first result" || isOurs(name)),
    );
    for (const peer of peers) if (!asked.includes(peer)) figures.set(peer.name, { kind: "none", reason: "not asked" });
    for (let round = 0; round < Math.min(rounds, 3); round++)
      for (const peer of asked) {
        const before = figures.get(peer.name);
        if (before?.kind === "none" || (before?.kind === "time" && before.seconds > LONG)) continue;
        const found = await latencyOf(workload, peer, folder, inputs);
        figures.set(peer.name, before === undefined || found.kind === "none" ? found : sooner(before, found));
      }
    return { workload, figures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isOurs(name: string): boolean {
  return name === OURS || name === "theanotes-wasm";
}

function sooner(a: Figure, b: Figure): Figure {
  return a.kind === "time" && b.kind === "time" && b.seconds < a.seconds ? b : a;
}

async function latencyOf(
  { of, until, cache }: LatencyWorkload,
  peer: Peer,
  folder: string,
  inputs: readonly StoredInput[],
): Promise<Figure> {
  const compiled = mkdtempSync(join(CACHE, "compiled-"));
  const runs = cache === "warm" ? 2 : 1;
  let figure: Figure = { kind: "none", reason: "not run" };
  try {
    for (let run = 0; run < runs; run++) {
      const worker = await Worker.start(peer, cacheIn(peer, compiled));
      try {
        // Native code is waited for at once: JavaScript that runs meanwhile would keep the clock from being read.
        const out = until === "native code" ? null : join(folder, "results");
        const loaded = await worker.load({ program: of.program.name, inputs, out });
        if (isFailure(loaded)) return { kind: "none", reason: loaded.reason };
        const readiness = await worker.ready();
        if (isFailure(readiness)) return { kind: "none", reason: readiness.reason };
        const { tier } = readiness;
        if (until === "native code" && (tier === null || tier === "js"))
          return { kind: "none", reason: "no native code" };
        const seconds = until === "first result" ? loaded.first : readiness.seconds;
        figure = { kind: "time", seconds, wall: seconds, tier: until === "first result" ? null : tier };
      } finally {
        worker.stop();
      }
    }
    return figure;
  } catch (error) {
    return { kind: "none", reason: error instanceof Error ? error.message : String(error) };
  } finally {
    rmSync(compiled, { recursive: true, force: true });
  }
}

/** Settings under which a peer keeps what it compiles in a folder. */
function cacheIn(peer: Peer, folder: string): Record<string, string> {
  const flags = peer.environment.THEANO_FLAGS ?? "";
  return {
    THEANO_FLAGS: [flags, `base_compiledir=${folder}`].filter((flag) => flag !== "").join(","),
    PYTENSOR_FLAGS: `base_compiledir=${folder}`,
    NUMBA_CACHE_DIR: folder,
  };
}
