/**
 * The loop of a peer that runs in Node: reads requests as lines of JSON, answers each with one. Peers in Python have the
 * same loop in `../python/worker.py`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Failure, Loaded, LoadRequest, Readiness, Request, StoredInput, Timing } from "../protocol.ts";

/** An input as it was read: elements in row-major order. */
export interface Tensor {
  readonly data: Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
  readonly dtype: StoredInput["dtype"];
  readonly shape: readonly number[];
  readonly role: StoredInput["role"];
}

export type Tensors = ReadonlyMap<string, Tensor>;

/** A program that is ready to be called. */
export interface Running {
  /** One call: everything is computed when it returns. */
  call(): unknown;
  /** The numbers in what a call returned, one list for each result. */
  read(results: unknown): readonly ArrayLike<number>[];
  /** Waits until it is as fast as it gets; absent: it is at once. */
  ready?(): Promise<string>;
  /** Calls and times itself; absent: the loop here does. */
  time?(seconds: number): Timing;
}

export interface Peer {
  readonly versions: Readonly<Record<string, string>>;
  /** null: the peer has no such program. */
  load(program: string, inputs: Tensors): Running | Promise<Running> | null;
}

/** Serves requests until the input ends. */
export async function serve(peer: Peer): Promise<void> {
  let running: Running | null = null;
  let started = 0;
  answer({ versions: peer.versions });
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    try {
      switch (request.op) {
        case "load":
          running = null;
          ({ running, started } = await load(peer, request));
          break;
        case "ready":
          answer(await readiness(running, started));
          break;
        case "time":
          answer(running === null ? { reason: "nothing is loaded" } : timed(running, request.seconds));
          break;
      }
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      answer({ reason: reason.split("\n")[0].slice(0, 300) });
    }
  }
}

function answer(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function load(
  peer: Peer,
  { program, inputs, out }: LoadRequest,
): Promise<{ running: Running | null; started: number }> {
  const tensors = new Map(inputs.map((input) => [input.name, read(input)]));
  const started = performance.now();
  const running = await peer.load(program, tensors);
  if (running === null) {
    answer({ reason: "no such program in this peer" });
    return { running, started };
  }
  if (out === null) {
    answer({ first: (performance.now() - started) / 1000, sizes: [] });
    return { running, started };
  }
  const first = running.read(running.call());
  const seconds = (performance.now() - started) / 1000;
  // A second call shows what the first did to states.
  const numbers = [...first, ...running.read(running.call())];
  writeFileSync(out, Buffer.concat(numbers.map((list) => Buffer.from(Float64Array.from(list).buffer))));
  const loaded: Loaded = { first: seconds, sizes: numbers.map(({ length }) => length) };
  answer(loaded);
  return { running, started };
}

async function readiness(running: Running | null, started: number): Promise<Readiness | Failure> {
  if (running === null) return { reason: "nothing is loaded" };
  const tier = (await running.ready?.()) ?? null;
  return { seconds: (performance.now() - started) / 1000, tier };
}

function read({ file, dtype, shape, role }: StoredInput): Tensor {
  const bytes = readFileSync(file);
  // A buffer of its own: small files come out of a pool.
  const buffer = new Uint8Array(bytes).buffer;
  const data =
    dtype === "float64"
      ? new Float64Array(buffer)
      : dtype === "float32"
        ? new Float32Array(buffer)
        : new BigInt64Array(buffer);
  return { data, dtype, shape, role };
}

/** Seconds that a trial takes at least, so that clocks are fine enough. */
const TRIAL = 0.004;

/** The fastest of as many trials as fit into the given time, in seconds per call. */
function timed(running: Running, seconds: number): Timing {
  if (running.time !== undefined) return running.time(seconds);
  const { call } = running;
  let calls = 1;
  let trial = measure(call, calls);
  while (trial.wall * calls < TRIAL) {
    calls = Math.ceil(Math.min(calls * 10, (1.2 * TRIAL) / Math.max(trial.wall, 1e-8)));
    trial = measure(call, calls);
  }
  let [{ cpu, wall }, trials] = [trial, 1];
  const end = performance.now() + 1000 * seconds;
  for (; performance.now() < end; trials++) {
    trial = measure(call, calls);
    cpu = Math.min(cpu, trial.cpu);
    wall = Math.min(wall, trial.wall);
  }
  return { cpu, wall, calls: calls * trials };
}

function measure(call: () => unknown, calls: number): { readonly cpu: number; readonly wall: number } {
  const start = performance.now();
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) call();
  const { user, system } = process.cpuUsage(before);
  const wall = performance.now() - start;
  return { cpu: (user + system) / 1e6 / calls, wall: wall / 1000 / calls };
}
