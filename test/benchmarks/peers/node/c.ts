/** The programs of `../c/`, called from here and timed there. Its sizes and results are described here. */
import koffi from "koffi";
import { sizeOf } from "../../workload.ts";
import { type Running, serve, type Tensors } from "./worker.ts";

/** A program's lengths, in the order in which it takes them, and how many elements its results have. */
interface Signature {
  lengths(shapes: (name: string) => readonly number[]): readonly number[];
  results(shapes: (name: string) => readonly number[]): readonly number[];
}

const like = (name: string): Signature => ({
  lengths: (shape) => [sizeOf(shape(name))],
  results: (shape) => [sizeOf(shape(name))],
});
const rows: Signature = { lengths: (shape) => shape("a"), results: (shape) => [sizeOf(shape("a"))] };

const SIGNATURES: Readonly<Record<string, Signature>> = {
  chain: like("a"),
  "chain-tanh": like("a"),
  sigmoid: like("a"),
  tanh: like("a"),
  exp: like("a"),
  sum: { lengths: (shape) => shape("a"), results: () => [1] },
  softmax: rows,
  "log-softmax": rows,
  "layer-norm": rows,
  dot: {
    lengths: (shape) => [...shape("a"), shape("b")[1]],
    results: (shape) => [shape("a")[0] * shape("b")[1]],
  },
  logreg: { lengths: (shape) => shape("x"), results: (shape) => [shape("x")[0], shape("x")[0]] },
  mlp: { lengths: (shape) => [...shape("x"), ...shape("w2")], results: () => [1] },
  lstm: {
    lengths: (shape) => [...shape("x"), shape("u")[0]],
    results: (shape) => [shape("x")[1] * shape("u")[0]],
  },
  hierarchical: {
    lengths: (shape) => [shape("y")[0], shape("a")[0]],
    results: (shape) => [1, shape("a")[0], 1, 1, 1],
  },
  poisson: { lengths: (shape) => shape("y"), results: () => [1, 1, 1] },
};

const library = koffi.load(process.argv[2]);
const find: (name: string) => number = library.func("find_program", "int", ["str"]);
const run: (program: number, pointers: BigUint64Array, lengths: BigInt64Array) => void = library.func(
  "run_program",
  "void",
  ["int", "uint64_t *", "int64_t *"],
);
const time: (
  program: number,
  pointers: BigUint64Array,
  lengths: BigInt64Array,
  seconds: number,
  result: Float64Array,
) => void = library.func("time_program", "void", ["int", "uint64_t *", "int64_t *", "double", "double *"]);

function load(program: string, inputs: Tensors): Running | null {
  const signature = SIGNATURES[program];
  const isSingle = [...inputs.values()].some(({ dtype }) => dtype === "float32");
  const number = find(`${program}-${isSingle ? "f32" : "f64"}`);
  if (signature === undefined || number < 0) return null;
  const shapes = (name: string): readonly number[] => inputs.get(name)?.shape ?? [];
  const lengths = BigInt64Array.from(signature.lengths(shapes), BigInt);
  const results = signature
    .results(shapes)
    .map((size) =>
      isSingle ? new Float32Array(new ArrayBuffer(4 * size)) : new Float64Array(new ArrayBuffer(8 * size)),
    );
  const memory = [...[...inputs.values()].map(({ data }) => data), ...results];
  const pointers = BigUint64Array.from(memory, ({ buffer }) => BigInt(koffi.address(buffer)));
  const seconds = new Float64Array(3);
  return {
    call: () => run(number, pointers, lengths),
    // Copies, since every call writes to the same memory.
    read: () => results.map((list) => list.slice()),
    time(budget) {
      time(number, pointers, lengths, budget, seconds);
      const [cpu, wall, calls] = seconds;
      // What the pointers point to has to stay.
      return { cpu, wall, calls: memory.length > 0 ? calls : 0 };
    },
  };
}

await serve({ versions: { gcc: process.argv[3] ?? "unknown" }, load });
