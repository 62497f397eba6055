/** The instructions of WebAssembly that are used, with their codes. Source: WebAssembly core specification 3.0, 5.4. */

/** Runs of instructions with consecutive codes: type, first code, names; `_` stands for a code that is not used. */
const RUNS = [
  ["local", 0x20, "get set tee"],
  ["i32", 0x45, "eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"],
  ["i64", 0x50, "eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"],
  ["f32", 0x5b, "eq ne lt gt le ge"],
  ["f64", 0x61, "eq ne lt gt le ge"],
  ["i32", 0x67, "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"],
  ["i64", 0x79, "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"],
  ["f32", 0x8b, "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign"],
  ["f64", 0x99, "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign"],
  ["i32", 0xa7, "wrap_i64"],
  ["i64", 0xac, "extend_i32_s extend_i32_u"],
  ["f32", 0xb2, "convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64"],
  ["f64", 0xb7, "convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32"],
  ["i32", 0xbc, "reinterpret_f32"],
  ["i64", 0xbd, "reinterpret_f64"],
  ["f32", 0xbe, "reinterpret_i32"],
  ["f64", 0xbf, "reinterpret_i64"],
  ["i32", 0xc0, "extend8_s extend16_s"],
  ["i32", 0xfc00, "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u"],
  ["i64", 0xfc04, "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u"],
  ["i8x16", 0xfd0f, "splat"],
  ["i32x4", 0xfd11, "splat"],
  ["i64x2", 0xfd12, "splat"],
  ["f32x4", 0xfd13, "splat"],
  ["f64x2", 0xfd14, "splat"],
  ["i32x4", 0xfd37, "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"],
  ["f32x4", 0xfd41, "eq ne lt gt le ge"],
  ["f64x2", 0xfd47, "eq ne lt gt le ge"],
  ["v128", 0xfd4d, "not and andnot or xor bitselect any_true"],
  ["f32x4", 0xfd5e, "demote_f64x2_zero"],
  ["f64x2", 0xfd5f, "promote_low_f32x4"],
  ["i8x16", 0xfd65, "narrow_i16x8_s narrow_i16x8_u"],
  ["f32x4", 0xfd67, "ceil floor trunc nearest"],
  ["f64x2", 0xfd74, "ceil floor"],
  ["f64x2", 0xfd7a, "trunc"],
  ["i16x8", 0xfd85, "narrow_i32x4_s narrow_i32x4_u"],
  ["i16x8", 0xfd87, "extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u"],
  ["f64x2", 0xfd94, "nearest"],
  ["i32x4", 0xfda0, "abs neg _ all_true bitmask"],
  ["i32x4", 0xfda7, "extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u"],
  ["i32x4", 0xfdab, "shl shr_s shr_u add"],
  ["i32x4", 0xfdb1, "sub"],
  ["i32x4", 0xfdb5, "mul min_s min_u max_s max_u"],
  ["i64x2", 0xfdc0, "abs neg _ all_true bitmask"],
  ["i64x2", 0xfdc7, "extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u"],
  ["i64x2", 0xfdcb, "shl shr_s shr_u add"],
  ["i64x2", 0xfdd1, "sub"],
  ["i64x2", 0xfdd5, "mul eq ne lt_s gt_s le_s ge_s"],
  ["f32x4", 0xfde0, "abs neg _ sqrt add sub mul div min max pmin pmax"],
  ["f64x2", 0xfdec, "abs neg _ sqrt add sub mul div min max pmin pmax"],
  ["i32x4", 0xfdf8, "trunc_sat_f32x4_s trunc_sat_f32x4_u"],
  ["f32x4", 0xfdfa, "convert_i32x4_s convert_i32x4_u"],
  ["i32x4", 0xfdfc, "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero"],
  ["f64x2", 0xfdfe, "convert_low_i32x4_s convert_low_i32x4_u"],
  ["f32x4", 0xfd0105, "relaxed_madd relaxed_nmadd"],
  ["f64x2", 0xfd0107, "relaxed_madd relaxed_nmadd"],
] as const;

/** Instructions that read or write memory at an address plus a constant offset. */
const MEMORY_RUNS = [
  ["i32", 0x28, "load"],
  ["i64", 0x29, "load"],
  ["f32", 0x2a, "load"],
  ["f64", 0x2b, "load"],
  ["i32", 0x2c, "load8_s load8_u load16_s load16_u"],
  ["i32", 0x36, "store"],
  ["i64", 0x37, "store"],
  ["f32", 0x38, "store"],
  ["f64", 0x39, "store"],
  ["i32", 0x3a, "store8 store16"],
  ["v128", 0xfd00, "load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u"],
  ["v128", 0xfd07, "load8_splat load16_splat load32_splat load64_splat store"],
  ["v128", 0xfd5c, "load32_zero load64_zero"],
] as const;

/** Memory instructions that move one lane. */
const LANE_MEMORY_RUNS = [
  ["v128", 0xfd54, "load8_lane load16_lane load32_lane load64_lane store8_lane store16_lane store32_lane store64_lane"],
] as const;

/** Instructions that name a lane. */
const LANE_RUNS = [
  ["i32x4", 0xfd1b, "extract_lane replace_lane"],
  ["i64x2", 0xfd1d, "extract_lane replace_lane"],
  ["f32x4", 0xfd1f, "extract_lane replace_lane"],
  ["f64x2", 0xfd21, "extract_lane replace_lane"],
] as const;

type Words<Text extends string> = Text extends `${infer Word} ${infer Rest}` ? Word | Words<Rest> : Text;
type NamesOf<Runs extends readonly (readonly [string, number, string])[]> = {
  [K in keyof Runs]: `${Runs[K][0]}.${Words<Runs[K][2]>}`;
}[number];

/** An instruction without immediate operands, or with the number of a local. */
export type Instruction = NamesOf<typeof RUNS>;
/** An instruction that takes an offset. */
export type MemoryInstruction = NamesOf<typeof MEMORY_RUNS>;
/** An instruction that takes an offset and a lane. */
export type LaneMemoryInstruction = NamesOf<typeof LANE_MEMORY_RUNS>;
/** An instruction that takes a lane. */
export type LaneInstruction = NamesOf<typeof LANE_RUNS>;

const CODES: ReadonlyMap<string, number> = new Map(
  [...RUNS, ...MEMORY_RUNS, ...LANE_MEMORY_RUNS, ...LANE_RUNS].flatMap(([type, first, names]) =>
    names.split(" ").map((name, i) => [`${type}.${name}`, first + i] as const),
  ),
);

/** The code of an instruction; beyond 255, the prefix byte before one or two bytes with the code after it. */
export function codeOf(name: Instruction | MemoryInstruction | LaneMemoryInstruction | LaneInstruction): number {
  const code = CODES.get(name);
  if (code === undefined) throw new TypeError(`there is no instruction ${name}`);
  return code;
}

/** Control instructions, and those with operands of their own kind. */
export const CODE = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  return: 0x0f,
  call: 0x10,
  call_indirect: 0x11,
  select: 0x1b,
  i32_const: 0x41,
  i64_const: 0x42,
  f32_const: 0x43,
  f64_const: 0x44,
  v128_const: 0xfd0c,
  shuffle: 0xfd0d,
} as const;
