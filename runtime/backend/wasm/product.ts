import type { Statement } from "../../loop/ir.ts";
import type { Emitter } from "./emit.ts";
import type { Place } from "./values.ts";

export type Product = never;

export function productOf(_loop: Statement): Product | null {
  return null;
}

export function writeProduct(_emitter: Emitter, _product: Product, _outer: Place, _otherwise: () => void): void {}
