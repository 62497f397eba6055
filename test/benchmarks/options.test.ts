import { describe, expect, test } from "vitest";
import { parseOptions, UsageError } from "./options.ts";

const WORKLOADS = ["exp-f64", "exp-f32", "softmax-10-f64"];
const PEERS = ["theanotes", "jax", "torch"];
const parse = (...args: string[]) => parseOptions(args, WORKLOADS, PEERS);

describe("a run", () => {
  test("of everything writes the page", () => {
    expect(parse()).toEqual({
      only: null,
      peers: null,
      json: null,
      rounds: 5,
      seconds: 0.3,
      write: true,
      help: false,
    });
  });

  test.each([["--only", "exp-f64"], ["--peers", "jax"], ["--quick"]])("of less (%s %s) does not", (...args) => {
    expect(parse(...args).write).toBe(false);
    expect(parse(...args, "--write").write).toBe(true);
  });

  test("takes names in the order of the table, and stars", () => {
    expect(parse("--only", "softmax-*,exp-f64").only).toEqual(["exp-f64", "softmax-10-f64"]);
    expect(parse("--only", "exp-*").only).toEqual(["exp-f64", "exp-f32"]);
    expect(parse("--peers", "torch, jax").peers).toEqual(["jax", "torch"]);
    expect(parse("--peers", "none").peers).toEqual([]);
  });

  test("is short when asked, with as many rounds as asked", () => {
    expect(parse("--quick")).toMatchObject({ rounds: 2, seconds: 0.1 });
    expect(parse("--quick", "--rounds", "7").rounds).toBe(7);
  });
});

test.each([
  [["--only", "exp-f46"], 'There is no workload "exp-f46". Did you mean "exp-f64"?'],
  [["--only", "tanh-*"], 'There is no workload "tanh-*".'],
  [["--peers", "toch"], 'There is no peer "toch". Did you mean "torch"?'],
  [["--rounds", "0"], "--rounds takes a whole number"],
  [["--rounds", "many"], "--rounds takes a whole number"],
  [["--onyl", "exp-f64"], "--onyl"],
])("%j is a mistake", (args, message) => {
  expect(() => parse(...args)).toThrow(UsageError);
  expect(() => parse(...args)).toThrow(message);
});
