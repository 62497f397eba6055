/** What calling a compiled function costs when there is next to nothing to compute. */
import { T } from "../../../runtime/index.ts";
import type { Input, Program, SpeedWorkload } from "../workload.ts";
import { argument, state, uniform } from "./inputs.ts";

const add: Program = {
  name: "add",
  build: (x) => ({ outputs: [T.add(x("a"), x("b"))], updates: [] }),
  plain: (x) => ({ outputs: [x("a").map((a, i) => a + x("b")[i])] }),
};

const scalar: Program = {
  name: "scalar",
  build: (x) => ({ outputs: [T.add(T.mul(2, x("x")), 1)], updates: [] }),
  plain: (x) => ({ outputs: [x("x").map((v) => 2 * v + 1)] }),
};

const update: Program = {
  name: "update",
  build: (x, states) => ({ outputs: [], updates: [[states("s"), T.add(x("s"), 1)]] }),
  plain: (x) => ({ outputs: [], states: { s: x("s").map((v) => v + 1) } }),
};

function call(name: string, program: Program, inputs: readonly Input[]): SpeedWorkload {
  return {
    kind: "speed",
    name,
    group: "call overhead",
    program,
    dtype: "float64",
    inputs,
    flops: null,
    bytes: null,
    tolerance: 0,
  };
}

export const CALLS: readonly SpeedWorkload[] = [
  call(
    "call-vector4",
    add,
    ["a", "b"].map((name) => argument(name, "float64", [4], uniform(-1, 1))),
  ),
  call("call-scalar", scalar, [argument("x", "float64", [], uniform(-1, 1))]),
  call("call-shared10", update, [state("s", "float64", [10], uniform(-1, 1))]),
];
