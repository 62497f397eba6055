/**
 * How elements are held: one in a local of its own kind, or several, the lanes, in locals of 128 bits. Integers of at
 * most 32 bits are held in 32; a truth value is 0 or 1 alone, and as a lane a mask of the width of what it was made from.
 */
import { type Carrier, carrierOf, type DType, dtypeInfo, type Scalar } from "../../array/dtype.ts";
import type { Code, Local } from "./code.ts";
import type { ValueType } from "./encode.ts";
import type { MemoryInstruction } from "./instructions.ts";

/** The prefix of instructions on one element. */
export type ScalarShape = "i32" | "i64" | "f32" | "f64";
/** The prefix of instructions on the lanes of a vector. */
export type VectorShape = "i32x4" | "i64x2" | "f32x4" | "f64x2";

/** An element that is the same for all lanes, or the lanes, in order. */
export type Value =
  | { readonly kind: "one"; readonly local: Local }
  | { readonly kind: "lanes"; readonly locals: readonly Local[] };

export function scalarShape(dtype: DType): ScalarShape {
  switch (carrierOf(dtype)) {
    case "bool":
    case "int":
      return "i32";
    case "big":
      return "i64";
    case "float":
      return dtype === "float64" ? "f64" : "f32";
    case "complex":
      throw new TypeError(`elements of ${dtype} are not held in one local`);
  }
}

/** The shape of the lanes of a dtype; those of truth values are masks, and have the width of other lanes. */
export function vectorShape(dtype: DType): VectorShape {
  const shape = scalarShape(dtype);
  return shape === "f64" || shape === "i64" ? `${shape}x2` : `${shape}x4`;
}

/** The bytes that a lane of a dtype takes; for truth values, the least they may take. */
export function laneBytes(dtype: DType): 4 | 8 {
  const shape = scalarShape(dtype);
  return shape === "f64" || shape === "i64" ? 8 : 4;
}

export function isUnsigned(dtype: DType): boolean {
  return dtypeInfo(dtype).kind === "uint";
}

/** The bytes of an element in memory. */
export function bytesOf(dtype: DType): number {
  return dtypeInfo(dtype).bytes;
}

export function carrierIs(dtype: DType, ...carriers: readonly Carrier[]): boolean {
  return carriers.includes(carrierOf(dtype));
}

/** The element at the address in a local. */
export function loadOne(code: Code, dtype: DType, address: Local, offset: number): Local {
  code.get(address);
  switch (dtype) {
    case "bool":
      code.memory("i32.load8_u", offset);
      code.i32(0);
      code.op("i32.ne");
      break;
    case "uint8":
      code.memory("i32.load8_u", offset);
      break;
    case "int8":
      code.memory("i32.load8_s", offset);
      break;
    case "uint16":
      code.memory("i32.load16_u", offset);
      break;
    case "int16":
      code.memory("i32.load16_s", offset);
      break;
    default:
      code.memory(`${scalarShape(dtype)}.load`, offset);
  }
  return code.set(scalarShape(dtype));
}

/** Stores an element at the address in a local. */
export function storeOne(code: Code, dtype: DType, address: Local, offset: number, value: Local): void {
  code.get(address);
  code.get(value);
  switch (bytesOf(dtype)) {
    case 1:
      code.memory("i32.store8", offset);
      break;
    case 2:
      code.memory("i32.store16", offset);
      break;
    default:
      code.memory(`${scalarShape(dtype)}.store`, offset);
  }
}

/** An address in a local and a number of bytes after it. */
export type Spot = readonly [address: Local, offset: number];

/** Copies an element of so many bytes. */
export function copyElement(code: Code, bytes: number, to: Spot, from: Spot): void {
  const [load, store] = ELEMENT_COPIES[bytes] ?? ELEMENT_COPIES[8];
  code.get(to[0]);
  code.get(from[0]);
  code.memory(load, from[1]);
  code.memory(store, to[1]);
}

const ELEMENT_COPIES: Readonly<Record<number, readonly [MemoryInstruction, MemoryInstruction]>> = {
  1: ["i32.load8_u", "i32.store8"],
  2: ["i32.load16_u", "i32.store16"],
  4: ["f32.load", "f32.store"],
  8: ["f64.load", "f64.store"],
};

/** `count` elements that lie one after the other from the address in a local on. */
export function loadLanes(code: Code, dtype: DType, address: Local, count: number): Local[] {
  const perLocal = 16 / laneBytes(dtype);
  return Array.from({ length: count / perLocal }, (_, i) => {
    const offset = i * perLocal * bytesOf(dtype);
    code.get(address);
    switch (bytesOf(dtype)) {
      case 1:
        code.memory("v128.load32_zero", offset);
        code.op(dtype === "int8" ? "i16x8.extend_low_i8x16_s" : "i16x8.extend_low_i8x16_u");
        code.op(dtype === "int8" ? "i32x4.extend_low_i16x8_s" : "i32x4.extend_low_i16x8_u");
        if (dtype === "bool") {
          zeros(code);
          code.op("i32x4.ne");
        }
        break;
      case 2:
        code.memory(dtype === "int16" ? "v128.load16x4_s" : "v128.load16x4_u", offset);
        break;
      default:
        code.memory("v128.load", offset);
    }
    return code.set("v128");
  });
}

/** Stores lanes one after the other from the address in a local on. */
export function storeLanes(code: Code, dtype: DType, address: Local, lanes: readonly Local[]): void {
  const bytes = bytesOf(dtype);
  lanes.forEach((lane, i) => {
    code.get(address);
    code.get(lane);
    if (bytes >= 4) {
      code.memory("v128.store", 16 * i);
      return;
    }
    // The low bytes of the four lanes, side by side.
    if (dtype === "bool") {
      splatI32(code, 1);
      code.op("v128.and");
    }
    const local = code.set("v128");
    code.get(local);
    code.get(local);
    code.shuffle(Array.from({ length: 16 }, (_, byte) => (4 * Math.floor(byte / bytes) + (byte % bytes)) % 16));
    code.laneMemory(bytes === 1 ? "v128.store32_lane" : "v128.store64_lane", 4 * bytes * i, 0);
  });
}

/** A vector of zeros, on the stack. */
export function zeros(code: Code): void {
  splatI32(code, 0);
}

/** A vector of four equal integers, on the stack; it is made once for the function. */
export function splatI32(code: Code, value: number): void {
  const local = code.argument(`i32x4 ${value}`, "v128", () => {
    code.i32(value);
    code.op("i32x4.splat");
  });
  code.get(local);
}

/** A vector of a number, on the stack; it is made once for the function. */
export function splatNumber(code: Code, shape: VectorShape, value: number | bigint): void {
  const key = Object.is(value, -0) ? "-0" : String(value);
  const local = code.argument(`${shape} ${key}`, "v128", () => {
    number(code, scalarOf(shape), value);
    code.op(`${shape}.splat`);
  });
  code.get(local);
}

/** A constant on the stack. */
export function number(code: Code, shape: ScalarShape, value: number | bigint): void {
  switch (shape) {
    case "i32":
      code.i32(Number(value));
      return;
    case "i64":
      code.i64(BigInt(value));
      return;
    case "f32":
      code.f32(Number(value));
      return;
    case "f64":
      code.f64(Number(value));
  }
}

/** An element as a number; a truth value is 0 or 1. */
export function realNumber(value: Scalar): number | bigint {
  if (typeof value === "object") throw new TypeError("complex numbers are not held in one local");
  return typeof value === "boolean" ? Number(value) : value;
}

/** The shape of one lane. */
export function scalarOf(shape: VectorShape): ScalarShape {
  switch (shape) {
    case "i32x4":
      return "i32";
    case "i64x2":
      return "i64";
    case "f32x4":
      return "f32";
    case "f64x2":
      return "f64";
  }
}

/** Masks of lanes of the wanted number of locals: those of 4 bytes made wider, or those of 8 bytes made narrower. */
export function resizeMasks(code: Code, masks: readonly Local[], count: number): readonly Local[] {
  if (masks.length === count) return masks;
  return masks.length < count ? widenLanes(code, masks, "s") : narrowLanes(code, masks);
}

/** Lanes of 4 bytes as lanes of 8. */
export function widenLanes(code: Code, lanes: readonly Local[], sign: "s" | "u"): Local[] {
  return lanes.flatMap((lane) => {
    code.op(`i64x2.extend_low_i32x4_${sign}`, lane);
    const low = code.set("v128");
    code.op(`i64x2.extend_high_i32x4_${sign}`, lane);
    return [low, code.set("v128")];
  });
}

/** The low 4 bytes of lanes of 8. */
export function narrowLanes(code: Code, lanes: readonly Local[]): Local[] {
  return joinPairs(code, lanes, [0, 2, 4, 6]);
}

/** Of each two vectors, one with four of their eight 4-byte words. */
export function joinPairs(code: Code, lanes: readonly Local[], words: readonly number[]): Local[] {
  return Array.from({ length: lanes.length / 2 }, (_, i) => {
    code.get(lanes[2 * i]);
    code.get(lanes[2 * i + 1]);
    code.shuffle(words.flatMap((word) => [0, 1, 2, 3].map((byte) => 4 * word + byte)));
    return code.set("v128");
  });
}

/** The upper half of a vector in place of the lower. */
export function upperHalf(code: Code, lane: Local): Local {
  code.get(lane);
  code.get(lane);
  code.shuffle([8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
  return code.set("v128");
}

/** The type of a local that holds one element of a dtype, or lanes. */
export function localType(dtype: DType, kind: Value["kind"]): ValueType {
  return kind === "lanes" ? "v128" : scalarShape(dtype);
}
