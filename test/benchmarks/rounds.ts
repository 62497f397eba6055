/** Timing peers in turns: what disturbs the machine for a while then disturbs all of them. */
import type { Failure, Timing } from "./peers/protocol.ts";

export interface Timed {
  time(seconds: number): Promise<Timing | Failure>;
}

export function isFailure(answer: object): answer is Failure {
  return "reason" in answer;
}

/**
 * The best of several rounds, in each of which every peer is timed once; a peer that fails is not asked again. Rounds
 * begin with another peer each time, since the first may find caches that the last of the round before left.
 */
export async function timeInTurns(
  peers: ReadonlyMap<string, Timed>,
  rounds: number,
  seconds: number,
): Promise<Map<string, Timing | Failure>> {
  const names = [...peers.keys()];
  const best = new Map<string, Timing | Failure>();
  for (let round = 0; round < rounds; round++) {
    const first = round % Math.max(1, names.length);
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const before = best.get(name);
      if (before !== undefined && isFailure(before)) continue;
      const peer = peers.get(name);
      if (peer === undefined) continue;
      const found = await peer.time(seconds);
      best.set(name, before === undefined || isFailure(found) ? found : better(before, found));
    }
  }
  return best;
}

function better(a: Timing, b: Timing): Timing {
  return { cpu: Math.min(a.cpu, b.cpu), wall: Math.min(a.wall, b.wall), calls: a.calls + b.calls };
}
