/**
 * From a kernel to a WebAssembly function of the address of a frame. Every loop keeps, for each element that its body
 * touches, an address that steps along with it. Loops whose elements lie side by side run several at a time, in lanes;
 * whether they do is asked when the function runs.
 */
import type { Access, Expr, Kernel, Statement } from "../../loop/ir.ts";
import { accessesOf, accessKey, expressionsOf, hasPosition } from "../../loop/walk.ts";
import { isLeaf } from "../../scalar/expr.ts";
import { isPositional } from "../accumulate.ts";
import { Code, type Local } from "./code.ts";
import { Combiner } from "./combine.ts";
import type { FunctionBody, FunctionType } from "./encode.ts";
import { Frame } from "./frame.ts";
import { loadLanes, loadOne, resizeMasks, scalarShape, storeLanes, storeOne, type Value } from "./lanes.ts";
import type { Library } from "./library.ts";
import { writeOp } from "./ops.ts";
import { usesLanes } from "./plan.ts";
import { writePosition } from "./position.ts";
import { productOf, writeProduct } from "./product.ts";
import { Reduction } from "./reduce.ts";
import { rowProgramOf, writeRows } from "./rows.ts";
import { inside, isKnown, Known, movesAlong, type Place, Values } from "./values.ts";

/** Takes the address of a frame; gives 0, or 1 when a position was out of range. */
export const KERNEL_TYPE: FunctionType = { parameters: ["i32"], results: ["i32"] };

export type Loop = Extract<Statement, { kind: "loop" }>;
type Store = Extract<Statement, { kind: "store" }>;
export type Reduce = Extract<Statement, { kind: "reduce" }>;

/** The function of a kernel; what it calls joins `library`. */
export function emitKernel(kernel: Kernel, library: Library): FunctionBody {
  return new Emitter(kernel, library).emit();
}

/** A loop being written: its counter, and the place at the counter's value. */
export interface Walk {
  readonly counter: Local;
  readonly length: Local;
  readonly place: Place;
  /** Moves on by one iteration, or by `lanes` of those whose elements lie side by side. */
  advance(lanes?: number): void;
}

export class Emitter {
  readonly kernel: Kernel;
  readonly code = new Code(KERNEL_TYPE);
  readonly frame: Frame;
  readonly values: Values;

  constructor(kernel: Kernel, library: Library) {
    this.kernel = kernel;
    this.frame = new Frame(kernel, this.code);
    this.values = new Values(this.code, this.frame, library);
  }

  emit(): FunctionBody {
    const accesses = accessesOf(this.kernel.body);
    if (accesses.some(hasPosition)) this.frame.checkPositions();
    this.body(this.kernel.body, this.start(accesses));
    if (this.frame.mark === null) this.code.i32(0);
    else this.code.get(this.frame.mark);
    return this.code.finish();
  }

  /** The place before any loop. */
  start(accesses: readonly Access[]): Place {
    const pointers = new Map(accesses.map((access) => [accessKey(access), this.frame.origin(access)]));
    return { pointers, axes: new Map(), locals: new Map(), lanes: null, known: new Known(null) };
  }

  body(statements: readonly Statement[], outer: Place): Place {
    let place = outer;
    for (const statement of statements) {
      switch (statement.kind) {
        case "loop":
          this.loop(statement, place);
          break;
        case "reduce":
          place = withLocals(place, this.#reduce(statement, place));
          break;
        case "let":
          place = withLocals(place, [[statement.name, this.values.of(statement.value, place)]]);
          break;
        case "store":
          this.#store(statement, place);
          break;
      }
    }
    return place;
  }

  #store({ access, value, adds }: Store, place: Place): void {
    const pointer = this.values.address(access, place);
    const write = this.#storing(
      value,
      pointer,
      place.lanes !== null && movesAlong(access, place.lanes.axis),
      adds === true,
      place,
    );
    if (this.frame.mark === null || !hasPosition(access)) {
      write();
      return;
    }
    // The first element stands for those out of range, and must not be written instead of them.
    this.code.op("i32.eqz", this.frame.mark);
    this.code.if(write);
  }

  /** Computes a value; what is returned writes how it is stored, or added to what is there. */
  #storing(value: Expr, pointer: Local, isWide: boolean, adds: boolean, place: Place): () => void {
    const { code } = this;
    const { dtype } = value;
    if (!isWide || place.lanes === null) {
      const one = this.values.one(value, place);
      return () => {
        let stored = one;
        if (adds) {
          writeOp(code, "add", dtype, false, [loadOne(code, dtype, pointer, 0), one]);
          stored = code.set(scalarShape(dtype));
        }
        storeOne(code, dtype, pointer, 0, stored);
      };
    }
    const { count } = place.lanes;
    const lanes = this.values.lanes(value, place);
    const given = dtype === "bool" ? resizeMasks(code, lanes, count / 4) : lanes;
    return () => {
      const stored = adds
        ? loadLanes(code, dtype, pointer, count).map((old, i) => {
            writeOp(code, "add", dtype, true, [old, given[i]]);
            return code.set("v128");
          })
        : given;
      storeLanes(code, dtype, pointer, stored);
    };
  }

  loop(loop: Loop, outer: Place): void {
    const product = outer.lanes === null ? productOf(loop) : null;
    if (product !== null) {
      writeProduct(this, product, outer, () => this.plainLoop(loop, outer));
      return;
    }
    const rows = outer.lanes === null ? rowProgramOf(loop, () => this.frame.newBuffer()) : null;
    if (rows === null) this.plainLoop(loop, outer);
    else writeRows(this, rows, outer);
  }

  plainLoop(loop: Loop, outer: Place): void {
    const length = this.frame.length(loop.axis);
    this.code.get(length);
    this.code.if(() => this.range(loop, inside(outer), length));
  }

  /** A loop that has iterations, up to `end`, from the beginning or from where the addresses of the place already are. */
  range(loop: Loop, place: Place, end: Local, from?: Local): void {
    this.hoist([loop], place);
    const accesses = accessesOf(loop.body);
    const walk = this.walk(loop.axis, end, accesses, place, from);
    const counts = place.lanes === null ? usesLanes(loop) : [];
    if (counts.length > 0) {
      this.code.get(this.frame.areUnit(accesses, loop.axis));
      this.code.if(() => {
        for (const count of counts) {
          const wide = inside(walk.place, { lanes: { axis: loop.axis, count } });
          this.lanesUpTo(walk, end, count, {
            before: () => this.hoist([loop], wide),
            body: () => this.body(loop.body, inside(wide)),
          });
        }
      });
    }
    this.whileBelow(walk.counter, walk.length, () => {
      this.body(loop.body, inside(walk.place));
      walk.advance();
    });
  }

  /** Iterations in groups of `count` lanes, as long as a whole group is left before `end`. */
  lanesUpTo(
    walk: Walk,
    end: Local,
    count: number,
    write: { readonly before: () => void; readonly body: () => void; readonly after?: () => void },
  ): void {
    const { code } = this;
    code.get(end);
    code.op("i32.sub", end, walk.counter);
    code.i32(count - 1);
    code.op("i32.and");
    code.op("i32.sub");
    const last = code.set("i32");
    code.op("i32.lt_u", walk.counter, last);
    code.if(() => {
      write.before();
      this.whileBelow(walk.counter, last, () => {
        write.body();
        walk.advance(count);
      });
      write.after?.();
    });
  }

  whileBelow(counter: Local, end: Local, body: () => void): void {
    this.code.while(() => this.code.op("i32.lt_u", counter, end), body);
  }

  /** Declares the counter of a loop and the addresses that step with it. */
  walk(axis: string, length: Local, accesses: readonly Access[], outer: Place, from?: Local): Walk {
    const { code } = this;
    if (from === undefined) code.i32(0);
    else code.get(from);
    const counter = code.set("i32");
    const moving = new Map<string, { local: Local; step: Local; bytes: number }>();
    const pointers = new Map(outer.pointers);
    for (const access of accesses) {
      const step = this.frame.step(access, axis);
      const start = outer.pointers.get(accessKey(access));
      if (step === null || start === undefined) continue;
      const bytes = this.frame.bytes(access.buffer);
      const key = `${start}+${step}*${bytes}`;
      let pointer = moving.get(key);
      if (pointer === undefined) {
        code.get(start);
        pointer = { local: code.set("i32"), step, bytes };
        moving.set(key, pointer);
      }
      pointers.set(accessKey(access), pointer.local);
    }
    const add = (local: Local, amount: () => void): void => {
      code.get(local);
      amount();
      code.op("i32.add");
      code.set(local);
    };
    return {
      counter,
      length,
      place: inside(outer, { pointers, axes: new Map(outer.axes).set(axis, counter) }),
      advance: (lanes) => {
        add(counter, () => code.i32(lanes ?? 1));
        for (const { local, step, bytes } of moving.values()) {
          add(local, () => (lanes === undefined ? code.get(step) : code.i32(lanes * bytes)));
        }
      },
    };
  }

  /** Computes once what does not change while statements run; in lanes, as many copies as there are lanes. */
  hoist(statements: readonly Statement[], place: Place): void {
    const visit = (expr: Expr): void => {
      if (!isLeaf(expr) && expr.kind === "const") return;
      if (isKnown(expr, place) && !this.#variesInLanes(expr, place)) {
        if (place.lanes === null) this.values.of(expr, place);
        else this.values.lanes(expr, place);
      } else if (!isLeaf(expr)) for (const arg of expr.args) visit(arg);
    };
    for (const statement of statements) {
      for (const expr of expressionsOf(statement)) visit(expr);
      if (statement.kind === "loop" || statement.kind === "reduce") this.hoist(statement.body, place);
    }
  }

  #variesInLanes(expr: Expr, place: Place): boolean {
    const axis = place.lanes?.axis;
    if (axis === undefined) return false;
    if (isLeaf(expr)) {
      if (expr.kind === "load") return movesAlong(expr.access, axis);
      return expr.kind === "axis" ? expr.axis === axis : place.locals.get(expr.name)?.kind === "lanes";
    }
    return expr.kind === "apply" && expr.args.some((arg) => this.#variesInLanes(arg, place));
  }

  /** The results of a reduction, by name. */
  #reduce(reduce: Reduce, outer: Place): (readonly [string, Value])[] {
    if (reduce.accumulators.some(isPositional)) return this.#positions(reduce, outer);
    return new Reduction(this, reduce, outer.lanes?.count ?? null).write(outer);
  }

  /** A reduction with positions among its results: element by element, in order. */
  #positions(reduce: Reduce, outer: Place): (readonly [string, Value])[] {
    const { code } = this;
    const states = reduce.accumulators.map((accumulator) => {
      if (isPositional(accumulator)) return writePosition(code, accumulator);
      const combiner = new Combiner(code, accumulator);
      const [total, errors, own] = [combiner.declare(null), combiner.declare(null), combiner.declare(null)];
      combiner.start(total);
      if (combiner.isCompensated) combiner.start(errors);
      return {
        take: (value: Local): void => {
          combiner.start(own);
          combiner.take(own, { kind: "one", local: value }, 1);
          if (combiner.isCompensated) combiner.addExactly(total, errors, own);
          else combiner.merge(total, own);
        },
        result: (): Value => {
          if (combiner.isCompensated) combiner.correct(total, errors);
          return combiner.result(total, 1);
        },
      };
    });
    this.forEach(reduce.axes, [reduce], outer, (place) => {
      const inner = this.body(reduce.body, place);
      for (const [i, { value }] of reduce.accumulators.entries()) states[i].take(this.values.one(value, inner));
    });
    return reduce.accumulators.map(({ name }, i) => [name, states[i].result()] as const);
  }

  /** Loops over axes, the last one varying fastest. */
  forEach(
    axes: readonly string[],
    statements: readonly Statement[],
    outer: Place,
    visit: (place: Place) => void,
  ): void {
    const [axis, ...rest] = axes;
    if (axis === undefined) {
      visit(outer);
      return;
    }
    this.within(axis, statements, outer, (walk) =>
      this.whileBelow(walk.counter, walk.length, () => {
        this.forEach(rest, statements, inside(walk.place), visit);
        walk.advance();
      }),
    );
  }

  /** Opens a loop when it has iterations, with what does not change in it computed. */
  within(axis: string, statements: readonly Statement[], outer: Place, body: (walk: Walk) => void): void {
    const length = this.frame.length(axis);
    this.code.get(length);
    this.code.if(() => {
      const place = inside(outer);
      this.hoist(statements, place);
      body(this.walk(axis, length, accessesOf(statements), place));
    });
  }
}

function withLocals(place: Place, locals: readonly (readonly [string, Value])[]): Place {
  return { ...place, locals: new Map([...place.locals, ...locals]) };
}
