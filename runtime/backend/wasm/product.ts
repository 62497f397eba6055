/**
 * Matrix products: a loop over rows and one over columns around a sum of products. The second matrix is copied in strips
 * of as many columns as two vectors hold, so that its layout does not matter; a tile of results stays in registers while
 * a block of products is added. What is done with the results follows from the tile, row by row.
 */
import type { Access, Expr, Load, Statement } from "../../loop/ir.ts";
import { accessesOf, accessKey, hasPosition } from "../../loop/walk.ts";
import { isLeaf, mapLeaves } from "../../scalar/expr.ts";
import type { Code, Local } from "./code.ts";
import type { Emitter, Loop } from "./emit.ts";
import { multiplyAdd } from "./fused.ts";
import { upperHalf, zeros } from "./lanes.ts";
import { SCRATCH } from "./library.ts";
import { inside, movesAlong, type Place } from "./values.ts";

/** Rows of a tile. */
const ROWS = 6;
/** Vectors of a row of a tile. */
const VECTORS = 2;
/** Rows whose factors stay in the cache while all strips pass. */
const ROW_BLOCK = 16 * ROWS;
/** Products of each element of a tile between two looks at the loop's end, where the left factors lie side by side. */
const UNROLLED = 4;
/** Products that are added before the sum goes to memory, and on in float64. */
const BLOCK = 256;
/** Shorter products are not worth the copy. */
const LEAST = 4;
/** Bytes of a float64, in which tiles are kept. */
const WIDE = 8;

/** A recognised product. */
export interface Product {
  readonly rows: string;
  readonly columns: string;
  readonly inner: string;
  readonly left: Load;
  readonly right: Load;
  /** The name of the sum in the statements that follow. */
  readonly sum: string;
  readonly rest: readonly Statement[];
}

/** The product that a loop computes, or null. */
export function productOf({ axis: rows, body: [inner, ...others] }: Loop): Product | null {
  if (inner?.kind !== "loop" || others.length > 0) return null;
  const [reduce, ...rest] = inner.body;
  if (reduce?.kind !== "reduce" || reduce.axes.length !== 1 || reduce.body.length > 0) return null;
  if (accessesOf([inner]).some(hasPosition)) return null;
  if (reduce.accumulators.length !== 1 || rest.some(({ kind }) => kind === "loop" || kind === "reduce")) return null;
  const [{ op, dtype, value, name }] = reduce.accumulators;
  if (op !== "add" || dtype !== "float64" || isLeaf(value) || value.kind === "const" || value.op !== "mul") return null;
  const factors = value.args.flatMap((arg) => floatLoad(arg) ?? []);
  if (factors.length !== 2 || value.args.length !== 2 || factors[0].dtype !== factors[1].dtype) return null;
  const [axis] = reduce.axes;
  const moves = ({ access }: Load, along: string, not: string): boolean =>
    movesAlong(access, along) && movesAlong(access, axis) && !movesAlong(access, not);
  const left = factors.find((load) => moves(load, rows, inner.axis));
  const right = factors.find((load) => moves(load, inner.axis, rows));
  if (left === undefined || right === undefined) return null;
  return { rows, columns: inner.axis, inner: axis, left, right, sum: name, rest };
}

/** A float as it is, or one that is made float64. */
function floatLoad(expr: Expr): Load | null {
  if (isLeaf(expr)) return expr.kind === "load" && expr.dtype === "float64" ? expr : null;
  if (expr.kind === "const" || expr.op !== "cast_float64") return null;
  const [source] = expr.args;
  return isLeaf(source) && source.kind === "load" && source.dtype === "float32" ? source : null;
}

/** Writes a product, and what to do where it is too small. */
export function writeProduct(emitter: Emitter, product: Product, outer: Place, otherwise: () => void): void {
  const { code, frame } = emitter;
  [product.rows, product.columns, product.inner].forEach((axis, i) => {
    code.get(frame.length(axis));
    code.i32(LEAST);
    code.op("i32.ge_u");
    if (i > 0) code.op("i32.and");
  });
  code.if(() => new ProductWriter(emitter, product, outer).write(), otherwise);
}

class ProductWriter {
  readonly #emitter: Emitter;
  readonly #code: Code;
  readonly #product: Product;
  readonly #outer: Place;
  readonly #isDouble: boolean;
  /** Bytes of a factor. */
  readonly #bytes: number;
  /** Columns of a strip. */
  readonly #width: number;
  readonly #tile: Local;
  readonly #strip: Local;

  constructor(emitter: Emitter, product: Product, outer: Place) {
    this.#emitter = emitter;
    this.#code = emitter.code;
    this.#product = product;
    this.#outer = outer;
    this.#isDouble = product.left.dtype === "float64";
    this.#bytes = this.#isDouble ? 8 : 4;
    this.#width = (16 * VECTORS) / this.#bytes;
    this.#tile = this.#code.local("i32");
    this.#strip = this.#code.local("i32");
  }

  write(): void {
    const code = this.#code;
    const tileBytes = ROWS * this.#width * WIDE;
    code.get(this.#length(this.#product.inner));
    code.i32(this.#width * this.#bytes);
    code.op("i32.mul");
    code.i32(tileBytes);
    code.op("i32.add");
    code.call(SCRATCH);
    code.set(this.#tile);
    code.get(this.#tile);
    code.i32(tileBytes);
    code.op("i32.add");
    code.set(this.#strip);
    const { rows, columns } = this.#product;
    this.#steps(this.#number(0), this.#length(rows), ROW_BLOCK, (block, blockEnd) =>
      this.#steps(this.#number(0), this.#length(columns), this.#width, (column, columnEnd) => {
        this.#copyStrip(column, columnEnd);
        code.get(block);
        this.#steps(code.set("i32"), blockEnd, ROWS, (row, rowEnd) => {
          this.#sums(row);
          this.#results(row, rowEnd, column, columnEnd);
        });
      }),
    );
  }

  #length(axis: string): Local {
    return this.#emitter.frame.length(axis);
  }

  /** Goes on in steps, moving `from`; the last may be shorter. */
  #steps(from: Local, last: Local, size: number, body: (from: Local, end: Local) => void): void {
    const code = this.#code;
    this.#emitter.whileBelow(from, last, () => {
      const end = this.#least(this.#sum(from, size), last);
      body(from, end);
      code.get(end);
      code.set(from);
    });
  }

  #number(value: number): Local {
    this.#code.i32(value);
    return this.#code.set("i32");
  }

  #sum(a: Local, amount: number): Local {
    this.#code.get(a);
    this.#code.i32(amount);
    this.#code.op("i32.add");
    return this.#code.set("i32");
  }

  #least(a: Local, b: Local): Local {
    this.#code.get(a);
    this.#code.get(b);
    this.#code.op("i32.lt_u", a, b);
    this.#code.select();
    return this.#code.set("i32");
  }

  /** Moves an address in a local by so many bytes. */
  #advance(address: Local, amount: Local | { readonly bytes: number }): void {
    this.#code.get(address);
    if (typeof amount === "number") this.#code.get(amount);
    else this.#code.i32(amount.bytes);
    this.#code.op("i32.add");
    this.#code.set(address);
  }

  /** The address of an access where some axes have the values in locals. */
  #address(access: Access, at: readonly (readonly [string, Local])[]): Local {
    const code = this.#code;
    const start = this.#outer.pointers.get(accessKey(access));
    if (start === undefined) throw new ReferenceError(`buffer ${access.buffer} has no address here`);
    code.get(start);
    for (const [axis, value] of at) {
      const step = this.#emitter.frame.step(access, axis);
      if (step === null) continue;
      code.op("i32.mul", step, value);
      code.op("i32.add");
    }
    return code.set("i32");
  }

  #step({ access }: Load, axis: string): Local {
    const step = this.#emitter.frame.step(access, axis);
    if (step === null) throw new ReferenceError(`a factor does not move along ${axis}`);
    return step;
  }

  /** Repeats a body `count` times; the local counts down to 0. */
  #times(count: Local, body: () => void): void {
    const code = this.#code;
    code.get(count);
    const left = code.set("i32");
    code.while(
      () => code.get(left),
      () => {
        body();
        this.#advance(left, { bytes: -1 });
      },
    );
  }

  /** Copies columns side by side; those that are missing are zeros. */
  #copyStrip(column: Local, end: Local): void {
    const code = this.#code;
    const { right, columns, inner } = this.#product;
    const from = this.#address(right.access, [[columns, column]]);
    const [alongColumns, alongInner] = [this.#step(right, columns), this.#step(right, inner)];
    code.get(this.#strip);
    const to = code.set("i32");
    code.op("i32.sub", end, column);
    const width = code.set("i32");
    code.get(alongColumns);
    code.i32(this.#bytes);
    code.op("i32.eq");
    code.get(width);
    code.i32(this.#width);
    code.op("i32.eq");
    code.op("i32.and");
    const isDense = code.set("i32");
    const next = (): void => {
      this.#advance(from, alongInner);
      this.#advance(to, { bytes: 16 * VECTORS });
    };
    code.get(isDense);
    code.if(
      () =>
        this.#times(this.#length(inner), () => {
          for (let i = 0; i < VECTORS; i++) {
            code.get(to);
            code.get(from);
            code.memory("v128.load", 16 * i);
            code.memory("v128.store", 16 * i);
          }
          next();
        }),
      () =>
        this.#times(this.#length(inner), () => {
          this.#copyElements(from, to, alongColumns, width);
          next();
        }),
    );
  }

  #copyElements(from: Local, to: Local, step: Local, width: Local): void {
    const code = this.#code;
    for (let i = 0; i < VECTORS; i++) {
      code.get(to);
      zeros(code);
      code.memory("v128.store", 16 * i);
    }
    code.get(from);
    const source = code.set("i32");
    code.get(to);
    const target = code.set("i32");
    const shape = this.#isDouble ? "f64" : "f32";
    this.#times(width, () => {
      code.get(target);
      code.get(source);
      code.memory(`${shape}.load`);
      code.memory(`${shape}.store`);
      this.#advance(source, step);
      this.#advance(target, { bytes: this.#bytes });
    });
  }

  /** The sums of a tile, into memory. Rows beyond the last are that one again. */
  #sums(row: Local): void {
    const code = this.#code;
    const { left, rows, inner } = this.#product;
    const last = this.#sum(this.#length(rows), -1);
    const lefts = Array.from({ length: ROWS }, (_, r) =>
      this.#address(left.access, [[rows, this.#least(this.#sum(row, r), last)]]),
    );
    code.get(this.#strip);
    const right = code.set("i32");
    const sums = lefts.map(() => Array.from({ length: VECTORS }, () => code.local("v128")));
    const step = this.#step(left, inner);
    this.#steps(this.#number(0), this.#length(inner), BLOCK, (from, end) => {
      for (const sum of sums.flat()) {
        zeros(code);
        code.set(sum);
      }
      code.op("i32.sub", end, from);
      const count = code.set("i32");
      code.get(step);
      code.i32(this.#bytes);
      code.op("i32.eq");
      code.if(() => {
        code.get(count);
        code.i32(UNROLLED);
        code.op("i32.div_u");
        this.#times(code.set("i32"), () => {
          for (let i = 0; i < UNROLLED; i++) this.#products(lefts, right, sums, i);
          for (const address of lefts) this.#advance(address, { bytes: UNROLLED * this.#bytes });
          this.#advance(right, { bytes: UNROLLED * 16 * VECTORS });
        });
        code.get(count);
        code.i32(UNROLLED);
        code.op("i32.rem_u");
        code.set(count);
      });
      this.#times(count, () => {
        this.#products(lefts, right, sums, 0);
        for (const address of lefts) this.#advance(address, step);
        this.#advance(right, { bytes: 16 * VECTORS });
      });
      this.#keep(sums, from);
    });
  }

  /** One product for each element of a tile: the one that is so many elements on, where they lie side by side. */
  #products(lefts: readonly Local[], right: Local, sums: readonly (readonly Local[])[], ahead: number): void {
    const code = this.#code;
    const shape = this.#isDouble ? "f64x2" : "f32x4";
    const columns = Array.from({ length: VECTORS }, (_, i) => {
      code.get(right);
      code.memory("v128.load", 16 * (VECTORS * ahead + i));
      return code.set("v128");
    });
    lefts.forEach((address, r) => {
      code.get(address);
      code.memory(this.#isDouble ? "v128.load64_splat" : "v128.load32_splat", this.#bytes * ahead);
      const factor = code.set("v128");
      sums[r].forEach((sum, i) => {
        multiplyAdd(code, shape, [factor, columns[i]], sum);
        code.set(sum);
      });
    });
  }

  /** Puts sums into the tile in memory, or adds them to what is there after the first block. */
  #keep(sums: readonly (readonly Local[])[], from: Local): void {
    const code = this.#code;
    const wide = sums.flat().flatMap((sum) => {
      if (this.#isDouble) return [sum];
      code.op("f64x2.promote_low_f32x4", sum);
      const low = code.set("v128");
      code.op("f64x2.promote_low_f32x4", upperHalf(code, sum));
      return [low, code.set("v128")];
    });
    const store = (added: boolean): void =>
      wide.forEach((sum, i) => {
        code.get(this.#tile);
        code.get(sum);
        if (added) {
          code.get(this.#tile);
          code.memory("v128.load", 16 * i);
          code.op("f64x2.add");
        }
        code.memory("v128.store", 16 * i);
      });
    code.get(from);
    code.if(
      () => store(true),
      () => store(false),
    );
  }

  /** The statements after the sum, for the elements of a tile. */
  #results(row: Local, rowEnd: Local, column: Local, columnEnd: Local): void {
    const emitter = this.#emitter;
    const { rows, columns, sum, rest } = this.#product;
    const scratch = emitter.frame.newBuffer();
    emitter.frame.setScratch(scratch, {
      address: this.#tile,
      bytes: WIDE,
      steps: new Map([
        [rows, this.#width * WIDE],
        [columns, WIDE],
      ]),
    });
    const along = (axis: string) => ({ terms: [{ axis, scale: 1 }], offset: 0 });
    const tile: Load = {
      kind: "load",
      access: { buffer: scratch, index: [along(rows), along(columns)] },
      dtype: "float64",
    };
    const body = rest.map((statement) => withSum(statement, sum, tile));
    const accesses = accessesOf(body);
    const pointers = new Map(this.#outer.pointers);
    for (const access of accesses) {
      const isTile = access.buffer === scratch;
      pointers.set(
        accessKey(access),
        isTile
          ? this.#tile
          : this.#address(access, [
              [rows, row],
              [columns, column],
            ]),
      );
    }
    const walk = emitter.walk(rows, rowEnd, accesses, inside(this.#outer, { pointers }), row);
    emitter.whileBelow(walk.counter, rowEnd, () => {
      const place = inside(walk.place);
      emitter.range({ kind: "loop", axis: columns, body }, place, columnEnd, column);
      walk.advance();
    });
  }
}

/** A statement that reads the sum from a tile. */
function withSum(statement: Statement, name: string, tile: Load): Statement {
  if (statement.kind !== "let" && statement.kind !== "store") return statement;
  const [value] = mapLeaves(
    [statement.value],
    (leaf): Exclude<Expr, { kind: "apply" | "const" }> => (leaf.kind === "local" && leaf.name === name ? tile : leaf),
  );
  return { ...statement, value };
}
