import type { FlagValue } from "./kinds.ts";
import type { FlagSpec } from "./spec.ts";

const WITHOUT_EFFECT = " (Accepted without effect in this version.)";

/** One flag of the listing, in the format in which Theano prints `theano.config`; it ends in an empty line. */
export function showFlag({ name, type, doc, effective }: FlagSpec, value: FlagValue): string {
  return `${name} (${type.spec}) \n    Doc:  ${doc}${effective ? "" : WITHOUT_EFFECT}\n    Value:  ${type.show(value)}\n\n`;
}
