/** What the C of one unit needs besides its kernels: which helper functions and products are called. */
import type { DType, Scalar } from "../../array/dtype.ts";
import type { ScalarOpName } from "../../scalar/table.ts";
import { isNear } from "../../scalar/trigonometric.ts";
import type { ProductName } from "./gemm.ts";
import * as C from "./spell.ts";

/** Why something has no C code. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Collects what the kernels of a unit call. */
export class Spelling {
  readonly helpers = new Set<C.HelperName>();
  readonly products = new Set<ProductName>();
  /** Whether angles are known to be near enough for what computes sines in vectors. */
  anglesAreNear = false;

  /** The C name of a product. */
  product(name: ProductName): string {
    this.products.add(name);
    if (name === "gemm_f32" || name === "contract_f32") this.products.add("tile_f32");
    if (name === "gemm_f64" || name === "contract_f64") this.products.add("tile_f64");
    return `tn_${name}`;
  }
}

/** The C type of elements. @throws Refusal for types that have none. */
export function cType(dtype: DType): string {
  const type = C.cType(dtype);
  if (typeof type === "string") return type;
  throw new Refusal(type.reason);
}

/** An op on values of the given types. @throws Refusal for ops that have no C code. */
export function spell(
  spelling: Spelling,
  op: ScalarOpName,
  inputs: readonly DType[],
  output: DType,
  args: readonly string[],
): string {
  if (spelling.anglesAreNear && isNear(op)) {
    spelling.helpers.add(`tn_near_${op}`);
    return `((${cType(output)})tn_near_${op}(${args[0]}))`;
  }
  const code = C.spellOp(op, inputs, output, args, (helper) => spelling.helpers.add(helper));
  if (typeof code === "string") return code;
  throw new Refusal(code.reason);
}

/** A constant. @throws Refusal for types that have none. */
export function spellConstant(value: Scalar, dtype: DType): string {
  cType(dtype);
  return C.spellConstant(value, dtype);
}
