/**
 * JavaScript functions that generated code calls: those of the table of scalar ops that have no instructions. They cost
 * a call for each element, and give what the interpreter gives.
 */
import { carrierOf, type DType } from "../../array/dtype.ts";
import { type ScalarOpName, scalarOp } from "../../scalar/table.ts";
import type { FunctionType, ValueType } from "./encode.ts";

/** A function to be imported. */
interface Imported {
  readonly name: string;
  readonly type: FunctionType;
  readonly func: unknown;
}

/** The number of the function that gives memory for intermediate results: from bytes to an address. */
export const SCRATCH = 0;

/** The functions that one module imports, in the order of their numbers. */
export class Library {
  readonly #functions: Imported[];

  constructor(scratch: (bytes: number) => number) {
    this.#functions = [{ name: "scratch", type: { parameters: ["i32"], results: ["i32"] }, func: scratch }];
  }

  get functions(): readonly Imported[] {
    return this.#functions;
  }

  /** The number of the function for an op on arguments of a dtype; see {@link callOf}. */
  numberOf(op: ScalarOpName, dtype: DType, count: number): number {
    const name = `${op}_${carrierOf(dtype)}${dtype === "uint64" ? "_u" : ""}`;
    const known = this.#functions.findIndex((one) => one.name === name);
    if (known >= 0) return known;
    const call = callOf(op, dtype);
    if (call === null) throw new TypeError(`${op} of ${dtype} cannot be called`);
    const parameters = Array.from({ length: count }, () => call.type);
    return this.#functions.push({ name, type: { parameters, results: [call.result] }, func: call.func }) - 1;
  }
}

/** How an op is called: with arguments and a result of these types. Integers of at most 32 bits are given as floats. */
interface Call {
  readonly type: ValueType;
  readonly result: ValueType;
  readonly func: unknown;
}

/** How an op on arguments of a dtype is called, or null when it cannot be. */
export function callOf(op: ScalarOpName, dtype: DType): Call | null {
  const { float, int, big } = scalarOp(op).evaluate;
  switch (carrierOf(dtype)) {
    case "float":
      return float === undefined ? null : { type: "f64", result: "f64", func: float };
    case "int":
      return int === undefined ? null : { type: "f64", result: "i32", func: int };
    case "big":
      if (big === undefined) return null;
      return {
        type: "i64",
        result: "i64",
        func: dtype === "uint64" ? (...args: bigint[]) => big(...args.map((x) => BigInt.asUintN(64, x))) : big,
      };
    default:
      return null;
  }
}

/** Whether the result of an op has a type that a call can give it: a float from floats, else the type of the arguments. */
export function givesElement(from: DType, to: DType): boolean {
  return carrierOf(from) === "float" ? carrierOf(to) === "float" : from === to;
}
