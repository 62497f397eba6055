import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TextBatcher } from "./text-batcher.ts";

let published: string[];
let batcher: TextBatcher;

beforeEach(() => {
  vi.useFakeTimers();
  published = [];
  batcher = new TextBatcher(({ stream, request }, text) => published.push(`${stream} ${request}: ${text}`));
});
afterEach(() => vi.useRealTimers());

const out = { stream: "stdout", request: "1" } as const;
const err = { stream: "stderr", request: "1" } as const;

it("joins texts until a moment has passed", () => {
  batcher.add(out, "a");
  batcher.add(out, "b");
  expect(published).toEqual([]);
  vi.advanceTimersByTime(50);
  expect(published).toEqual(["stdout 1: ab"]);
});

it("publishes large texts at once", () => {
  batcher.add(out, "x".repeat(65_536));
  expect(published).toHaveLength(1);
});

it("keeps the order between streams and requests", () => {
  batcher.add(out, "a");
  batcher.add(err, "b");
  batcher.add(out, "c");
  batcher.add({ ...out, request: "2" }, "d");
  batcher.flush();
  expect(published).toEqual(["stdout 1: a", "stderr 1: b", "stdout 1: c", "stdout 2: d"]);
});

it("does not make a flood of an alternation", () => {
  for (let n = 0; n < 1000; n++) batcher.add(n % 2 ? out : err, `${n} `);
  batcher.flush();
  expect(published.length).toBeLessThan(30);
  const numbers = published.join("").match(/\d+ /g) ?? [];
  expect(numbers).toHaveLength(1000);
});
