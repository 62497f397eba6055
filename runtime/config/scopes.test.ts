import { setImmediate as nextTurn } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { Scopes } from "./scopes.ts";

/** Runs code that never ends, and terminates it as a notebook's stop button does: no `finally` runs. */
function cutOff(endless: () => unknown): void {
  expect(() => runInNewContext("endless()", { endless }, { timeout: 20 })).toThrow(/timed out/);
}

function forever(): never {
  for (;;);
}

test("steps are undone in reverse when the code returns or throws", () => {
  const scopes = new Scopes();
  const log: string[] = [];
  const change = (end: () => unknown): unknown =>
    scopes.run((undo) => {
      undo(() => log.push("first"));
      undo(() => log.push("second"));
      return end();
    });
  expect(change(() => "result")).toBe("result");
  expect(log.splice(0)).toEqual(["second", "first"]);
  expect(() => change(() => JSON.parse("{"))).toThrow(SyntaxError);
  expect(log).toEqual(["second", "first"]);
});

test("a promise keeps the scope open until it settles", async () => {
  const log: string[] = [];
  const gate = Promise.withResolvers<string>();
  const result = new Scopes().run((undo) => {
    undo(() => log.push("undone"));
    return gate.promise;
  });
  await nextTurn();
  expect(log).toEqual([]);
  gate.resolve("done");
  expect(await result).toBe("done");
  expect(log).toEqual(["undone"]);
});

test("code that is cut off is undone at the next turn, inner scopes first", async () => {
  const scopes = new Scopes();
  const log: string[] = [];
  cutOff(() =>
    scopes.run((undoOuter) => {
      undoOuter(() => log.push("outer"));
      return scopes.run((undoInner) => {
        undoInner(() => log.push("inner"));
        return forever();
      });
    }),
  );
  expect(log).toEqual([]);
  await nextTurn();
  expect(log).toEqual(["inner", "outer"]);
});
