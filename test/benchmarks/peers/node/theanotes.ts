/** Our own library as a peer of its own benchmark. Flags in the environment say which of its backends run. */
import { readFileSync } from "node:fs";
import { isBigInt64Array } from "node:util/types";
import { NDArray, type SharedVariable, T, theano, type Variable } from "../../../../runtime/index.ts";
import type { Graph, Program } from "../../workload.ts";
import { WORKLOADS } from "../../workloads/index.ts";
import { type Running, serve, type Tensor, type Tensors } from "./worker.ts";

const PROGRAMS = new Map<string, Program>(
  WORKLOADS.flatMap((workload) => (workload.kind === "speed" ? [[workload.program.name, workload.program]] : [])),
);

function arrayOf({ data, dtype, shape }: Tensor): NDArray {
  return new NDArray(data, dtype, shape);
}

function load(name: string, tensors: Tensors): Running | null {
  const program = PROGRAMS.get(name);
  if (program === undefined) return null;
  const parameters: Variable[] = [];
  const args: NDArray[] = [];
  const states = new Map<string, SharedVariable>();
  const symbols = new Map<string, Variable>();
  for (const [input, tensor] of tensors) {
    if (tensor.role === "state") {
      const shared = theano.shared(arrayOf(tensor), input);
      states.set(input, shared);
      symbols.set(input, shared);
    } else {
      const symbol = T.tensor(
        tensor.dtype,
        tensor.shape.map(() => null),
        input,
      );
      parameters.push(symbol);
      symbols.set(input, symbol);
      args.push(arrayOf(tensor));
    }
  }
  // Numbers in a program of float32 are of it, too: Theano's way of training in single precision.
  const floatX = [...tensors.values()].some(({ dtype }) => dtype === "float32") ? "float32" : "float64";
  return theano.changeFlags({ floatX }, () =>
    running(program.build(named(symbols), named(states)), parameters, args, [...states.values()]),
  );
}

function running(
  { outputs, updates }: Graph,
  parameters: readonly Variable[],
  args: readonly NDArray[],
  states: readonly SharedVariable[],
): Running {
  const f = theano.function([...parameters], [...outputs], { updates: updates.map(([s, v]) => [s, v]) });
  const read = (results: unknown): ArrayLike<number>[] => {
    if (!Array.isArray(results)) throw new TypeError("a function of several outputs gives an array");
    // A program without results shows what it did to its states.
    const shown: NDArray[] = results.length > 0 ? results : states.map((state) => state.getValue());
    return shown.map(numbersOf);
  };
  return { call: caller(f, args), read, ready: () => f.ready() };
}

/** Calls with arguments written out, as users write them. */
function caller(f: (...args: NDArray[]) => unknown, args: readonly NDArray[]): () => unknown {
  const [a, b] = args;
  switch (args.length) {
    case 0:
      return () => f();
    case 1:
      return () => f(a);
    case 2:
      return () => f(a, b);
    default:
      return () => f(...args);
  }
}

function numbersOf(array: NDArray): ArrayLike<number> {
  const { data, offset, size } = array.asContiguous();
  if (isBigInt64Array(data)) return Array.from(data.subarray(offset, offset + size), Number);
  return Array.from(data.subarray(offset, offset + size), Number);
}

function named<V>(values: ReadonlyMap<string, V>): (name: string) => V {
  return (name) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`the workload has no input ${JSON.stringify(name)}`);
    return value;
  };
}

const { version } = JSON.parse(readFileSync(new URL("../../../../runtime/package.json", import.meta.url), "utf8"));
await serve({ versions: { theanotes: version, node: process.versions.node }, load });
