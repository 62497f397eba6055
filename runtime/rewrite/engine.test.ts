import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { changeFlags } from "../config/index.ts";
import { BadOptimization } from "../graph/errors.ts";
import { type Feature, FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { elemwise } from "../ops/elemwise.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { EquilibriumDatabase, optimizerNamed, Query } from "./db.ts";
import { type OptimizeResult, optimize } from "./engine.ts";
import { type NodeRewrite, nodeRewrite } from "./rewrite.ts";
import { RewriteRun } from "./run.ts";

const x = T.dvector("x");

function graphOf(output: Variable): FunctionGraph {
  return FunctionGraph.cloneOf([x], [output]).fgraph;
}

/** Runs one rewrite of the test's own. */
function runOnly(fgraph: FunctionGraph, rewrite: NodeRewrite): OptimizeResult {
  return optimize(fgraph, new Query().register({ rewrite, position: 1 }));
}

const toSin = nodeRewrite("to_sin", [elemwise("exp").key], (node) => T.sin(node.inputs[0]));
const broken = nodeRewrite("broken", [elemwise("exp").key], () => {
  throw new Error("broken rewrite");
});

const stderr = vi.spyOn(console, "error");
const stdout = vi.spyOn(console, "log");
beforeEach(() => {
  stderr.mockImplementation(() => {});
  stdout.mockImplementation(() => {});
});
afterEach(() => vi.clearAllMocks());

const messages = (): string => stderr.mock.calls.map(([message]) => String(message)).join("\n");

describe("a rewrite that fails", () => {
  test("is reported once and left out, when on_opt_error is warn", () => {
    const fgraph = graphOf(T.exp(T.exp(x)));
    runOnly(fgraph, broken);
    expect(messages()).toMatch(/^ERROR \(theano\.gof\.opt\): Optimization failure due to: broken\n/);
    expect(messages()).toContain("node: Elemwise{exp,no_inplace}(x)");
    expect(messages()).toContain("broken rewrite");
    expect(stderr).toHaveBeenCalledTimes(3);
    expect(fgraph.nodes.size).toBe(2);
  });

  test("stops the optimization when it is raise", () => {
    expect(() => changeFlags({ on_opt_error: "raise" }, () => runOnly(graphOf(T.exp(x)), broken))).toThrow(
      "broken rewrite",
    );
  });

  test("pdb acts as raise and says so", () => {
    expect(() => changeFlags({ on_opt_error: "pdb" }, () => runOnly(graphOf(T.exp(x)), broken))).toThrow(
      "broken rewrite",
    );
    expect(messages()).toContain("on_opt_error=pdb acts as raise");
  });

  test("is passed over in silence when it is ignore", () => {
    changeFlags({ on_opt_error: "ignore" }, () => runOnly(graphOf(T.exp(x)), broken));
    expect(stderr).not.toHaveBeenCalled();
  });

  test("must keep the type", () => {
    const narrow = nodeRewrite("to_float32", [elemwise("exp").key], (node) => T.cast(node.inputs[0], "float32"));
    const run = (): OptimizeResult => changeFlags({ on_opt_error: "raise" }, () => runOnly(graphOf(T.exp(x)), narrow));
    expect(run).toThrow(BadOptimization);
    expect(run).toThrow(
      "The rewrite to_float32 would replace Elemwise{exp,no_inplace}.0 of type TensorType(float64, vector)",
    );
  });

  test("must give a replacement for each output", () => {
    const empty = nodeRewrite("empty", null, () => []);
    runOnly(graphOf(T.exp(x)), empty);
    expect(messages()).toContain("empty gave 0 replacements for the 1 outputs of Elemwise{exp,no_inplace}(x)");
  });
});

describe("rewrites that undo each other", () => {
  const back = nodeRewrite("back", [elemwise("sin").key], (node) => T.exp(node.inputs[0]));
  const query = new Query({ include: ["flip"] });

  test("are stopped by optdb.max_use_ratio", () => {
    const database = new EquilibriumDatabase("flipping", { visitsNewNodes: true });
    database.register("to_sin", toSin, "flip");
    database.register("back", back, "flip");
    const pass = database.query(query);
    pass.apply(new RewriteRun(graphOf(T.exp(x))));
    expect(messages()).toContain(
      "EquilibriumOptimizer max'ed out by 'to_sin'. You can safely raise the current threshold of",
    );
    expect(() => changeFlags({ on_opt_error: "raise" }, () => pass.apply(new RewriteRun(graphOf(T.exp(x)))))).toThrow(
      "max'ed out",
    );
  });
});

test("divisions of integers written under different floatX are not merged", () => {
  const i = T.ivector("i");
  const halves = [T.trueDiv(i, 2), changeFlags({ floatX: "float32" }, () => T.trueDiv(i, 2))];
  const { fgraph } = FunctionGraph.cloneOf([i], halves);
  optimize(fgraph, "fast_run");
  expect(messages()).toBe("");
  expect(fgraph.outputs.map(({ dtype }) => dtype)).toEqual(["float64", "float32"]);
});

test("a rewrite that brings in what it looks for is stopped, also when it is tried once per node", () => {
  const endless = nodeRewrite("endless", [elemwise("exp").key], (node) => T.inv(T.exp(T.neg(node.inputs[0]))));
  runOnly(graphOf(T.exp(x)), endless);
  expect(messages()).toContain("max'ed out by 'endless'");
});

describe("what an optimization tells", () => {
  test("optimizer_verbose prints the reason, the old and the new variable", () => {
    changeFlags({ optimizer_verbose: true }, () => optimize(graphOf(T.log(T.add(1, T.exp(x)))), "fast_run"));
    expect(stdout.mock.calls.map(([line]) => String(line))).toEqual([
      "local_add_canonizer Elemwise{add,no_inplace}.0 Elemwise{add,no_inplace}.0",
      "constant_folding InplaceDimShuffle{x}.0 TensorConstant{(1,) of 1.0}",
      "local_log1p Elemwise{log,no_inplace}.0 Elemwise{log1p,no_inplace}.0",
      "log1pexp_to_softplus Elemwise{log1p,no_inplace}.0 softplus.0",
    ]);
  });

  test("features see every change with the rewrite's name", () => {
    const seen: string[] = [];
    const feature: Feature = {
      onChangeInput: (_node, _index, before, after, reason) => seen.push(`${reason}: ${before} → ${after}`),
    };
    const fgraph = graphOf(T.exp(x));
    fgraph.attach(feature);
    runOnly(fgraph, toSin);
    expect(seen).toEqual(["to_sin: Elemwise{exp,no_inplace}.0 → Elemwise{sin,no_inplace}.0"]);
  });

  test("the user's line survives", () => {
    const output = T.neg(T.neg(x));
    output.name = "kept";
    const fgraph = graphOf(T.exp(T.log(T.add(1, T.exp(x)))));
    const before = fgraph.outputs[0].owner?.inputs[0].owner?.origin;
    optimize(fgraph, optimizerNamed("fast_run").excluding("fusion"));
    const after = fgraph.outputs[0].owner?.inputs[0].owner;
    expect(String(after?.op)).toBe("softplus");
    expect(after?.origin).toBe(before);
  });

  test("times and counts, by pass and rewrite", () => {
    const result = optimize(graphOf(T.trueDiv(10, x)), optimizerNamed("fast_run"));
    expect(result).toMatchObject({ nodesBefore: 2, nodesAfter: 1, replacements: 2 });
    expect(result.query).toContain("fast_run");
    const canonicalize = result.passes.find((pass) => pass.name === "canonicalize");
    expect(canonicalize).toMatchObject({ nodesBefore: 2, nodesAfter: 1, engine: "EquilibriumOptimizer" });
    expect(canonicalize?.rounds.map((round) => round.nodes)).toEqual([2, 1]);
    const canonizer = canonicalize?.rewrites.find((rewrite) => rewrite.name === "local_mul_canonizer");
    expect(canonizer).toMatchObject({ applied: 1, nodesCreated: 2 });
    expect(canonizer?.seconds).toBeGreaterThan(0);
  });
});
