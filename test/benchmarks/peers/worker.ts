/** A peer's process, as the benchmark sees it: requests in their order, each with its answer. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Peer } from "./peer.ts";
import type { Failure, Hello, Loaded, LoadRequest, Readiness, Request, Timing } from "./protocol.ts";

/** Milliseconds that a process may think about one request: compilers of peers are slow. */
const PATIENCE = 180_000;
const LATE = "no answer within";

/** Every library of every process works on one thread. */
const ONE_THREAD = Object.fromEntries(
  ["OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR"].map((library) => [`${library}_NUM_THREADS`, "1"]),
);

/** Settings for old libraries that make new ones slow. */
const UNSET = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"];

/** What a peer needs to be measured; tests have their own. */
export interface Measurable {
  load(request: Omit<LoadRequest, "op">): Promise<Loaded | Failure>;
  ready(): Promise<Readiness | Failure>;
  time(seconds: number): Promise<Timing | Failure>;
}

export class Worker implements Measurable {
  readonly versions: Readonly<Record<string, string>>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessWithoutNullStreams, lines: AsyncIterator<string>, hello: Hello) {
    this.#child = child;
    this.#lines = lines;
    this.versions = hello.versions;
  }

  /** @throws Error when the process does not say what it is; the message ends with what it complained of. */
  static async start(peer: Peer, environment: Readonly<Record<string, string>> = {}): Promise<Worker> {
    const inherited = Object.entries(process.env).filter(([name]) => !UNSET.includes(name));
    const env = { ...Object.fromEntries(inherited), ...ONE_THREAD, ...peer.environment, ...environment };
    const [command, ...args] = peer.command;
    const child = spawn(command, args, { env });
    let complaints = "";
    child.stderr.on("data", (text) => {
      complaints = (complaints + text).slice(-2000);
    });
    child.on("error", () => {});
    child.stdin.on("error", () => {});
    const lines: Interface = createInterface({ input: child.stdout });
    const iterator = lines[Symbol.asyncIterator]();
    const hello = await next<Hello>(iterator, child);
    if ("reason" in hello) {
      child.kill();
      const last = complaints.trim().split("\n").at(-1) ?? "";
      throw new Error(last === "" ? hello.reason : last);
    }
    return new Worker(child, iterator, hello);
  }

  load(request: Omit<LoadRequest, "op">): Promise<Loaded | Failure> {
    return this.#ask<Loaded>({ op: "load", ...request });
  }

  ready(): Promise<Readiness | Failure> {
    return this.#ask<Readiness>({ op: "ready" });
  }

  time(seconds: number): Promise<Timing | Failure> {
    return this.#ask<Timing>({ op: "time", seconds });
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  stop(): void {
    this.#child.stdin.end();
    this.#child.kill();
  }

  #ask<A>(request: Request): Promise<A | Failure> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return next<A>(this.#lines, this.#child);
  }
}

/** The next line of a process; a process that ends or takes too long is a failure, and is stopped. */
async function next<A>(lines: AsyncIterator<string>, child: ChildProcessWithoutNullStreams): Promise<A | Failure> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Failure>((resolve) => {
    timer = setTimeout(() => resolve({ reason: `${LATE} ${PATIENCE / 1000} s` }), PATIENCE);
  });
  const answer = lines.next().then(({ done, value }): A | Failure => {
    if (done) return { reason: "its process ended" };
    return JSON.parse(value) as A | Failure;
  });
  const result = await Promise.race([answer, late]);
  clearTimeout(timer);
  if (typeof result === "object" && result !== null && "reason" in result && child.exitCode === null) {
    if (String(result.reason).startsWith(LATE)) child.kill("SIGKILL");
  }
  return result;
}
