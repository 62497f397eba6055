import { describe, expect, test } from "vitest";
import theano, { ProfileSession, T } from "../index.ts";

const x = T.dvector("x");
const f = theano.function([x], T.exp(x.mul(2)), { name: "f" });
const g = theano.function([x], x.add(1), { name: "g", profile: true });

const namesAndCalls = (session: ProfileSession) => session.profiles.map(({ message, calls }) => [message, calls]);

describe("a session", () => {
  test("profiles functions that were compiled without a profile, node by node", () => {
    const session = new ProfileSession();
    const result = session.run(() => f([1, 2]));
    expect(String(result)).toBe(String(f([1, 2])));
    expect(f.profile).toBeNull();
    expect(namesAndCalls(session)).toEqual([["f", 1]]);
    expect(session.profiles[0].nodes.map(({ node, calls }) => [String(node.op.family), calls])).toEqual(
      f.fgraph.toposort().map((node) => [node.op.family, 1]),
    );
  });

  test("takes the profile that a function has", () => {
    const session = new ProfileSession();
    session.run(() => g([1]));
    expect(session.profiles).toEqual([g.profile]);
  });

  test("follows what its code starts and awaits, and nothing else", async () => {
    const session = new ProfileSession();
    const later = session.run(async () => {
      await null;
      f([1]);
    });
    f([2]);
    await later;
    f([3]);
    expect(namesAndCalls(session)).toEqual([["f", 1]]);
  });

  test("times the compilation of what is compiled in it", () => {
    const session = new ProfileSession();
    const h = session.run(() => theano.function([x], T.sqr(x), { name: "h" }));
    session.run(() => h([1]));
    expect(namesAndCalls(session)).toEqual([["h", 1]]);
    expect(session.profiles[0].compile.total).toBeGreaterThan(0);
  });

  test("leaves DebugMode alone, which cannot be profiled", () => {
    const session = new ProfileSession();
    const value = session.run(() => theano.function([x], T.sqr(x), { mode: "DebugMode" })([3]));
    expect(String(value)).toBe("[9.]");
    expect(session.profiles).toEqual([]);
  });
});

test("there is no session outside of one", () => {
  expect(ProfileSession.current).toBeNull();
  const session = new ProfileSession();
  expect(session.run(() => ProfileSession.current)).toBe(session);
});
