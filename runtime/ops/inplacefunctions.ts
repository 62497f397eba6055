/**
 * `T.inplace`: the elementwise functions as ops that write into the memory of their first argument. They are for graphs
 * whose memory is planned by hand: `theano.function` takes them with `acceptInplace: true` only.
 */
import type { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { isScalarOp, SCALAR_OPS, type ScalarOpName } from "../scalar/table.ts";
import { Elemwise } from "./elemwise.ts";
import { camelCase, type ElementwiseFunctions } from "./math.ts";

/** An elementwise op in the memory of its first input, under a name of its own: `exp_inplace`. */
class OverwritingElemwise extends Elemwise {
  constructor(name: ScalarOpName) {
    super(name, { 0: 0 });
  }

  override toString(): string {
    return `${this.scalarName}_inplace`;
  }

  /** @throws TypeError when the result has not the dtype and the dimensions of the first input. */
  override apply(...inputs: readonly TensorLike[]): Apply {
    const node = super.apply(...inputs);
    const [first] = inputs.map((x) => asTensor(x));
    const { out } = node;
    const fits =
      first.dtype === out.dtype &&
      first.ndim === out.ndim &&
      first.broadcastable.every((repeats, axis) => repeats === out.broadcastable[axis]);
    if (fits) return node;
    throw new TypeError(
      `${this} gives ${out.type}, which does not fit into the memory of ${first} of type ${first.type}: dtype and dimensions must be the same.`,
    );
  }
}

/** A function for every elementwise one: `expInplace(x)`. */
export type InplaceFunctions = {
  readonly [K in keyof ElementwiseFunctions as `${K & string}Inplace`]: (
    ...args: readonly TensorLike[]
  ) => TensorVariable;
};

function build(): InplaceFunctions {
  const names = SCALAR_OPS.map(({ name }) => name).filter((name) => isScalarOp(name) && !name.startsWith("cast_"));
  const functions = Object.fromEntries(
    names.filter(isScalarOp).map((name) => {
      const call = (...args: readonly TensorLike[]): TensorVariable => new OverwritingElemwise(name).apply(...args).out;
      return [`${camelCase(name)}Inplace`, call];
    }),
  );
  if (!isComplete(functions)) throw new Error("the scalar table lists an op that has no name");
  return functions;
}

function isComplete(functions: object): functions is InplaceFunctions {
  return "expInplace" in functions;
}

/** The functions by name: `T.inplace.expInplace(x)`. */
export const inplaceFunctions = build();
