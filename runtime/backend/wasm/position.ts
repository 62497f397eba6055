/** The position of the first extreme element: of NaN, or of one that is better than all before. */
import type { Accumulator } from "../../loop/ir.ts";
import type { Code, Local } from "./code.ts";
import { carrierIs, isUnsigned, number, scalarShape, type Value } from "./lanes.ts";

/** A reduction that is written element by element. */
export interface Sequential {
  take(value: Local): void;
  result(): Value;
}

export function writePosition(code: Code, { op, value: { dtype } }: Accumulator): Sequential {
  const shape = scalarShape(dtype);
  const best = code.local(shape);
  const position = code.local("i32");
  const count = code.local("i32");
  for (const local of [position, count]) {
    code.i32(0);
    code.set(local);
  }
  number(code, shape, 0);
  code.set(best);
  const better = op === "argmax" ? "gt" : "lt";
  const compare = (value: Local): void => {
    if (shape === "f32" || shape === "f64") {
      code.op(`${shape}.${better}`, value, best);
      code.op(`${shape}.ne`, value, value);
      code.op("i32.or");
      code.op(`${shape}.eq`, best, best);
      code.op("i32.and");
    } else code.op(`${shape}.${better}_${isUnsigned(dtype) || carrierIs(dtype, "bool") ? "u" : "s"}`, value, best);
  };
  return {
    take: (value) => {
      code.op("i32.eqz", count);
      compare(value);
      code.op("i32.or");
      code.if(() => {
        code.get(value);
        code.set(best);
        code.get(count);
        code.set(position);
      });
      code.get(count);
      code.i32(1);
      code.op("i32.add");
      code.set(count);
    },
    result: () => {
      code.op("i64.extend_i32_u", position);
      return { kind: "one", local: code.set("i64") };
    },
  };
}
