/** `npm run bench`: measures workloads in our library and in its peers; `--help` lists the options. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { drawChart } from "./chart.ts";
import { documentOf } from "./document.ts";
import { type Report, type Row, reportJson } from "./figures.ts";
import { compilerVersion, type Limits, machineText, probe } from "./machine.ts";
import { measureLatency, measureSpeed } from "./measure.ts";
import { type Options, parseOptions, USAGE, UsageError } from "./options.ts";
import { buildReference, installed } from "./peers/install.ts";
import { OURS, PEERS, type Peer } from "./peers/peer.ts";
import { ROOT } from "./peers/places.ts";
import type { Failure } from "./peers/protocol.ts";
import { Worker } from "./peers/worker.ts";
import { isFailure } from "./rounds.ts";
import { gaps, reportText, textTable, titleOf, verdictCells } from "./table.ts";
import { verdicts } from "./targets.ts";
import { WORKLOADS } from "./workloads/index.ts";

const PAGE = join(ROOT, "docs", "benchmarks.md");
const CHART = "images/benchmarks.svg";

function say(what: string): void {
  console.error(what);
}

async function main(): Promise<void> {
  const options = parseOptions(
    process.argv.slice(2),
    WORKLOADS.map(({ name }) => name),
    PEERS.map(({ name }) => name),
  );
  if (options.help) {
    console.log(`${USAGE}\n\nworkloads: ${WORKLOADS.map(({ name }) => name).join(", ")}`);
    console.log(`peers: ${PEERS.map(({ name }) => name).join(", ")}`);
    return;
  }
  const report = await run(options);
  console.log(reportText(report));
  for (const [workload, peer, reason] of gaps(report)) say(`${workload}, ${titleOf(peer)}: ${reason}`);
  const judged = verdicts(report).filter(({ found }) => found !== null);
  if (judged.length > 0) console.log(`\n${textTable(judged.map(verdictCells))}`);
  if (options.json !== null) save(options.json, `${JSON.stringify(reportJson(report), null, 2)}\n`);
  if (!options.write) return;
  save(join(dirname(PAGE), CHART), await drawChart(report));
  save(PAGE, documentOf(report, CHART));
}

function save(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  say(`wrote ${file}`);
}

async function run(options: Options): Promise<Report> {
  const { only, peers: named, rounds, seconds } = options;
  const wanted = PEERS.filter(({ name }) => name === OURS || named === null || named.includes(name));
  const workloads = WORKLOADS.filter(({ name }) => only === null || only.includes(name));
  const limits = probed(seconds);
  const { workers, missing } = await startAll(wanted);
  const rows: Row[] = [];
  try {
    for (const [i, workload] of workloads.entries()) {
      say(`${i + 1}/${workloads.length} ${workload.name}`);
      const living = wanted.filter(({ name }) => !(name in missing));
      const row =
        workload.kind === "speed"
          ? await measureSpeed(workload, workers, { rounds, seconds })
          : await measureLatency(workload, living, { rounds, seconds });
      rows.push(row);
      await restart(living, workers);
    }
  } finally {
    for (const worker of workers.values()) if (!isFailure(worker)) worker.stop();
  }
  const versions = [...workers.values()].flatMap((worker) =>
    isFailure(worker) ? [] : Object.entries(worker.versions),
  );
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machineText(),
    limits,
    versions: Object.fromEntries(versions),
    rounds,
    seconds,
    peers: wanted.map(({ name }) => name),
    missing,
    rows,
  };
}

/** The machine's limits; null without a C compiler. */
function probed(seconds: number): Limits | null {
  if (compilerVersion() === null) return null;
  try {
    return probe(buildReference(), seconds);
  } catch (error) {
    say(`The machine's limits are unknown: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

interface Started {
  readonly workers: Map<string, Worker | Failure>;
  /** Reasons by peer. */
  readonly missing: Record<string, string>;
}

async function startAll(peers: readonly Peer[]): Promise<Started> {
  const workers = new Map<string, Worker | Failure>();
  const missing: Record<string, string> = {};
  for (const peer of peers) {
    const worker = await start(peer);
    workers.set(peer.name, worker);
    if (isFailure(worker)) {
      missing[peer.name] = worker.reason;
      say(`${peer.title} is left out: ${worker.reason}`);
    }
  }
  return { workers, missing };
}

async function start(peer: Peer): Promise<Worker | Failure> {
  const problem = installed(peer, say);
  if (problem !== null) return { reason: problem };
  try {
    return await Worker.start(peer);
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** A process that ended in one workload is there again for the next. */
async function restart(peers: readonly Peer[], workers: Map<string, Worker | Failure>): Promise<void> {
  for (const peer of peers) {
    const worker = workers.get(peer.name);
    if (worker !== undefined && !isFailure(worker) && worker.hasEnded) workers.set(peer.name, await start(peer));
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
