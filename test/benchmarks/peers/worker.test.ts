import { expect, test } from "vitest";
import type { Peer } from "./peer.ts";
import { Worker } from "./worker.ts";

/** A peer that is a line of JavaScript. */
function peer(program: string): Peer {
  return { name: "fake", title: "Fake", from: "own", command: [process.execPath, "-e", program], environment: {} };
}

const ECHO = `
  console.log(JSON.stringify({ versions: { fake: "1" } }));
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { op } = JSON.parse(line);
    if (op === "ready") process.exit(3);
    console.log(JSON.stringify(op === "time" ? { cpu: 1, wall: 2, calls: 3 } : { reason: process.env.OMP_NUM_THREADS }));
  });`;

test("a process says what it is, and answers requests", async () => {
  const worker = await Worker.start(peer(ECHO));
  expect(worker.versions).toEqual({ fake: "1" });
  expect(await worker.time(0.1)).toEqual({ cpu: 1, wall: 2, calls: 3 });
  // Its libraries work on one thread.
  expect(await worker.load({ program: "exp", inputs: [], out: null })).toEqual({ reason: "1" });
  worker.stop();
});

test("one that ends has a reason", async () => {
  const worker = await Worker.start(peer(ECHO));
  expect(await worker.ready()).toEqual({ reason: "its process ended" });
  worker.stop();
});

test("one that cannot start says why", async () => {
  await expect(
    Worker.start(peer('console.error("ImportError: no module named jax"); process.exit(1)')),
  ).rejects.toThrow("ImportError: no module named jax");
  await expect(Worker.start({ ...peer(""), command: ["/no/such/program"] })).rejects.toThrow("its process ended");
});
