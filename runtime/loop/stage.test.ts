import { afterEach, expect, test, vi } from "vitest";
import { config, NDArray, T, theano } from "../index.ts";
import type { Kernel } from "./ir.ts";
import { stage } from "./stage.ts";

afterEach(() => {
  config.loop_ir.verbose = false;
  vi.restoreAllMocks();
});

test("a pass that makes a bad kernel is named", () => {
  const bad: Kernel = { name: "bad", buffers: [], axes: [], body: [] };
  expect(() => stage("folding", bad)).toThrow(
    "after folding a kernel is not well-formed: kernel bad: it has no output",
  );
});

test("under loop_ir.verbose all stages of a function's kernels are printed", () => {
  config.loop_ir.verbose = true;
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const x = T.dvector("x");
  for (const tier of ["js", "native"] as const)
    theano.function([x], T.sum(T.exp(x)), { tier })(NDArray.zeros([3], "float64"));
  const text = written.mock.calls.map(([part]) => String(part)).join("");
  for (const part of ["after lowering", "JavaScript:\n", "after fusion", "after merging axes"])
    expect(text).toContain(part);
});
