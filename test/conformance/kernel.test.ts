/** The kernel over the wire: what the protocol promises beyond what `jupyter_kernel_test` looks at. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KernelClient, type KernelMessage, resultText, streamText } from "./client.ts";

const TIMEOUT = 60_000;

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
}, TIMEOUT);
afterAll(() => kernel.close(), TIMEOUT);

const types = (messages: readonly KernelMessage[]) => messages.map(({ type }) => type);
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("messages", { timeout: TIMEOUT }, () => {
  it("answers kernel_info on shell and control, with its own session", async () => {
    for (const channel of ["shell", "control"] as const) {
      const { reply } = await kernel.request("kernel_info_request", {}, { channel });
      expect(reply.content).toMatchObject({
        status: "ok",
        protocol_version: "5.5",
        language_info: { name: "typescript", file_extension: ".ts" },
      });
      expect(reply.header.session).not.toBe(kernel.session);
      expect(Date.parse(String(reply.header.date))).not.toBeNaN();
    }
  });

  it("echoes the heartbeat", async () => {
    expect(await kernel.heartbeat("still there?")).toBe("still there?");
  });

  it("drops a message with a wrong signature, and malformed ones, and lives on", async () => {
    const forged = kernel.send("kernel_info_request", {}, { key: "another key" });
    await kernel.sendFrames(["no delimiter"]);
    await kernel.sendFrames(["<IDS|MSG>", "short"]);
    await kernel.sendFrames(["<IDS|MSG>", "0".repeat(64), "{", "{}", "{}", "{}"]);
    await kernel.request("kernel_info_request");
    expect(kernel.hasReply(forged)).toBe(false);
    expect(kernel.published.some(({ parent }) => parent === forged)).toBe(false);
  });

  it("tolerates an unknown request and fields of wrong types", async () => {
    const unknown = kernel.send("bake_bread_request");
    const { reply } = await kernel.request("execute_request", { code: 7, silent: "yes", user_expressions: null });
    expect(reply.content.status).toBe("ok");
    expect(kernel.hasReply(unknown)).toBe(false);
  });

  it("puts busy, input, outputs and idle of a cell in order", async () => {
    const { outputs, reply } = await kernel.execute("console.log('out'); console.error('err'); 'value'");
    expect(types(outputs)).toEqual(["execute_input", "stream", "stream", "execute_result"]);
    const states = kernel.published.filter(({ type, parent }) => type === "status" && parent === outputs[0]?.parent);
    expect(states.map(({ content }) => content.execution_state)).toEqual(["busy", "idle"]);
    const all = kernel.published.filter(({ parent }) => parent === outputs[0]?.parent);
    expect([all[0]?.type, all.at(-1)?.type]).toEqual(["status", "status"]);
    const counts = [reply, ...outputs].flatMap(({ content }) => content.execution_count ?? []);
    expect(new Set(counts).size).toBe(1);
  });

  it("tells the ports", async () => {
    const { reply } = await kernel.request("connect_request");
    expect(Object.keys(reply.content)).toEqual(
      expect.arrayContaining(["shell_port", "control_port", "iopub_port", "stdin_port", "hb_port"]),
    );
  });
});

describe("execute_request", { timeout: TIMEOUT }, () => {
  it("runs silently: no input, no result, no count", async () => {
    const before = await kernel.execute("1");
    const { outputs, reply } = await kernel.execute("const quiet = 5; quiet", { silent: true });
    expect(outputs).toEqual([]);
    expect(reply.content).toMatchObject({ status: "ok", execution_count: before.reply.content.execution_count });
    expect(resultText((await kernel.execute("quiet")).outputs)).toBe("5");
  });

  it("runs without history: shown, not counted, not remembered", async () => {
    const before = await kernel.execute("1");
    const { outputs, reply } = await kernel.execute("'unremembered'", { store_history: false });
    expect(resultText(outputs)).toBe("'unremembered'");
    expect(reply.content.execution_count).toBe(before.reply.content.execution_count);
    const { reply: found } = await kernel.request("history_request", {
      hist_access_type: "search",
      pattern: "*unremembered*",
    });
    expect(found.content.history).toEqual([]);
  });

  it("evaluates user_expressions, of which a bad one fails alone", async () => {
    const expressions = {
      sum: "a + 1",
      wrong: "a.b.c",
      broken: "a +",
      thrown: "(() => { throw new RangeError('no') })()",
    };
    const { reply } = await kernel.execute("const a = 41", { user_expressions: expressions });
    expect(reply.content.user_expressions).toMatchObject({
      sum: { status: "ok", data: { "text/plain": "42" }, metadata: {} },
      wrong: { status: "error" },
      broken: { status: "error" },
      thrown: { status: "error", ename: "RangeError", evalue: "no" },
    });
  });

  it("aborts what was queued when a cell failed, and nothing that came later", async () => {
    const failing = kernel.begin("await new Promise((done) => setTimeout(done, 100)); throw new Error('stop')");
    const queued = [kernel.begin("console.log('never')"), kernel.begin("console.log('never')")];
    expect((await kernel.reply(failing)).content.status).toBe("error");
    const later = await kernel.execute("'later'");
    for (const id of queued) {
      expect((await kernel.reply(id)).content.status).toBe("aborted");
      expect(await kernel.outputs(id)).toEqual([]);
    }
    expect(resultText(later.outputs)).toBe("'later'");
  });

  it("goes on after an error when stop_on_error is false", async () => {
    const failing = kernel.begin("await null; throw new Error('go on')", { stop_on_error: false });
    const next = await kernel.execute("'went on'");
    expect((await kernel.reply(failing)).content.status).toBe("error");
    expect(resultText(next.outputs)).toBe("'went on'");
  });

  it("keeps the names of earlier cells, of failed ones too, and lets them be declared again", async () => {
    await kernel.execute("const kept = 1; class Thing { size = kept }\nthrow new Error('half-way')");
    await kernel.execute("const kept = 'two'; const again: string = kept");
    expect(resultText((await kernel.execute("[kept, new Thing().size]")).outputs)).toBe("[ 'two', 'two' ]");
  });
});

describe("errors", { timeout: TIMEOUT }, () => {
  beforeAll(async () => {
    const { outputs } = await kernel.execute(
      "const { proxy: revoked, revoke } = Proxy.revocable({}, {}); revoke()\nrevoked",
    );
    expect(resultText(outputs)).toContain("revoked");
  });

  it("name the cell and the line, without the kernel's own frames", async () => {
    const code = [
      "function fails(n: number): number {",
      "  throw new TypeError('wrong number ' + n);",
      "}",
      "fails(3)",
    ];
    const { outputs, reply } = await kernel.execute(code.join("\n"));
    expect(types(outputs)).toEqual(["execute_input", "error"]);
    expect(reply.content).toMatchObject({ status: "error", ename: "TypeError", evalue: "wrong number 3" });
    const trace = reply.content.traceback?.join("\n");
    const cell = reply.content.execution_count;
    expect(trace).toContain(`cell-${cell}.ts:2:9`);
    expect(trace).toContain(`cell-${cell}.ts:4:1`);
    expect(trace).not.toMatch(/kernel\/|node:internal/);
  });

  it.each([
    ["a cause", "throw new Error('outer', { cause: new RangeError('inner') })", "Error", /RangeError.*: inner/s],
    [
      "an error that is its own cause",
      "const e = new Error('own'); e.cause = e; throw e",
      "Error",
      /own(?!.*Caused by)/s,
    ],
    ["a value that no one can look into", "throw revoked", "Error", /revoked/],
    ["a value that is no error", "throw { code: 7 }", "Thrown", /code: 7/],
    ["an own class", "class Odd extends Error {}\nthrow new Odd('very')", "Odd", /Odd.*: very/s],
    ["a rejected await", "await Promise.reject(new Error('later'))", "Error", /later/],
    ["an error that cannot be read", "throw new Proxy(new Error('x'), { get() { throw 1 } })", "Error", /Error/],
    ["a type error", "let t = 1;\nconst n: number = 'text'", "TypeScriptError", /cell-\d+\.ts:2:7.*not assignable/s],
    ["a package without its types", "import 'no-such-package-at-all'", "TypeScriptError", /no-such-package-at-all/],
    [
      "a missing package",
      "await import(String('no-such-package-at-all'))",
      "Error",
      /npm install no-such-package-at-all/,
    ],
  ])("%s", async (_, code, ename, trace) => {
    const { reply } = await kernel.execute(code);
    expect(reply.content).toMatchObject({ status: "error", ename });
    expect(reply.content.traceback?.join("\n")).toMatch(trace);
  });

  it("that nobody handles are shown, and nothing dies of them", async () => {
    const rejected = await kernel.execute("void Promise.reject(new Error('unhandled one')); 'fine'");
    expect(streamText(rejected.outputs, "stderr")).toContain("unhandled one");
    expect(resultText(rejected.outputs)).toBe("'fine'");
    const thrown = await kernel.execute(
      "setTimeout(() => { throw new Error('in a timer') }, 5); await new Promise((done) => setTimeout(done, 50))",
    );
    expect(streamText(thrown.outputs, "stderr")).toContain("in a timer");
    expect(thrown.reply.content.status).toBe("ok");
  });
});

describe("output", { timeout: TIMEOUT }, () => {
  it("of 10,000 prints arrives whole, in order, in few messages, before idle", async () => {
    const { outputs } = await kernel.execute("for (let i = 0; i < 10_000; i++) console.log(i)");
    const expected = Array.from({ length: 10_000 }, (_, i) => `${i}\n`).join("");
    expect(streamText(outputs, "stdout")).toBe(expected);
    expect(outputs.length).toBeLessThan(100);
  });

  it("of one print of 10 MB arrives whole, before idle", async () => {
    const { outputs } = await kernel.execute("console.log('0123456789'.repeat(1e6))");
    expect(streamText(outputs, "stdout")).toBe(`${"0123456789".repeat(1e6)}\n`);
  });

  it("keeps characters whole whatever the pipe does to their bytes", async () => {
    const { outputs } = await kernel.execute("console.log('𝛉é'.repeat(100_000))");
    expect(streamText(outputs, "stdout")).toBe(`${"𝛉é".repeat(100_000)}\n`);
  });

  it("of child processes and raw descriptors is captured", async () => {
    const { outputs } = await kernel.execute(
      "import { spawnSync } from 'node:child_process'; import { writeSync } from 'node:fs';\n" +
        "spawnSync('echo', ['from a child'], { stdio: 'inherit' }); writeSync(2, 'raw bytes\\n');",
    );
    expect(streamText(outputs, "stdout")).toBe("from a child\n");
    expect(streamText(outputs, "stderr")).toBe("raw bytes\n");
  });

  it("keeps the order of the two streams", async () => {
    const { outputs } = await kernel.execute("console.log(1); console.error(2); console.log(3)");
    expect(outputs.slice(1).map(({ content }) => content.text)).toEqual(["1\n", "2\n", "3\n"]);
  });

  it("that comes late belongs to the cell that started it", async () => {
    const first = kernel.begin("setTimeout(() => console.log('late'), 150)");
    await kernel.reply(first);
    await kernel.execute("await new Promise((done) => setTimeout(done, 300)); console.log('second')");
    const late = await kernel.publication(({ type, content }) => type === "stream" && content.text === "late\n");
    expect(late.parent).toBe(first);
  });
});

describe("questions to the user", { timeout: TIMEOUT }, () => {
  it("block the cell until they are answered", async () => {
    const id = kernel.begin("console.log('before'); const name = prompt('Your name? '); name.toUpperCase()", {
      allow_stdin: true,
    });
    const question = await kernel.question();
    expect(question).toMatchObject({
      type: "input_request",
      parent: id,
      content: { prompt: "Your name? ", password: false },
    });
    expect(kernel.published.some(({ parent, content }) => parent === id && content.text === "before\n")).toBe(true);
    expect(await kernel.heartbeat("meanwhile")).toBe("meanwhile");
    kernel.send("input_reply", { value: "Ada" }, { channel: "stdin" });
    expect(resultText(await kernel.outputs(id))).toBe("'ADA'");
  });

  it("can be interrupted, and a stale answer is dropped", async () => {
    const id = kernel.begin("prompt('never answered')", { allow_stdin: true });
    await kernel.question();
    await kernel.interrupt();
    expect((await kernel.reply(id)).content.ename).toBe("KeyboardInterrupt");
    kernel.send("input_reply", { value: "too late" }, { channel: "stdin" });
    await sleep(50);
    const next = kernel.begin("prompt('again')", { allow_stdin: true });
    await kernel.question();
    kernel.send("input_reply", { value: "in time" }, { channel: "stdin" });
    expect(resultText(await kernel.outputs(next))).toBe("'in time'");
  });

  it("fail at once where they are not allowed", async () => {
    const { reply } = await kernel.execute("prompt('anybody?')", { allow_stdin: false });
    expect(reply.content).toMatchObject({ status: "error", evalue: expect.stringContaining("input") });
  });
});

describe("language requests", { timeout: TIMEOUT }, () => {
  it("count places in code points", async () => {
    await kernel.execute("const accumulator = [1, 2, 3]");
    const code = "/*𝐚𝐚*/ accumulator.len";
    const point = [...code].length;
    const { reply } = await kernel.request("complete_request", { code, cursor_pos: point });
    expect(reply.content.matches).toContain("length");
    expect([reply.content.cursor_start, reply.content.cursor_end]).toEqual([point - 3, point]);
    const described = reply.content.metadata?._jupyter_types_experimental ?? [];
    expect(described.map(({ text }) => text)).toEqual(reply.content.matches);
  });

  it("complete and inspect while a cell runs, which still looks busy", async () => {
    const id = kernel.begin("await new Promise((done) => setTimeout(done, 1500)); 'done'");
    await sleep(100);
    const { milliseconds } = await kernel.request("complete_request", { code: "accumulator.fil", cursor_pos: 15 });
    expect(kernel.hasReply(id)).toBe(false);
    expect(milliseconds).toBeLessThan(1400);
    await sleep(50);
    const last = kernel.published.filter(({ type }) => type === "status").at(-1);
    expect(last).toMatchObject({ parent: id, content: { execution_state: "busy" } });
    const { reply } = await kernel.request("inspect_request", { code: "accumulator", cursor_pos: 3, detail_level: 0 });
    expect(reply.content.found).toBe(true);
    expect(reply.content.data?.["text/plain"]).toContain("accumulator");
    await kernel.reply(id);
  });

  it.each([
    ["1 + 1", "complete"],
    ["function f() {", "incomplete"],
    ["const x =", "incomplete"],
    ["`open", "incomplete"],
    ["const = 3", "invalid"],
  ])("is_complete %j: %s", async (code, status) => {
    const { reply } = await kernel.request("is_complete_request", { code });
    expect(reply.content.status).toBe(status);
    expect(typeof reply.content.indent).toBe(status === "incomplete" ? "string" : "undefined");
  });
});

describe("history", { timeout: TIMEOUT }, () => {
  const find = async (content: Record<string, unknown>) =>
    (await kernel.request("history_request", content)).reply.content.history ?? [];
  const inputs = async (content: Record<string, unknown>) => (await find(content)).map(([, , input]) => input);

  it("answers tail, range and search", async () => {
    const start = (await kernel.execute("'history one'")).reply.content.execution_count ?? 0;
    await kernel.execute("'history two'");
    await kernel.execute("'history one'");
    expect(await inputs({ hist_access_type: "tail", n: 2 })).toEqual(["'history two'", "'history one'"]);
    const range = { hist_access_type: "range", session: 0, start, stop: start + 1, output: true };
    expect(await find(range)).toEqual([[expect.any(Number), start, ["'history one'", "'history one'"]]]);
    const search = { hist_access_type: "search", pattern: "*history*" };
    expect(await inputs(search)).toHaveLength(3);
    expect(await inputs({ ...search, n: 1 })).toEqual(["'history one'"]);
    expect(await inputs({ ...search, pattern: "?history ???'", unique: true })).toEqual([
      "'history two'",
      "'history one'",
    ]);
  });
});

describe("comms", { timeout: TIMEOUT }, () => {
  it("closes one that is opened to an unknown target", async () => {
    const id = kernel.send("comm_open", { comm_id: "c-1", target_name: "no.such.target", data: {} });
    expect(types(await kernel.outputs(id))).toEqual(["comm_close"]);
    const { reply } = await kernel.request("comm_info_request");
    expect(reply.content).toEqual({ status: "ok", comms: {} });
  });

  it("connects the configuration's comm to the engine", async () => {
    const id = kernel.send("comm_open", {
      comm_id: "c-2",
      target_name: "theanotes.config",
      data: { op: "hello", api: 1 },
    });
    expect((await kernel.outputs(id)).map(({ type, content }) => [type, content.comm_id])).toContainEqual([
      "comm_msg",
      "c-2",
    ]);
    const { reply } = await kernel.request("comm_info_request", { target_name: "theanotes.config" });
    expect(reply.content.comms).toEqual({ "c-2": { target_name: "theanotes.config" } });
    await kernel.outputs(kernel.send("comm_close", { comm_id: "c-2", data: {} }));
    expect((await kernel.request("comm_info_request")).reply.content.comms).toEqual({});
  });
});
