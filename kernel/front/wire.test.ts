import { expect, it } from "vitest";
import { Wire } from "./wire.ts";

const outgoing = { type: "status", content: { execution_state: "busy" }, parent: {}, to: ["topic"] };

it("reads what it writes", () => {
  const wire = new Wire("key", "sha256");
  const message = wire.decode(wire.encode(outgoing));
  expect(message?.header).toMatchObject({ msg_type: "status", session: wire.session, version: "5.5" });
  expect(message?.content).toEqual(outgoing.content);
  expect(message?.identities.map(String)).toEqual(["topic"]);
});

it("signs as the specification says", () => {
  // printf '{"msg_id":"1","msg_type":"t"}{}{}{}' | openssl dgst -sha256 -hmac key
  const signature = "5a6c96f5a0f3230fbe86bfe303866f2d24973553340f47c2e875f41a4466863b";
  const frames = ["<IDS|MSG>", signature, '{"msg_id":"1","msg_type":"t"}', "{}", "{}", "{}"];
  expect(new Wire("key", "sha256").decode(frames.map((frame) => Buffer.from(frame)))?.header.msg_id).toBe("1");
});

it.each([
  ["another key", (frames: Buffer[]) => new Wire("other", "sha256").decode(frames)],
  ["a changed frame", (frames: Buffer[]) => new Wire("key", "sha256").decode(frames.with(-1, Buffer.from("{}")))],
  ["a missing frame", (frames: Buffer[]) => new Wire("key", "sha256").decode(frames.slice(0, -1))],
  ["no delimiter", (frames: Buffer[]) => new Wire("key", "sha256").decode(frames.slice(2))],
])("refuses a message with %s", (_, decode) => {
  expect(decode(new Wire("key", "sha256").encode(outgoing))).toBeNull();
});

it("takes any message when there is no key, if it is one", () => {
  const frames = (header: string) => ["<IDS|MSG>", "", header, "{}", "{}", "{}"].map((frame) => Buffer.from(frame));
  const wire = new Wire("", "sha256");
  expect(wire.decode(frames('{"msg_id": "1", "msg_type": "t"}'))?.header.msg_type).toBe("t");
  for (const broken of ["{", "[]", "3", '{"msg_id": 1, "msg_type": "t"}'])
    expect(wire.decode(frames(broken))).toBeNull();
});
