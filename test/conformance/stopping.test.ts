/** Stopping: cells that are interrupted, engines that end under them, and the end of the kernel itself. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KernelClient, resultText, streamText } from "./client.ts";

const TIMEOUT = 60_000;

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
}, TIMEOUT);
afterAll(() => kernel.close(), TIMEOUT);

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("interrupts", { timeout: TIMEOUT }, () => {
  it.each([
    ["an endless loop", "counter += 1; while (true) {}"],
    ["an endless await", "counter += 1; await new Promise(() => {})"],
    ["a loop after an await", "counter += 1; await null; while (true) {}"],
    ["a loop in a timer", "counter += 1; setTimeout(() => { while (true) {} }); await new Promise(() => {})"],
    ["a flood of prints", "counter += 1; while (true) console.log('flood')"],
    ["a child process", "counter += 1; (await import('node:child_process')).spawnSync('sleep', ['30'])"],
  ])("stop %s within a second and keep the variables, twice", async (_, code) => {
    await kernel.execute("let counter = 0");
    for (const round of [1, 2]) {
      const id = kernel.begin(code);
      await sleep(300);
      const begin = performance.now();
      await kernel.interrupt();
      const reply = await kernel.reply(id);
      expect(performance.now() - begin).toBeLessThan(1000);
      expect(reply.content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
      expect(resultText((await kernel.execute("counter")).outputs)).toBe(String(round));
      expect(streamText((await kernel.execute("console.log('alive')")).outputs, "stdout")).toBe("alive\n");
    }
  });

  it("end a loop that goes on after awaiting", async () => {
    const id = kernel.begin("for (;;) { await new Promise((done) => setTimeout(done, 10)); console.log('tick') }");
    await sleep(200);
    await kernel.interrupt();
    await kernel.outputs(id);
    const before = kernel.published.length;
    await sleep(200);
    expect(kernel.published.slice(before)).toEqual([]);
  });

  it("leave the work of other cells in Node's queues alone", async () => {
    await kernel.execute(
      "let turns = 0, going = true; const turn = () => new Promise((done) => setImmediate(done));\n" +
        "void (async () => { for (; going; turns++) await turn(); })()",
    );
    for (let round = 0; round < 10; round++) {
      const id = kernel.begin("while (true) {}");
      await sleep(100);
      await kernel.interrupt();
      expect((await kernel.reply(id)).content.ename).toBe("KeyboardInterrupt");
      const { outputs } = await kernel.execute(
        "const before = turns; await new Promise((done) => setTimeout(done, 20)); turns > before",
      );
      expect(resultText(outputs)).toBe("true");
    }
    await kernel.execute("going = false");
  });

  it("at any moment leave the kernel usable", async () => {
    const cells = [
      "while (true) {}",
      "await new Promise(() => {})",
      "for (;;) await null",
      "for (;;) console.error('!')",
    ];
    await kernel.execute("let untouched = 1");
    for (let round = 0; round < 24; round++) {
      const id = kernel.begin(cells[round % cells.length] ?? "");
      await sleep(3 * round);
      await Promise.all(Array.from({ length: 1 + (round % 3) }, () => kernel.interrupt()));
      expect((await kernel.reply(id)).content.ename).toBe("KeyboardInterrupt");
      expect(resultText((await kernel.execute("untouched")).outputs)).toBe("1");
    }
  });

  it("while nothing runs do nothing", async () => {
    expect((await kernel.interrupt()).reply.content.status).toBe("ok");
    expect(resultText((await kernel.execute("6 * 7")).outputs)).toBe("42");
  });

  it("leave control and heartbeat free while a cell spins", async () => {
    const id = kernel.begin("while (true) {}");
    await sleep(300);
    const info = await kernel.request("kernel_info_request", {}, { channel: "control" });
    expect(info.milliseconds).toBeLessThan(500);
    expect((await kernel.request("kernel_info_request")).milliseconds).toBeLessThan(500);
    expect(await kernel.heartbeat("beat")).toBe("beat");
    await kernel.interrupt();
    await kernel.reply(id);
  });
});

describe("an engine that ends", { timeout: TIMEOUT }, () => {
  it.each([
    ["process.exit", "console.log('last words'); process.exit(3)", "exit code 3"],
    ["a crash", "console.log('last words'); process.abort()", "signal SIGABRT"],
    ["a kill", "console.log('last words'); process.kill(process.pid, 'SIGKILL'); while (true) {}", "signal SIGKILL"],
  ])("by %s says so in the cell, and a fresh one runs the next", async (_, code, reason) => {
    await kernel.execute("const lost = 1");
    const { reply, outputs } = await kernel.execute(code);
    expect(reply.content).toMatchObject({ status: "error", ename: "EngineEnded" });
    expect(reply.content.evalue).toContain(reason);
    expect(reply.content.evalue).toContain("variables are lost");
    expect(streamText(outputs, "stdout")).toBe("last words\n");
    expect((await kernel.execute("lost")).reply.content.status).toBe("error");
    expect(resultText((await kernel.execute("1 + 1")).outputs)).toBe("2");
  });

  it("for want of memory is reported too", async () => {
    const own = await KernelClient.start({ env: { NODE_OPTIONS: "--max-old-space-size=200" } });
    const hoard = "const hoard: number[][] = []; for (;;) hoard.push(new Array(1e6).fill(1.5))";
    expect((await own.execute(hoard)).reply.content.ename).toBe("EngineEnded");
    expect(resultText((await own.execute("'recovered'")).outputs)).toBe("'recovered'");
    await own.close();
  });

  it("between cells says so in the last one", async () => {
    const id = kernel.begin("setTimeout(() => process.exit(5), 100)");
    const note = await kernel.publication(({ content }) => String(content.text).includes("exit code 5"));
    expect(note).toMatchObject({ type: "stream", parent: id, content: { name: "stderr" } });
    expect(resultText((await kernel.execute("1 + 1")).outputs)).toBe("2");
  });
});

describe("the end", { timeout: TIMEOUT }, () => {
  it.each([
    ["when idle", null],
    ["while a cell spins", "while (true) {}"],
  ])("comes on request %s", async (_, code) => {
    const own = await KernelClient.start();
    await own.execute("1");
    if (code) own.begin(code);
    await sleep(code ? 300 : 0);
    const id = own.send("shutdown_request", { restart: true }, { channel: "control" });
    expect((await own.reply(id)).content).toEqual({ status: "ok", restart: true });
    const begin = performance.now();
    await own.exited();
    expect(performance.now() - begin).toBeLessThan(3000);
    await own.close();
  });

  it("is also the end of the child processes that cells have left running", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "theanotes-stopping-"));
    const own = await KernelClient.start({ cwd });
    const script = "trap 'touch ended; exit' TERM; sleep 60 & touch started; wait";
    const options = "{ stdio: 'ignore' }";
    await own.execute(
      `import { spawn } from 'node:child_process'; spawn('sh', ['-c', ${JSON.stringify(script)}], ${options})`,
    );
    await expect.poll(() => existsSync(join(cwd, "started"))).toBe(true);
    await own.close();
    await expect.poll(() => existsSync(join(cwd, "ended"))).toBe(true);
    rmSync(cwd, { recursive: true });
  });

  it("comes when the process that started the kernel has gone", async () => {
    const gone = 4_000_000; // Larger than any process id that Linux gives out by default.
    const own = await KernelClient.start({ env: { JPY_PARENT_PID: String(gone) } });
    await own.exited();
    expect(own.process.exitCode).toBe(0);
    await own.close();
  });
});
