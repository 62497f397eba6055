import { describe, expect, test } from "vitest";
import { KeyError } from "../base/errors.ts";
import { changeFlags } from "../config/index.ts";
import { elemwise } from "../ops/elemwise.ts";
import { EquilibriumDatabase, OPTIMIZER_NAMES, optimizerNamed, Query, SequenceDatabase } from "./db.ts";
import { optdb } from "./optdb.ts";
import { graphRewrite, nodeRewrite } from "./rewrite.ts";

const idle = graphRewrite("idle", () => {});
const never = nodeRewrite("never", [elemwise("exp").key], () => null);

/** A sequence with passes a, b, c of the tags given. */
function sequence(tags: Readonly<Record<string, readonly string[]>>): SequenceDatabase {
  const database = new SequenceDatabase("sequence");
  Object.entries(tags).forEach(([name, list], position) => {
    database.register(name, idle, position, ...list);
  });
  return database;
}

describe("queries", () => {
  const database = sequence({ a: ["fast", "x"], b: ["fast"], c: ["x"], d: ["slow"] });
  const names = (query: Query): string[] => database.query(query).map((pass) => pass.name);
  const cases: readonly (readonly [Query, readonly string[]])[] = [
    [new Query(), []],
    [new Query({ include: ["fast"] }), ["a", "b"]],
    [new Query({ include: ["fast", "x"] }), ["a", "b", "c"]],
    [new Query({ include: ["fast"] }).including("slow"), ["a", "b", "d"]],
    [new Query({ include: ["fast"] }).excluding("x"), ["b"]],
    [new Query({ include: ["fast", "x"] }).requiring("fast", "x"), ["a"]],
    [new Query({ include: ["c"] }), ["c"]],
    [new Query({ include: ["sequence"] }), ["a", "b", "c", "d"]],
    [new Query({ include: ["fast", "slow"], positionCutoff: 3 }), ["a", "b"]],
    [new Query({ include: ["fast"] }).register({ rewrite: idle, position: 0.5 }), ["a", "idle", "b"]],
  ];
  test.each(cases)("%s", (query, expected) => {
    expect(names(query)).toEqual(expected);
  });

  test("the flag optdb.position_cutoff leaves out later passes", () => {
    const query = changeFlags({ "optdb.position_cutoff": 1 }, () => new Query({ include: ["fast"] }));
    expect(names(query)).toEqual(["a"]);
  });

  test("passes at one position run in the order of their names", () => {
    const tied = new SequenceDatabase("tied");
    for (const name of ["z", "y", "x"]) tied.register(name, idle, 1, "all");
    expect(tied.query(new Query({ include: ["all"] })).map((pass) => pass.name)).toEqual(["x", "y", "z"]);
  });

  test("as text", () => {
    expect(String(new Query({ include: ["fast_run"], exclude: ["inplace", "fusion"], positionCutoff: 1.5 }))).toBe(
      "Query{inc=OrderedSet(['fast_run']),ex=OrderedSet(['inplace', 'fusion']),require=OrderedSet(),subquery={},position_cutoff=1.500000,extra_opts=[]}",
    );
  });
});

describe("registration", () => {
  test("a name can be taken once, also by a tag", () => {
    const database = new EquilibriumDatabase("mine", { visitsNewNodes: false });
    database.register("a", never, "tag");
    const taken = "The name of the object cannot be an existing tag or the name of another existing object";
    expect(() => database.register("a", never)).toThrow(taken);
    expect(() => database.register("tag", never)).toThrow(taken);
    expect(() => database.register("b", never, "a")).toThrow("The tag 'a' of 'b' is the name of another object");
    const register = (value: unknown): unknown => Reflect.apply(database.register, database, ["c", value]);
    for (const value of [{}, "never", null, () => null])
      expect(() => register(value)).toThrow(/Object cannot be registered .* under the name 'c'/);
  });

  test("an unknown name is answered with the nearest one", () => {
    expect(() => optdb.get("canonicalise")).toThrow('Did you mean "canonicalize"?');
  });

  test("tags can be added later", () => {
    const database = sequence({ a: [] });
    database.addTags("a", "later");
    expect(database.query(new Query({ include: ["later"] }))).toHaveLength(1);
  });
});

describe("optimizers by name", () => {
  const passes = (name: string): string[] => optdb.query(optimizerNamed(name)).map((pass) => pass.name);
  const start = ["inline_ofg_expansion", "merge1", "ShapeOpt", "useless", "merge1.1", "canonicalize", "merge1.2"];
  const quick = [...start, "local_dot_to_dot22", "specialize", "specialize_device"];
  const blas = ["local_dot_to_dot22", "gemm_optimizer", "local_dot22_to_dot22scalar", "local_gemm_to_gemv"];
  const begun = [...start.slice(0, 2), "scan_eqopt1", ...start.slice(2), "stabilize"];
  const middle = [
    ...begun,
    "scan_eqopt2",
    "scanOp_save_mem",
    ...blas,
    "specialize",
    "uncanonicalize",
    "specialize_device",
    "elemwise_fusion",
    "merge2",
  ];
  const most = [...middle, "merge3"];
  const changed = ["local_inplace_incsubtensor1", "local_inplace_setsubtensor"];
  const inplace = ["add_destroy_handler", ...changed, "InplaceBlasOpt", "c_blas_destructive"];
  const last = ["inplace_elemwise_opt", "scanOp_make_inplace", "cond_make_inplace", "random_make_inplace", "merge3"];
  const all = [...middle, ...inplace, ...last];
  test.each([
    ["None", []],
    ["merge", ["merge1", "merge1.1", "merge1.2", "merge2", "merge3"]],
    ["fast_compile", quick],
    ["o1", quick],
    ["o2", [...quick, "elemwise_fusion"]],
    ["fast_run", all],
    ["o3", most],
    ["o4", all],
    ["unsafe", most],
    ["stabilize", begun],
  ])("%s", (name, expected) => {
    expect(passes(name)).toEqual(expected);
  });

  test("all of them are listed", () => {
    expect(OPTIMIZER_NAMES).toEqual([
      "None",
      "merge",
      "fast_compile",
      "fast_run",
      "o1",
      "o2",
      "o3",
      "o4",
      "unsafe",
      "stabilize",
    ]);
  });

  test("an unknown one is answered with the nearest", () => {
    expect(() => optimizerNamed("fastrun")).toThrow(KeyError);
    expect(() => optimizerNamed("fastrun")).toThrow('Did you mean "fast_run"?');
  });
});
