/**
 * Programs of rows: a loop over rows of reductions and loops along the columns. Functions of an element that several of
 * them need are computed once. Short rows go several at a time, one to a lane, through memory in which the elements of a
 * column lie side by side, so that neither the ends of rows nor sums across a vector cost anything.
 */
import type { Access, Statement } from "../../loop/ir.ts";
import { accessesOf, accessKey, expressionsOf, hasFunction, hasPosition, mapAccesses } from "../../loop/walk.ts";
import { isPositional } from "../accumulate.ts";
import type { Local } from "./code.ts";
import type { Emitter, Loop } from "./emit.ts";
import { copyElement } from "./lanes.ts";
import { SCRATCH } from "./library.ts";
import { areWide, fitLanes, usesLanes } from "./plan.ts";
import { isPass, type Kept, remember } from "./remember.ts";
import { inside, movesAlong, type Place } from "./values.ts";

/** Rows of fewer elements are short. */
const SHORT = 32;
/** Rows whose elements are moved together. */
const GROUP = 4;

/** A recognised program of rows. */
export interface RowProgram {
  readonly row: string;
  readonly column: string;
  readonly body: readonly Statement[];
  readonly kept: readonly Kept[];
  /** Short rows that go together; null where they go one by one. */
  readonly lanes: number | null;
}

/** The rows of a loop that computes functions or sums of them, given numbers for new buffers; null for other loops. */
export function rowProgramOf(loop: Loop, newBuffer: () => number): RowProgram | null {
  const { axis: row, body } = loop;
  const columns = new Set<string>();
  for (const statement of body) {
    if (!isPass(statement)) continue;
    const isReduce = statement.kind === "reduce";
    if (isReduce && (statement.axes.length !== 1 || statement.accumulators.some(isPositional))) return null;
    if (statement.body.some(({ kind }) => kind !== "let" && (isReduce || kind !== "store"))) return null;
    columns.add(isReduce ? statement.axes[0] : statement.axis);
  }
  const [column, another] = columns;
  if (column === undefined || another !== undefined) return null;
  if (accessesOf(body).some(hasPosition) || allStores(body).some(({ adds }) => adds === true)) return null;
  const pays = body.some(({ kind }) => kind === "reduce") || body.flatMap(allExpressions).some(hasFunction);
  if (!pays || usesLanes(loop).length > 0) return null;
  const { body: remembering, kept } = remember(body, row, column, newBuffer);
  const exprs = body.flatMap(allExpressions);
  const lanes = fitLanes(exprs) ? (areWide(exprs) ? 8 : 16) : null;
  return { row, column, body: remembering, kept, lanes };
}

function allStores(body: readonly Statement[]): readonly Extract<Statement, { kind: "store" }>[] {
  return body.flatMap((statement) => {
    if (statement.kind === "store") return [statement];
    return statement.kind === "loop" ? allStores(statement.body) : [];
  });
}

function allExpressions(statement: Statement): ReturnType<typeof expressionsOf> {
  return [...expressionsOf(statement), ...(isPass(statement) ? statement.body.flatMap(expressionsOf) : [])];
}

/** Writes the rows: where they are short, some in lanes at a time, then what is left, one by one. */
export function writeRows(emitter: Emitter, program: RowProgram, outer: Place): void {
  const { code, frame } = emitter;
  const { row, column, lanes } = program;
  code.get(frame.length(row));
  code.if(() => {
    const writer = new RowWriter(emitter, program, inside(outer));
    code.i32(0);
    const from = code.set("i32");
    if (lanes !== null) {
      code.get(frame.length(column));
      code.i32(SHORT);
      code.op("i32.lt_u");
      code.if(() => writer.together(from, lanes));
    }
    writer.oneByOne(from);
  });
}

class RowWriter {
  readonly #emitter: Emitter;
  readonly #program: RowProgram;
  readonly #outer: Place;

  constructor(emitter: Emitter, program: RowProgram, outer: Place) {
    this.#emitter = emitter;
    this.#program = program;
    this.#outer = outer;
  }

  /** The rows from the one in a local on. */
  oneByOne(from: Local): void {
    const { row, column, body, kept } = this.#program;
    const { frame } = this.#emitter;
    const sizes = kept.map(({ bytes }) => bytes);
    const places = this.#reserve(sizes, frame.length(column));
    const pointers = new Map(this.#outer.pointers);
    for (const access of accessesOf(body)) {
      if (kept.every((one) => one.access.buffer !== access.buffer))
        pointers.set(accessKey(access), this.#at(access, [[row, from]]));
    }
    for (const [i, { access, bytes }] of kept.entries()) {
      frame.setScratch(access.buffer, { address: places[i], bytes, steps: new Map([[column, bytes]]) });
      pointers.set(accessKey(access), places[i]);
    }
    this.#emitter.range({ kind: "loop", axis: row, body }, inside(this.#outer, { pointers }), frame.length(row), from);
  }

  /** As many groups of rows as there are; the local moves on. */
  together(from: Local, lanes: number): void {
    const { row, column, body, kept } = this.#program;
    const { frame } = this.#emitter;
    const keptBuffers = new Set(kept.map(({ access }) => access.buffer));
    const moved = distinct(accessesOf(body)).filter(
      (access) => !keptBuffers.has(access.buffer) && movesAlong(access, row),
    );
    const tiles = moved.map((access) => ({ access, bytes: frame.bytes(access.buffer), buffer: frame.newBuffer() }));
    const all = [...tiles, ...kept.map(({ access, bytes }) => ({ access, bytes, buffer: access.buffer }))];
    const places = this.#reserve(
      all.map(({ bytes }) => bytes * lanes),
      frame.length(column),
    );
    all.forEach(({ access, buffer, bytes }, i) => {
      const steps = new Map([[row, bytes]]);
      if (movesAlong(access, column)) steps.set(column, bytes * lanes);
      frame.setScratch(buffer, { address: places[i], bytes, steps });
    });
    const buffers = new Map(tiles.map(({ access, buffer }) => [accessKey(access), buffer]));
    const inTiles = mapAccesses(body, (access) => ({
      ...access,
      buffer: buffers.get(accessKey(access)) ?? access.buffer,
    }));
    const pointers = new Map(this.#outer.pointers);
    for (const access of accessesOf(inTiles)) {
      const at = all.findIndex(({ buffer }) => buffer === access.buffer);
      if (at >= 0) pointers.set(accessKey(access), places[at]);
    }
    const stored = new Set(allStores(body).map(({ access }) => accessKey(access)));
    const last = this.#lastGroup(lanes);
    this.#emitter.whileBelow(from, last, () => {
      tiles.forEach((tile, i) => {
        if (!stored.has(accessKey(tile.access))) this.#move(tile, places[i], from, lanes, "in");
      });
      const place = inside(this.#outer, {
        pointers,
        axes: new Map(this.#outer.axes).set(row, from),
        lanes: { axis: row, count: lanes },
      });
      this.#emitter.hoist(inTiles, place);
      this.#emitter.body(inTiles, inside(place));
      tiles.forEach((tile, i) => {
        if (stored.has(accessKey(tile.access))) this.#move(tile, places[i], from, lanes, "out");
      });
      this.#add(from, lanes);
    });
  }

  /** Where groups of rows end. */
  #lastGroup(lanes: number): Local {
    const { code, frame } = this.#emitter;
    code.get(frame.length(this.#program.row));
    code.i32(-lanes);
    code.op("i32.and");
    return code.set("i32");
  }

  /** Addresses of memory for some buffers, each of so many bytes for each of `count` columns. */
  #reserve(sizes: readonly number[], count: Local): readonly Local[] {
    const { code } = this.#emitter;
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total === 0) return [];
    code.get(count);
    code.i32(total);
    code.op("i32.mul");
    code.call(SCRATCH);
    const first = code.set("i32");
    let before = 0;
    return sizes.map((size) => {
      code.get(first);
      code.get(count);
      code.i32(before);
      code.op("i32.mul");
      code.op("i32.add");
      before += size;
      return code.set("i32");
    });
  }

  /** The address of an access where some axes have the values in locals. */
  #at(access: Access, at: readonly (readonly [string, Local])[]): Local {
    const { code, frame } = this.#emitter;
    const start = this.#outer.pointers.get(accessKey(access));
    if (start === undefined) throw new ReferenceError(`buffer ${access.buffer} has no address here`);
    code.get(start);
    for (const [axis, value] of at) {
      const step = frame.step(access, axis);
      if (step === null) continue;
      code.op("i32.mul", step, value);
      code.op("i32.add");
    }
    return code.set("i32");
  }

  /** Moves the elements of a group of rows into a tile or out of it. */
  #move(
    { access, bytes }: { readonly access: Access; readonly bytes: number },
    tile: Local,
    from: Local,
    lanes: number,
    way: "in" | "out",
  ): void {
    const { code, frame } = this.#emitter;
    const { row, column } = this.#program;
    const rowStep = frame.step(access, row);
    const columnStep = frame.step(access, column);
    if (rowStep === null) throw new ReferenceError("what is moved does not move along rows");
    const next = this.#at(access, [[row, from]]);
    for (let lane = 0; lane < lanes; lane += GROUP) {
      const rows = Array.from({ length: GROUP }, () => {
        code.get(next);
        const address = code.set("i32");
        this.#add(next, rowStep, "local");
        return address;
      });
      code.get(tile);
      const inTile = code.set("i32");
      const moveColumn = (): void =>
        rows.forEach((address, i) => {
          const offset = (lane + i) * bytes;
          if (way === "in") copyElement(code, bytes, [inTile, offset], [address, 0]);
          else copyElement(code, bytes, [address, 0], [inTile, offset]);
        });
      if (columnStep === null) {
        moveColumn();
        continue;
      }
      code.get(frame.length(column));
      const left = code.set("i32");
      code.while(
        () => code.get(left),
        () => {
          moveColumn();
          for (const address of rows) this.#add(address, columnStep, "local");
          this.#add(inTile, lanes * bytes);
          this.#add(left, -1);
        },
      );
    }
  }

  #add(local: Local, amount: number, kind: "bytes" | "local" = "bytes"): void {
    const { code } = this.#emitter;
    code.get(local);
    if (kind === "local") code.get(amount);
    else code.i32(amount);
    code.op("i32.add");
    code.set(local);
  }
}

/** Each access once. */
function distinct(accesses: readonly Access[]): readonly Access[] {
  return [...new Map(accesses.map((access) => [accessKey(access), access])).values()];
}
