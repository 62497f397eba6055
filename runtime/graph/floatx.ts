import type { FloatDType } from "../array/dtype.ts";
import { NotImplementedError } from "../base/errors.ts";
import { config } from "../config/index.ts";

/**
 * The dtype that `config.floatX` names.
 * @throws NotImplementedError for float16, which arrays do not have yet.
 */
export function floatX(): FloatDType {
  const name = config.floatX;
  if (name === "float16")
    throw new NotImplementedError(
      "floatX=float16: arrays of float16 are not supported yet; set floatX to float32 or float64.",
    );
  return name;
}
