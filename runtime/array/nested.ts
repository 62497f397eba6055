/** Values nested in JavaScript arrays, read into storage. */
import { ValueError } from "../base/errors.ts";
import { Complex } from "./complex.ts";
import {
  allocate,
  castScalar,
  type DType,
  dtypeInfo,
  type Scalar,
  type TypedArray,
  upcast,
  writeElement,
} from "./dtype.ts";
import { type Shape, sizeOf } from "./shape.ts";

/** Values nested in JavaScript arrays, as people write matrices down. */
export type Nested = Scalar | readonly Nested[];

/**
 * The values in row-major order, converted to `dtype`. Without it: numbers are float64, bigints int64, booleans bool,
 * complex numbers complex128, their mixtures what {@link upcast} says.
 * @throws ValueError when nested arrays differ in length; the message names the first place.
 * @throws TypeError when an element is not a number, bigint, boolean or {@link Complex}.
 */
export function readNested(
  value: Nested,
  dtype?: DType,
): { readonly data: TypedArray; readonly dtype: DType; readonly shape: Shape } {
  const shape = nestedShape(value);
  const own = dtype === undefined ? commonDType(value) : dtypeInfo(dtype).name;
  const data = allocate(own, sizeOf(shape));
  let position = 0;
  const fill = (part: Nested, path: readonly number[]): void => {
    if (isNestedArray(part)) {
      const expected = shape[path.length];
      if (expected === undefined || part.length !== expected) throw ragged(path, shape, part.length);
      for (const [i, inner] of part.entries()) fill(inner, [...path, i]);
    } else {
      if (path.length !== shape.length) throw ragged(path, shape, undefined);
      writeElement(data, position++, castScalar(checkedScalar(part, path), own));
    }
  };
  fill(value, []);
  return { data, dtype: own, shape };
}

function isNestedArray(value: Nested): value is readonly Nested[] {
  return Array.isArray(value);
}

/** The lengths along the first elements; the rest is checked against them. */
function nestedShape(value: Nested): number[] {
  const shape: number[] = [];
  for (let part: Nested | undefined = value; part !== undefined && isNestedArray(part); part = part[0]) {
    shape.push(part.length);
  }
  return shape;
}

/** The promotion of the dtypes that the nested values would have by themselves; float64 when there are none. */
function commonDType(value: Nested): DType {
  const found = new Set<DType>();
  const look = (part: Nested): void => {
    if (isNestedArray(part)) part.forEach(look);
    else found.add(dtypeOfElement(part));
  };
  look(value);
  return found.size === 0 ? "float64" : upcast(...found);
}

function dtypeOfElement(value: Scalar): DType {
  if (value instanceof Complex) return "complex128";
  return typeof value === "bigint" ? "int64" : typeof value === "boolean" ? "bool" : "float64";
}

function checkedScalar(value: Scalar, path: readonly number[]): Scalar {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return value;
  if (value instanceof Complex) return value;
  throw new TypeError(
    `an array holds numbers, bigints, booleans or complex numbers, but ${place(path)} is ${value === null ? "null" : `of type ${typeof value}`}`,
  );
}

function ragged(path: readonly number[], shape: Shape, length: number | undefined): ValueError {
  const found = length === undefined ? "a single value" : `an array of length ${length}`;
  const expected = shape[path.length];
  const wanted = expected === undefined ? "a single value" : `an array of length ${expected}`;
  return new ValueError(`nested arrays must all have the same lengths: ${place(path)} is ${found}, not ${wanted}`);
}

function place(path: readonly number[]): string {
  return path.length === 0 ? "the value" : `the element at [${path.join("][")}]`;
}
