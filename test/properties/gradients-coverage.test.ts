/** Every op of the library is differentiated in an example, or stands here with the reason why it is not. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { Op, TensorVariable } from "../../runtime/index.ts";
import { derivativesOf } from "../support/derivatives.ts";
import { EXAMPLES } from "../support/examples.ts";

const OPS = join(import.meta.dirname, "../../runtime/ops");

const ABSTRACT = "a base of others";
const BLAS = "rewrites make it of products, when gradients have been taken";
const WHOLE = "gives positions, counts or lengths, which do not vary continuously";
const CONSTANT = "its elements do not depend on floating-point inputs";
const PATTERN = "gives where the entries of sparse matrices are";
const DRAW =
  "numbers are drawn from a state of integers; parameters are applied to them outside of it, or are discrete";
const WITHOUT = "has no gradient, as in Theano";

const WITHOUT_DERIVATIVE: Readonly<Record<string, string>> = {
  MatrixOp: ABSTRACT,
  Dot22: BLAS,
  Dot22Scalar: BLAS,
  Gemm: BLAS,
  Gemv: BLAS,
  Ger: BLAS,
  Shape: WHOLE,
  ShapeI: WHOLE,
  Argmax: WHOLE,
  ArgSortOp: WHOLE,
  Nonzero: WHOLE,
  SearchsortedOp: WHOLE,
  RepeatedPositions: WHOLE,
  TypedListOp: WITHOUT,
  UnravelIndex: WHOLE,
  RavelMultiIndex: WHOLE,
  Eye: CONSTANT,
  AllocEmpty: CONSTANT,
  PatternOfDense: PATTERN,
  MajorPositions: PATTERN,
  Compress: PATTERN,
  SelectMajor: PATTERN,
  PatternUnion: PATTERN,
  PatternOfProduct: PATTERN,
  MatchEntries: PATTERN,
  MrgUniform: DRAW,
  CounterRandom: DRAW,
  RandomFunction: DRAW,
  MultinomialFromUniform: DRAW,
  ChoiceFromUniform: DRAW,
  Eig: WITHOUT,
  QR: WITHOUT,
  SVD: WITHOUT,
  LeastSquares: WITHOUT,
};

type OpClass = abstract new (...args: never[]) => Op;

function isOpClass(value: unknown): value is OpClass {
  return typeof value === "function" && value.prototype instanceof Op;
}

const isVariable = (part: unknown): boolean => part instanceof TensorVariable;

/** Every class of ops that a file of the library exports. */
async function opClasses(): Promise<Set<OpClass>> {
  const files = readdirSync(OPS, { recursive: true, encoding: "utf8" }).filter((file) => /(?<!\.test)\.ts$/.test(file));
  const modules: Record<string, unknown>[] = await Promise.all(files.map((file) => import(join(OPS, file))));
  return new Set(modules.flatMap((module) => Object.values(module)).filter(isOpClass));
}

test("every op is differentiated in an example, or has no derivative", { timeout: 60_000 }, async () => {
  const classes = [...(await opClasses())];
  const calls = classes.flatMap(({ prototype }) =>
    prototype.gradient === undefined ? [] : [vi.spyOn(prototype, "gradient").mock],
  );
  for (const example of EXAMPLES) derivativesOf(example);
  // To say that an input has no gradient is not to differentiate.
  const differentiated = new Set(
    calls.flatMap(({ contexts, results }) =>
      contexts.flatMap((op, i) => (results[i].value.some(isVariable) ? [op.constructor] : [])),
    ),
  );
  const others = classes.filter((op) => !differentiated.has(op)).map(({ name }) => name);
  expect(others.sort()).toEqual(Object.keys(WITHOUT_DERIVATIVE).sort());
});
