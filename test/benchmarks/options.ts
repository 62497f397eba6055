/** What the command line asks for. */
import { parseArgs } from "node:util";
import { didYouMean, nearest } from "../../runtime/config/suggest.ts";

export interface Options {
  /** Names of workloads; null: all. */
  readonly only: readonly string[] | null;
  /** Names of peers besides our own; null: all. */
  readonly peers: readonly string[] | null;
  /** A file for all figures. */
  readonly json: string | null;
  readonly rounds: number;
  /** Seconds that a peer is timed in a round. */
  readonly seconds: number;
  /** Write the page of results. */
  readonly write: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run bench -- [--only NAME,…] [--peers NAME,…] [--rounds N] [--quick] [--json FILE] [--write]

  --only NAME,…   these workloads only; a name may end in *, as in softmax-*
  --peers NAME,…  these peers only, besides Theanotes itself; none: no peer
  --rounds N      so many rounds, each of which times every peer once (5)
  --quick         two short rounds
  --json FILE     write all figures there
  --write         write docs/benchmarks.md and its chart; a run of all workloads and peers does so anyway`;

/** A mistake in the command line; its message is for the user. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError for an unknown option, a name that there is not, or a number of rounds that is none. */
export function parseOptions(args: readonly string[], workloads: readonly string[], peers: readonly string[]): Options {
  const values = parsed(args);
  const only = values.only === undefined ? null : expand(values.only, workloads, "workload");
  const chosen = values.peers === undefined ? null : values.peers === "none" ? [] : expand(values.peers, peers, "peer");
  const rounds = values.rounds === undefined ? (values.quick ? 2 : 5) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new UsageError(`--rounds takes a whole number from 1 on, not ${JSON.stringify(values.rounds)}.`);
  const isWhole = only === null && chosen === null && !values.quick;
  return {
    only,
    peers: chosen,
    json: values.json ?? null,
    rounds,
    seconds: values.quick ? 0.1 : 0.3,
    write: values.write === true || isWhole,
    help: values.help === true,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        peers: { type: "string" },
        json: { type: "string" },
        rounds: { type: "string" },
        quick: { type: "boolean", default: false },
        write: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

/** Names that are separated by commas, those with a star as all that begin so; in the order of the known ones. */
function expand(text: string, known: readonly string[], what: string): string[] {
  const wanted = new Set<string>();
  for (const name of text.split(",").map((part) => part.trim())) {
    const found = name.endsWith("*") ? known.filter((one) => one.startsWith(name.slice(0, -1))) : [name];
    if (found.length === 0 || !known.includes(found[0]))
      throw new UsageError(
        `There is no ${what} ${JSON.stringify(name)}.${didYouMean(nearest(name, known))} There are ${known.join(", ")}.`,
      );
    for (const one of found) wanted.add(one);
  }
  return known.filter((name) => wanted.has(name));
}
