/**
 * Which loops around a reduction are unrolled. Neighbouring results of a product share what they load, and neighbouring
 * columns of a sum lie on the same cache line, so several are computed at once. Factors were measured: 3×3 gave the
 * fastest matrix product in V8, more ran out of registers.
 */
import type { Access, Statement } from "../../loop/ir.ts";
import { axesOf, expressionsOf, loadsOf } from "../../loop/walk.ts";
import { isPositional } from "../accumulate.ts";

type Loop = Extract<Statement, { kind: "loop" }>;

/** A loop to be unrolled, from the outside in. */
export interface TiledLoop {
  readonly axis: string;
  readonly factor: number;
  readonly body: readonly Statement[];
}

const SQUARE = 3;
const ROWS = 4;
const COLUMNS = 8;

/** The one or two loops, beginning with `loop`, that are unrolled around a reduction; none when it is not worth it. */
export function tileOf(loop: Loop): readonly TiledLoop[] {
  const [inner] = loop.body;
  if (loop.body.length === 1 && inner.kind === "loop") {
    const loads = reducedLoads(inner.body);
    return isShared(loads, loop.axis) && isShared(loads, inner.axis) ? [tile(loop, SQUARE), tile(inner, SQUARE)] : [];
  }
  const loads = reducedLoads(loop.body);
  if (isShared(loads, loop.axis)) return [tile(loop, ROWS)];
  return loads.some((load) => isColumn(load, loop.axis)) ? [tile(loop, COLUMNS)] : [];
}

function tile({ axis, body }: Loop, factor: number): TiledLoop {
  return { axis, factor, body };
}

/** What a plain reduction at the beginning of `body` loads; nothing when there is no such reduction. */
function reducedLoads(body: readonly Statement[]): Access[] {
  const [first, ...rest] = body;
  if (first?.kind !== "reduce" || first.axes.length === 0 || first.body.length > 0) return [];
  if (first.accumulators.some(isPositional) || rest.some(({ kind }) => kind === "loop" || kind === "reduce")) return [];
  return loadsOf(expressionsOf(first));
}

/** Whether neighbours along `axis` use some loads together, and others alone. */
function isShared(loads: readonly Access[], axis: string): boolean {
  const moving = loads.filter((load) => axesOf(load).has(axis)).length;
  return moving > 0 && moving < loads.length;
}

/** Whether neighbours along `axis` are neighbours in a row-major array. */
function isColumn({ index }: Access, axis: string): boolean {
  return index.at(-1)?.terms.some((term) => term.axis === axis) ?? false;
}
