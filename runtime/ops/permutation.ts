/** Picking from the last dimension by permutations, and from several tensors by number. */
import { isInteger, upcast } from "../array/dtype.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { TensorVariable } from "../graph/variable.ts";
import { asPositions, type TakeMode, within } from "./advanced.ts";
import { arange } from "./alloc.ts";
import { cast } from "./cast.ts";
import { dimshuffle, padLeft } from "./dimshuffle.ts";
import { applyElemwise } from "./elemwise.ts";
import { stack } from "./join.ts";
import { lengthsOf } from "./shapevector.ts";
import { argsort } from "./sort.ts";
import { subtensor } from "./subtensor.ts";

/** Positions along a dimension of `x` as a tensor of `ndim` dimensions that has them along dimension `along`. */
function placesOf(length: TensorLike, along: number, ndim: number): TensorVariable {
  return dimshuffle(
    arange(length),
    Array.from({ length: ndim }, (_, axis) => (axis === along ? 0 : "x")),
  );
}

/**
 * The elements of each row of `x` in another order: element i of a row of the result is that at the row's i-th position.
 * Rows and their permutations broadcast against each other. With `inverse`, element i goes to the i-th position instead.
 * @throws TypeError unless the positions are integers.
 */
export function permuteRowElements(x: TensorLike, positions: TensorLike, inverse = false): TensorVariable {
  const order = asPermutation(positions);
  const ndim = Math.max(asTensor(x).ndim, order.ndim);
  const input = padLeft(asTensor(x), ndim - asTensor(x).ndim);
  const rows = lengthsOf(input).slice(0, -1);
  const picked = inverse ? inversePermutation(order) : order;
  return subtensor(input, ...rows.map((length, axis) => placesOf(length, axis, ndim)), picked);
}

/** For each row, the permutation that undoes it: sorting it. @throws TypeError unless it holds integers. */
export function inversePermutation(permutation: TensorLike): TensorVariable {
  const order = asPermutation(permutation);
  return cast(argsort(order), order.dtype);
}

function asPermutation(positions: TensorLike): TensorVariable {
  const order = asPositions(positions);
  if (order.ndim === 0 || !isInteger(order.dtype))
    throw new TypeError(`A permutation must be made of integers, got ${order} of type ${order.type}.`);
  return order;
}

export interface ChooseOptions {
  /** What to do with numbers that no choice has: an error, counting on from the first one, or the nearest one. */
  readonly mode?: TakeMode;
}

/**
 * For each place, the element of the choice that has the number given there: of a list of tensors, or along the first
 * dimension of one. Numbers and choices broadcast against each other.
 * @throws TypeError unless the numbers are integers; IndexError, when it is run, for one that no choice has.
 */
export function choose(
  numbers: TensorLike,
  choices: TensorLike | readonly TensorLike[],
  options: ChooseOptions = {},
): TensorVariable {
  const { mode = "raise" } = options;
  const wanted = asPositions(numbers);
  if (!isInteger(wanted.dtype))
    throw new TypeError(`choose: the first argument must be integers, got ${wanted} of type ${wanted.type}.`);
  const from = isList(choices) ? stackBroadcast(choices) : asTensor(choices);
  const [count, ...rest] = lengthsOf(from);
  const ndim = Math.max(wanted.ndim, rest.length);
  const places = rest.map((length, axis) => placesOf(length, axis + ndim - rest.length, ndim));
  // A negative number is no choice, though as a position it would count from the end.
  const checked = applyElemwise("switch", applyElemwise("lt", wanted, 0), count, wanted);
  return subtensor(from, mode === "raise" ? checked : within(wanted, count, mode), ...places);
}

function isList(choices: TensorLike | readonly TensorLike[]): choices is readonly TensorLike[] {
  return Array.isArray(choices) && choices.some((choice) => choice instanceof TensorVariable);
}

function stackBroadcast(choices: readonly TensorLike[]): TensorVariable {
  const tensors = choices.map((choice) => asTensor(choice));
  const dtype = upcast(...tensors.map((tensor) => tensor.dtype));
  const model = tensors.reduce((a, b) => applyElemwise("add", a, b));
  return stack(tensors.map((tensor) => applyElemwise("second", model, cast(tensor, dtype))));
}

export const permutationFunctions = { permuteRowElements, inversePermutation, choose };
