/** The library as a program of its own loads it, under flags from the environment. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Apply, DebugMode, type NDArray, nodeRewrite, Op, Query, T, theano, type Variable } from "./index.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs a program with `theano` and `T` in scope. */
function run(
  flags: string,
  code: string,
): { readonly status: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      "--conditions=@theanotes/source",
      "--input-type=module",
      "-e",
      `import { T, theano } from "@theanotes/runtime"; ${code}`,
    ],
    { cwd: root, encoding: "utf8", env: { ...process.env, THEANO_FLAGS: flags, THEANORC: "" } },
  );
  return { status, out: stdout, err: stderr };
}

const square = "const x = T.dvector('x'); const f = theano.function([x], T.sqr(x), { name: 'square' }); f([3]);";

test("the library can be loaded where floatX is a dtype it has not", () => {
  expect(run("floatX=float16", "console.log(theano.config.floatX)")).toMatchObject({ status: 0, out: "float16\n" });
});

test("a profile is printed at the end, to stderr", () => {
  const { status, out, err } = run("profile=True", square);
  expect({ status, out }).toEqual({ status: 0, out: "" });
  expect(err).toMatch(/^Function profiling\n=+\n {2}Message: square\n {2}Time in 1 calls/);
});

test("a profile whose destination cannot be written is still shown", () => {
  const { status, err } = run("profile=True,profiling.destination=/no/such/folder/profile.txt", square);
  expect(status).toBe(0);
  expect(err).toMatch(
    /^profiling\.destination=\/no\/such\/folder\/profile\.txt cannot be written \(ENOENT.*\); the profile follows\.\nFunction profiling/,
  );
});

/** The op of docs/adding-an-op.md. */
class Reverse extends Op {
  readonly family = "Reverse";
  readonly key = "Reverse";
  override readonly views = { 0: 0 };

  toString(): string {
    return "Reverse";
  }

  apply(x: Variable): Apply {
    if (x.ndim !== 1) throw new TypeError(`Reverse takes a vector, got ${x} of type ${x.type}.`);
    return new Apply(this, [x], [x.type]);
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return [x.slice({ step: -1 })];
  }

  override gradient(_node: Apply, [g]: readonly (Variable | null)[]): readonly Variable[] {
    return g === null ? [] : [new Reverse().apply(g).out];
  }
}

const x = T.dvector("x");
const reverse = (v: Variable): Variable => new Reverse().apply(v).out;

test.each(["FAST_RUN", "DebugMode"])("an op of one's own computes and has a gradient in %s", (mode) => {
  const f = theano.function([x], [reverse(x), T.grad(T.dot(reverse(x), [1, 2, 3]), x)], { mode });
  expect(f([4, 5, 6]).map(String)).toEqual(["[6. 5. 4.]", "[3. 2. 1.]"]);
  expect(() => reverse(T.dscalar("s"))).toThrow("Reverse takes a vector, got s of type TensorType(float64, scalar).");
});

test("a rewrite of one's own is used, and checked by DebugMode", () => {
  const reverseTwice = nodeRewrite("reverse_twice", ["Reverse"], (node) => {
    const inner = node.inputs[0].owner;
    return inner?.op instanceof Reverse ? inner.inputs[0] : null;
  });
  const optimizer = new Query({ include: ["fast_run"] }).register({ rewrite: reverseTwice, position: 2.5 });
  const f = theano.function([x], T.exp(reverse(reverse(x))), { mode: DebugMode({ optimizer }) });
  expect(f.fgraph.nodes.size).toBe(1);
  expect(f([0, 0]).toNested()).toEqual([1, 1]);
});
