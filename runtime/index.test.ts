/** The library as a program of its own loads it, under flags from the environment. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

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
