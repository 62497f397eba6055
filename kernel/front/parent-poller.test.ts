import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

const POLLER = new URL("./parent-poller.ts", import.meta.url).href;

it("notices that the parent has gone", { timeout: 20_000 }, async () => {
  const watching = `
    const { watchParent } = await import(${JSON.stringify(POLLER)});
    watchParent(process.ppid, () => { console.log("gone"); process.exit(0); });
    console.log("watching");`;
  const parent = `
    const { spawn } = await import("node:child_process");
    spawn(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(watching)}], { stdio: "inherit" });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", parent], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [first] = await once(child.stdout, "data");
  expect(String(first)).toBe("watching\n");
  child.kill("SIGKILL");
  const [second] = await once(child.stdout, "data");
  expect(String(second)).toBe("gone\n");
});
