/** Conversions between dtypes: what {@link castScalar} does, for one element and for lanes. */
import { carrierOf, type DType } from "../../array/dtype.ts";
import type { Code, Local } from "./code.ts";
import {
  carrierIs,
  isUnsigned,
  joinPairs,
  laneBytes,
  narrowLanes,
  number,
  resizeMasks,
  scalarShape,
  splatI32,
  splatNumber,
  upperHalf,
  vectorShape,
  widenLanes,
  zeros,
} from "./lanes.ts";

/** What is on the stack, one integer of at most 32 bits, wrapped to a dtype. */
export function wrapOne(code: Code, dtype: DType): void {
  switch (dtype) {
    case "int8":
      code.op("i32.extend8_s");
      return;
    case "int16":
      code.op("i32.extend16_s");
      return;
    case "uint8":
    case "uint16":
      code.i32(dtype === "uint8" ? 0xff : 0xffff);
      code.op("i32.and");
  }
}

/** As {@link wrapOne}, for four lanes. */
export function wrapLanes(code: Code, dtype: DType): void {
  switch (dtype) {
    case "int8":
    case "int16": {
      const bits = dtype === "int8" ? 24 : 16;
      code.i32(bits);
      code.op("i32x4.shl");
      code.i32(bits);
      code.op("i32x4.shr_s");
      return;
    }
    case "uint8":
    case "uint16":
      splatI32(code, dtype === "uint8" ? 0xff : 0xffff);
      code.op("v128.and");
  }
}

/** One element of `from` as an element of `to`. */
export function convertOne(code: Code, value: Local, from: DType, to: DType): Local {
  if (from === to) return value;
  convertOnStack(code, value, from, to);
  return code.set(scalarShape(to));
}

function convertOnStack(code: Code, value: Local, from: DType, to: DType): void {
  const shape = scalarShape(from);
  const sign = isUnsigned(from) ? "u" : "s";
  if (to === "bool") {
    code.get(value);
    number(code, shape, 0);
    code.op(`${shape}.ne`);
    return;
  }
  if (carrierOf(from) === "float") {
    if (to === "float64") code.op("f64.promote_f32", value);
    else if (to === "float32") code.op("f32.demote_f64", value);
    else truncate(code, value, from, to);
    return;
  }
  const isBig = shape === "i64";
  switch (carrierOf(to)) {
    case "int":
      if (isBig) code.op("i32.wrap_i64", value);
      else code.get(value);
      wrapOne(code, to);
      return;
    case "big":
      if (isBig) code.get(value);
      else code.op(`i64.extend_i32_${sign}`, value);
      return;
    default:
      if (to === "float64") code.op(isBig ? `f64.convert_i64_${sign}` : `f64.convert_i32_${sign}`, value);
      else if (isBig) {
        // A JavaScript number comes between: two roundings.
        code.op(`f64.convert_i64_${sign}`, value);
        code.op("f32.demote_f64");
      } else code.op(`f32.convert_i32_${sign}`, value);
  }
}

/** A float without its fraction, modulo 2^64 or less; 0 for what is not finite. Every step is exact. */
function truncate(code: Code, value: Local, from: DType, to: DType): void {
  code.get(value);
  if (from === "float32") code.op("f64.promote_f32");
  const x = code.set("f64");
  code.get(x);
  code.get(x);
  code.f64(2 ** -64);
  code.op("f64.mul");
  code.op("f64.trunc");
  code.f64(2 ** 64);
  code.op("f64.mul");
  code.op("f64.sub");
  code.op("f64.abs");
  code.op("i64.trunc_sat_f64_u");
  const size = code.set("i64");
  code.i64(0n);
  code.get(size);
  code.op("i64.sub");
  code.get(size);
  code.get(x);
  code.f64(0);
  code.op("f64.lt");
  code.select();
  if (carrierOf(to) === "big") return;
  code.op("i32.wrap_i64");
  wrapOne(code, to);
}

/** Whether lanes of `from` can be converted to `to`. */
export function convertsLanes(from: DType, to: DType): boolean {
  if (from === to || to === "bool" || from === "bool") return true;
  if (carrierIs(from, "float")) return carrierIs(to, "float");
  return !(carrierIs(from, "big") && carrierIs(to, "float"));
}

/** Lanes of `from` as lanes of `to`; see {@link convertsLanes}. */
export function convertLanes(
  code: Code,
  lanes: readonly Local[],
  from: DType,
  to: DType,
  count: number,
): readonly Local[] {
  if (from === to) return lanes;
  const sign = isUnsigned(from) ? "u" : "s";
  if (to === "bool") {
    const shape = vectorShape(from);
    return each(code, lanes, (lane) => {
      code.get(lane);
      zeros(code);
      code.op(`${shape}.ne`);
    });
  }
  if (from === "bool") {
    const shape = vectorShape(to);
    return each(code, resizeMasks(code, lanes, (count * laneBytes(to)) / 16), (mask) => {
      code.get(mask);
      splatNumber(code, shape, 1);
      code.op("v128.and");
    });
  }
  if (from === "float32") return spread(code, lanes, (lane) => code.op("f64x2.promote_low_f32x4", lane));
  if (from === "float64") {
    const halves = each(code, lanes, (lane) => code.op("f32x4.demote_f64x2_zero", lane));
    return joinPairs(code, halves, [0, 1, 4, 5]);
  }
  switch (carrierOf(to)) {
    case "int": {
      const narrow = carrierIs(from, "big") ? narrowLanes(code, lanes) : lanes;
      return each(code, narrow, (lane) => {
        code.get(lane);
        wrapLanes(code, to);
      });
    }
    case "big":
      return carrierIs(from, "big") ? lanes : widenLanes(code, lanes, sign);
    default:
      return to === "float32"
        ? each(code, lanes, (lane) => code.op(`f32x4.convert_i32x4_${sign}`, lane))
        : spread(code, lanes, (lane) => code.op(`f64x2.convert_low_i32x4_${sign}`, lane));
  }
}

/** Two vectors of each: what `write` makes of the lower and of the upper half. */
function spread(code: Code, lanes: readonly Local[], write: (lane: Local) => void): Local[] {
  return lanes.flatMap((lane) => {
    write(lane);
    const low = code.set("v128");
    write(upperHalf(code, lane));
    return [low, code.set("v128")];
  });
}

function each(code: Code, lanes: readonly Local[], write: (lane: Local) => void): Local[] {
  return lanes.map((lane) => {
    write(lane);
    return code.set("v128");
  });
}
