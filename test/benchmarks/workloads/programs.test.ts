import { describe, expect, test } from "vitest";
import { NDArray, type SharedVariable, T, theano, type Variable } from "../../../runtime/index.ts";
import { drawn, type Input, type Program } from "../workload.ts";
import { WORKLOADS } from "./index.ts";

/** Lengths at which plain loops and finite differences are quick, by program and input. */
const SMALL: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  add: { a: [4], b: [4] },
  scalar: { x: [] },
  update: { s: [10] },
  chain: { a: [37], b: [37], c: [37] },
  "chain-tanh": { a: [37], b: [37], c: [37] },
  sigmoid: { a: [37] },
  tanh: { a: [37] },
  exp: { a: [37] },
  sum: { a: [37] },
  softmax: { a: [5, 7] },
  "log-softmax": { a: [5, 7] },
  "layer-norm": { a: [5, 7] },
  dot: { a: [5, 4], b: [4, 3] },
  logreg: { x: [6, 4], y: [6], w: [4], b: [] },
  mlp: { x: [5, 4], y: [5], w1: [4, 3], b1: [3], w2: [3, 10], b2: [10] },
  lstm: { x: [4, 2, 3], w: [3, 8], u: [2, 8], b: [8], h0: [2, 2] },
  "lstm-gradient": { x: [4, 2, 3], w: [3, 8], u: [2, 8], b: [8], h0: [2, 2] },
  lenet: filters(false),
  "lenet-step": filters(true),
  hierarchical: { y: [20], x: [20], g: [20], a: [85], mu: [], b: [], s: [] },
  poisson: { y: [20], x: [20], a: [], b: [] },
};

function filters(hasClasses: boolean): Record<string, readonly number[]> {
  return {
    x: [2, 1, 10, 10],
    ...(hasClasses ? { y: [2] } : {}),
    k1: [2, 1, 3, 3],
    c1: [2],
    k2: [3, 2, 3, 3],
    c2: [3],
    w1: [3, 4],
    b1: [4],
    w2: [4, 10],
    b2: [10],
  };
}

/** The first workload of every program, its inputs made small and precise. */
const CASES = new Map<string, { program: Program; inputs: readonly Input[] }>();
for (const workload of WORKLOADS) {
  if (workload.kind !== "speed" || CASES.has(workload.program.name)) continue;
  const { program } = workload;
  const inputs = workload.inputs.map(
    (input): Input => ({
      ...input,
      shape: SMALL[program.name]?.[input.name] ?? input.shape,
      dtype: input.dtype === "int64" ? "int64" : "float64",
    }),
  );
  CASES.set(program.name, { program, inputs });
}

describe.each([...CASES])("%s", (_, { program, inputs }) => {
  const values = new Map(inputs.map((input) => [input.name, [...drawn(input)]]));
  const valuesOf = (name: string): readonly number[] => values.get(name) ?? [];
  const shapeOf = (name: string): readonly number[] => inputs.find((input) => input.name === name)?.shape ?? [];

  test("the graph gives what plain loops give", () => {
    const symbols = new Map<string, Variable>();
    const states = new Map<string, SharedVariable>();
    const args: NDArray[] = [];
    const parameters: Variable[] = [];
    for (const { name, dtype, shape, role } of inputs) {
      const array = new NDArray(NDArray.from([...valuesOf(name)], dtype).data, dtype, shape);
      if (role === "state") {
        const shared = theano.shared(array, name);
        states.set(name, shared);
        symbols.set(name, shared);
        continue;
      }
      const symbol = T.tensor(
        dtype,
        shape.map(() => null),
        name,
      );
      symbols.set(name, symbol);
      parameters.push(symbol);
      args.push(array);
    }
    const { outputs, updates } = program.build(
      (name) => symbols.get(name) ?? expect.unreachable(name),
      (name) => states.get(name) ?? expect.unreachable(name),
    );
    const f = theano.function(parameters, [...outputs], { updates: updates.map(([s, v]) => [s, v]), tier: "js" });
    const plain = program.plain(valuesOf, shapeOf);

    const found = f(...args);
    expect(found).toHaveLength(plain.outputs.length);
    plain.outputs.forEach((wanted, i) => {
      expectClose(found[i], wanted);
    });
    for (const [name, wanted] of Object.entries(plain.states ?? {}))
      expectClose(states.get(name)?.getValue() ?? expect.unreachable(name), wanted);
  });
});

/** Finite differences are good to about eight digits. */
function expectClose(found: NDArray, wanted: readonly number[]): void {
  const { data, offset, size } = found.asContiguous();
  const numbers = Array.from(data.subarray(offset, offset + size), Number);
  expect(numbers).toHaveLength(wanted.length);
  numbers.forEach((v, i) => {
    expect(Math.abs(v - wanted[i]) / Math.max(1, Math.abs(wanted[i]))).toBeLessThan(1e-7);
  });
}
