import { expect, test } from "vitest";
import type { Failure, Timing } from "./peers/protocol.ts";
import { type Timed, timeInTurns } from "./rounds.ts";

/** A peer that takes the given times, one a round, and notes when it is asked. */
function peer(name: string, answers: readonly (number | string)[], asked: string[]): Timed {
  let round = 0;
  return {
    async time(): Promise<Timing | Failure> {
      asked.push(name);
      const answer = answers[round++];
      return typeof answer === "string" ? { reason: answer } : { cpu: answer, wall: 2 * answer, calls: 10 };
    },
  };
}

test("peers are timed in turns, each round beginning with another one, and the best time counts", async () => {
  const asked: string[] = [];
  const peers = new Map([
    ["a", peer("a", [3, 1, 2], asked)],
    ["b", peer("b", [5, 6, 4], asked)],
  ]);
  const best = await timeInTurns(peers, 3, 0.1);
  expect(asked.join("")).toBe("abbaab");
  expect(best.get("a")).toEqual({ cpu: 1, wall: 2, calls: 30 });
  expect(best.get("b")).toEqual({ cpu: 4, wall: 8, calls: 30 });
});

test("a peer that fails is not asked again, and does not stop the others", async () => {
  const asked: string[] = [];
  const peers = new Map([
    ["a", peer("a", [3, "it ended"], asked)],
    ["b", peer("b", [5, 6, 4], asked)],
  ]);
  const best = await timeInTurns(peers, 3, 0.1);
  expect(asked.filter((name) => name === "a")).toHaveLength(2);
  expect(best.get("a")).toEqual({ reason: "it ended" });
  expect(best.get("b")).toMatchObject({ cpu: 4 });
});

test("no peers, no times", async () => {
  expect(await timeInTurns(new Map(), 3, 0.1)).toEqual(new Map());
});
