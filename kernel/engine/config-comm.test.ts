import { config } from "@theanotes/runtime";
import { afterEach, expect, test } from "vitest";
import { serveConfig } from "./config-comm.ts";
import type { Comm } from "./services.ts";

const serve = serveConfig(config, ["Mode", "FAST_RUN"]);

/** A front end's comm that remembers what it was sent. */
function createComm() {
  const sent: unknown[] = [];
  let closed = false;
  const comm: Comm = {
    id: "1",
    target: "theanotes.config",
    send: (data) => void sent.push(data),
    close: () => {
      closed = true;
    },
  };
  return { comm, sent, isClosed: () => closed };
}

afterEach(() => config.reset("DebugMode.patience"));

test("hello is answered with every flag and the modes", () => {
  const { comm, sent } = createComm();
  serve(comm, { op: "hello", api: 1 });
  expect(sent).toEqual([
    { op: "snapshot", rev: expect.any(Number), flags: config.flags(), modes: ["Mode", "FAST_RUN"] },
  ]);
});

test("a setting changes the flag, tells everybody, then answers", () => {
  const [panel, other] = [createComm(), createComm()];
  const handler = serve(panel.comm, { op: "hello", api: 1 });
  serve(other.comm, { op: "hello", api: 1 });
  handler.message({ op: "set", req: 7, name: "DebugMode.patience", value: "3" });
  expect(config.DebugMode.patience).toBe(3);
  const changed = { op: "changed", name: "DebugMode.patience", value: "3", origin: "panel" };
  expect(panel.sent.slice(1)).toMatchObject([changed, { op: "result", req: 7, ok: true }]);
  expect(other.sent.slice(1)).toMatchObject([changed]);
});

test("revisions count the changes, whoever made them", () => {
  const { comm, sent } = createComm();
  serve(comm, { op: "hello", api: 1 });
  config.DebugMode.patience = 4;
  config.DebugMode.patience = 5;
  const revs = sent.map((message) => (typeof message === "object" && message && "rev" in message ? message.rev : null));
  const first = Number(revs[0]);
  expect(revs).toEqual([first, first + 1, first + 2]);
  expect(sent.at(-1)).toMatchObject({ name: "DebugMode.patience", value: "5", origin: "code" });
});

test.each([
  ["floatX", "float33", /floatX.*float32/s],
  ["DebugMode.patience", "many", /DebugMode\.patience.*whole number/s],
  ["no_such_flag", "1", /no_such_flag/],
])("a bad setting %s=%s is answered with what is wrong", (name, value, reason) => {
  const { comm, sent } = createComm();
  const before = config.toString();
  serve(comm, { op: "hello", api: 1 }).message({ op: "set", req: 1, name, value });
  expect(sent.slice(1)).toEqual([{ op: "result", req: 1, ok: false, error: expect.stringMatching(reason) }]);
  expect(config.toString()).toBe(before);
});

test.each([[{ op: "hello", api: 2 }], [{ op: "dance" }], ["hello"], [null]])("%o is not our protocol", (data) => {
  const { comm, sent, isClosed } = createComm();
  serve(comm, data);
  expect(sent).toEqual([]);
  expect(isClosed()).toBe(true);
});

test("a closed comm hears no more", () => {
  const { comm, sent } = createComm();
  serve(comm, { op: "hello", api: 1 }).close?.();
  config.DebugMode.patience = 6;
  expect(sent).toHaveLength(1);
});
