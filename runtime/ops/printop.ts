/** `Print`: shows values while a function runs. */
import { randomUUID } from "node:crypto";
import { isFloat, upcast } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { AttributeError } from "../base/errors.ts";
import { pyQuote, pyTuple } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";

/** What a Print does with a value: the default prints a line `MESSAGE ATTRIBUTE = TEXT` for each attribute. */
export type PrintFunction = (op: Print, value: NDArray) => void;

/**
 * Hands a tensor through, as a view, and prints it whenever it is computed: `new Print("x is", ["__str__"]).call(x)`.
 * Rewrites do not look through it, and it is never computed while a function is compiled.
 */
export class Print extends Op {
  readonly family = "Print";
  readonly key: string;
  readonly message: string;
  /** Names of NumPy's members: `__str__`, `shape`, `min`, … */
  readonly attrs: readonly string[];
  readonly globalFn: PrintFunction;
  override readonly views = { 0: 0 };
  override readonly foldable = false;
  readonly #text: string;

  constructor(message = "", attrs: readonly string[] = ["__str__"], globalFn: PrintFunction = printAttributes) {
    super();
    this.message = message;
    this.attrs = attrs;
    this.globalFn = globalFn;
    const isOwn = globalFn !== printAttributes;
    this.#text = `Print{message=${pyQuote(message)}, attrs=${pyTuple(attrs.map(pyQuote))}, global_fn=<function ${isOwn ? globalFn.name : "_print_fn"}>}`;
    // A function has no text that tells it from others.
    this.key = isOwn ? `${this.#text}${randomUUID()}` : this.#text;
  }

  toString(): string {
    return this.#text;
  }

  /** `x`, which is printed when it is computed. */
  call(x: TensorLike): TensorVariable {
    return this.apply(asTensor(x)).out;
  }

  apply(x: Variable): Apply {
    return new Apply(this, [x], [x.type]);
  }

  /** @throws AttributeError for a name that arrays do not have. */
  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    this.globalFn(this, x);
    return [x];
  }

  override gradient(_node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    return [g ?? DISCONNECTED];
  }
}

function printAttributes({ message, attrs }: Print, value: NDArray): void {
  for (const attr of attrs) console.log(`${message} ${attr} = ${attributeText(value, attr)}`);
}

const MEAN = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const VARIANCE = (values: readonly number[]): number => MEAN(values.map((value) => (value - MEAN(values)) ** 2));

/** Statistics of real elements. Averages of integers are float64. */
const AVERAGES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  mean: MEAN,
  var: VARIANCE,
  std: (values) => Math.sqrt(VARIANCE(values)),
};

const TEXTS: Readonly<Record<string, (value: NDArray) => string>> = {
  __str__: String,
  __repr__: (x) => x.repr(),
  shape: (x) => pyTuple(x.shape),
  strides: (x) => pyTuple(x.byteStrides),
  ndim: (x) => String(x.ndim),
  size: (x) => String(x.size),
  nbytes: (x) => String(x.nbytes),
  dtype: (x) => x.dtype,
  T: (x) => String(x.transpose()),
  min: (x) => extremeText(x, "min"),
  max: (x) => extremeText(x, "max"),
  sum: (x) => {
    const total = numbers(x).reduce((a, b) => a + b, 0);
    return String(NDArray.scalar(total, "float64").astype(isFloat(x.dtype) ? x.dtype : upcast(x.dtype, "int64")));
  },
};

function attributeText(value: NDArray, attr: string): string {
  const average = AVERAGES[attr];
  if (average !== undefined)
    return String(NDArray.scalar(average(numbers(value)), isFloat(value.dtype) ? value.dtype : "float64"));
  const text = TEXTS[attr];
  if (text === undefined)
    throw new AttributeError(
      `Print cannot show "${attr}" of an array; it knows ${[...Object.keys(TEXTS), ...Object.keys(AVERAGES)].join(", ")}.`,
    );
  return text(value);
}

function numbers(value: NDArray): readonly number[] {
  return [...value.elements()].map(Number);
}

/** NumPy's extreme of all elements: NaN as soon as there is one. */
function extremeText(value: NDArray, which: "min" | "max"): string {
  const { nanCount, ...known } = value.summary();
  return String(NDArray.scalar(nanCount > 0 ? Number.NaN : (known[which] ?? Number.NaN), value.dtype));
}
