import { expect, test } from "vitest";
import { config } from "../config/index.ts";
import { elemwise } from "../ops/elemwise.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { nodeRewrite } from "../rewrite/rewrite.ts";
import { compileFunction } from "./function.ts";
import { Mode, NanGuardMode } from "./mode.ts";

const x = T.dvector("x");

/** The ops that a mode leaves of an expression. */
function opsOf(mode: Mode): readonly string[] {
  return compileFunction([x], T.exp(T.exp(x)), { mode })
    .fgraph.toposort()
    .map(({ op }) => String(op));
}

test("rewrites can be registered at a position", () => {
  const toSine = nodeRewrite("exp_to_sin", [elemwise("exp").key], (node) => T.sin(node.inputs[0]));
  const plain = new Mode({ optimizer: "None" });
  expect(opsOf(plain.register({ rewrite: toSine, position: 2.5 }))).toEqual(Array(2).fill("Elemwise{sin,no_inplace}"));
  expect(opsOf(plain)).toEqual(Array(2).fill("Elemwise{exp,no_inplace}"));
});

test("null stands for no rewrites, nothing for the flag", () => {
  expect(opsOf(new Mode({ optimizer: null }))).toHaveLength(2);
  expect(String(new Mode().optimizer)).toContain(`inc=OrderedSet(['${config.optimizer}'])`);
});

test("copies keep what is not changed", () => {
  const guard = NanGuardMode({ nanIsError: true, infIsError: false, bigIsError: false });
  for (const copy of [guard.clone({ linker: "vm" }), guard.including("unsafe"), guard.excluding("fusion")]) {
    expect(copy.behaviour).toBe(guard.behaviour);
    expect(compileFunction([x], T.log(x), { mode: copy })([0])).toMatchObject({ dtype: "float64" });
  }
  expect(guard.clone({ linker: "vm" }).linker.name).toBe("vm");
  expect(guard.clone({ linker: "vm" }).optimizer).toBe(guard.optimizer);
  expect(() => guard.clone({ linker: "wm" })).toThrow("There is no linker");
});
