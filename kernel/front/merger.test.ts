import { beforeEach, describe, expect, it } from "vitest";
import { markText } from "../marks.ts";
import type { FromEngine } from "../messages.ts";
import { Merger, type StreamName } from "./merger.ts";

const SECRET = "5ec4e7";
let shown: string[];
let merger: Merger;

beforeEach(() => {
  shown = [];
  merger = new Merger(SECRET, {
    text: (stream, text, request) => shown.push(`${stream} ${text}${request && ` of ${request}`}`),
    message: (message) => shown.push(message.type === "clear" ? `clear ${message.request}` : message.type),
  });
});

const write = (stream: StreamName, text: string) => merger.pushBytes(stream, Buffer.from(text));
const mark = (stream: StreamName, order: number) => write(stream, markText(SECRET, { type: "order", order }));
const clear = (request: string): FromEngine => ({ type: "clear", request, wait: false });
const send = (order: number, message: FromEngine) => merger.pushMessage({ order, message });

describe("a message", () => {
  it("waits for its marks, and what is behind the marks waits for it", () => {
    write("stdout", "before");
    mark("stdout", 1);
    write("stdout", "after");
    send(1, clear("a"));
    expect(shown).toEqual(["stdout before"]);
    write("stderr", "before");
    mark("stderr", 1);
    expect(shown).toEqual(["stdout before", "stderr before", "clear a", "stdout after"]);
  });

  it("that never came is passed over by the next one", () => {
    mark("stdout", 1);
    write("stdout", "between");
    for (const stream of ["stdout", "stderr"] as const) mark(stream, 2);
    send(2, clear("b"));
    expect(shown).toEqual(["stdout between", "clear b"]);
  });

  it("is delivered without its marks when the engine has gone", () => {
    mark("stdout", 1);
    write("stdout", "tail");
    send(1, clear("a"));
    send(2, clear("b"));
    merger.end();
    expect(shown).toEqual(["clear a", "stdout tail", "clear b"]);
  });
});

describe("a reserved place", () => {
  const marks = (order: number) => {
    for (const stream of ["stdout", "stderr"] as const) mark(stream, order);
  };
  it("holds what comes behind it until it is filled", () => {
    send(1, { type: "reserved" });
    marks(1);
    write("stdout", "behind");
    send(2, clear("b"));
    marks(2);
    expect(shown).toEqual([]);
    send(1, clear("a"));
    expect(shown).toEqual(["clear a", "stdout behind", "clear b"]);
  });

  it("is overtaken by a question, and filled late", () => {
    send(1, { type: "reserved" });
    marks(1);
    send(2, { type: "input", request: "q", prompt: "", password: false });
    marks(2);
    expect(shown).toEqual(["reserved", "input"]);
    send(1, clear("a"));
    expect(shown).toEqual(["reserved", "input", "clear a"]);
  });
});

it("keeps characters whole and attributes text to its owner", () => {
  const [first, second] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)];
  merger.pushBytes("stdout", first);
  merger.pushBytes("stdout", second);
  write("stdout", `${markText(SECRET, { type: "owner", request: "r" })}mine`);
  expect(shown).toEqual(["stdout é", "stdout mine of r"]);
});
