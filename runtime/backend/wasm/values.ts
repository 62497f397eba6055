/** The values of expressions, in locals: one element, or lanes where they differ along the axis that runs in lanes. */
import type { DType } from "../../array/dtype.ts";
import type { Access, AxisValue, Expr, Load } from "../../loop/ir.ts";
import { accessKey, axesOf, hasPosition, scaleAlong } from "../../loop/walk.ts";
import { isLeaf } from "../../scalar/expr.ts";
import { type ScalarOpName, scalarOp } from "../../scalar/table.ts";
import type { Code, Local } from "./code.ts";
import { convertLanes, convertOne, convertsLanes, wrapOne } from "./convert.ts";
import { elementaryOf, writeElementary } from "./elementary.ts";
import type { Frame } from "./frame.ts";
import {
  carrierIs,
  laneBytes,
  loadLanes,
  loadOne,
  number,
  realNumber,
  resizeMasks,
  scalarShape,
  splatI32,
  splatNumber,
  type Value,
  vectorShape,
} from "./lanes.ts";
import { callOf, givesElement, type Library } from "./library.ts";
import { spellingOf, writeOp } from "./ops.ts";

/** Values computed already where code is being written, by what they are of. */
export class Known {
  readonly #outer: Known | null;
  readonly #values = new Map<unknown, Value>();
  readonly #lanes = new Map<unknown, readonly Local[]>();

  constructor(outer: Known | null) {
    this.#outer = outer;
  }

  value(key: unknown): Value | undefined {
    return this.#values.get(key) ?? this.#outer?.value(key);
  }

  lanes(key: unknown): readonly Local[] | undefined {
    return this.#lanes.get(key) ?? this.#outer?.lanes(key);
  }

  set(key: unknown, value: Value): Value {
    this.#values.set(key, value);
    return value;
  }

  setLanes(key: unknown, lanes: readonly Local[]): readonly Local[] {
    this.#lanes.set(key, lanes);
    return lanes;
  }
}

/** Where in the loop nest code is being written. */
export interface Place {
  /** The address of each access's element, as far as the running axes fix it. */
  readonly pointers: ReadonlyMap<string, Local>;
  /** The counters of the running axes. */
  readonly axes: ReadonlyMap<string, Local>;
  readonly locals: ReadonlyMap<string, Value>;
  /** The axis that runs several values at a time, if there is one. */
  readonly lanes: { readonly axis: string; readonly count: number } | null;
  readonly known: Known;
}

/** The place inside a block that is opened at another. */
export function inside(place: Place, changes: Partial<Place> = {}): Place {
  return { ...place, ...changes, known: new Known(place.known) };
}

/** Whether an access moves along an axis. */
export function movesAlong({ index }: Access, axis: string): boolean {
  return index.some((subscript) => scaleAlong(subscript, axis) !== 0);
}

/** Whether all that an expression depends on is there. */
export function isKnown(expr: Expr, place: Place): boolean {
  if (isLeaf(expr)) {
    switch (expr.kind) {
      case "load":
        return (
          [...axesOf(expr.access)].every((axis) => place.axes.has(axis)) &&
          expr.access.index.every(({ position }) => position === undefined || place.locals.has(position))
        );
      case "local":
        return place.locals.has(expr.name);
      case "axis":
        return place.axes.has(expr.axis);
    }
  }
  return expr.kind === "const" || expr.args.every((arg) => isKnown(arg, place));
}

/** The dtype that decides how an application is written: that of its arguments, of a selection that of the choices. */
export function computedDType(op: ScalarOpName, args: readonly Expr[]): DType {
  return (op === "switch" ? args[1] : args[0]).dtype;
}

/** Why an application cannot be written for one element or for lanes; null when it can. */
export function obstacle(expr: Expr, wide: boolean): string | null {
  if (isLeaf(expr) || expr.kind === "const" || expr.op === "second" || expr.op === "identity") return null;
  const dtype = computedDType(expr.op, expr.args);
  if (expr.op.startsWith("cast_")) return !wide || convertsLanes(dtype, expr.dtype) ? null : `${expr.op} of ${dtype}`;
  if (spellingOf(expr.op, dtype, wide) !== undefined || elementaryOf(expr.op, dtype) !== undefined) return null;
  const isCalled = callOf(expr.op, dtype) !== null && givesElement(dtype, expr.dtype);
  if (isCalled && (!wide || (carrierIs(dtype, "float") && expr.dtype === dtype))) return null;
  return `${expr.op} of ${dtype}`;
}

export class Values {
  readonly #code: Code;
  readonly #frame: Frame;
  readonly #library: Library;

  constructor(code: Code, frame: Frame, library: Library) {
    this.#code = code;
    this.#frame = frame;
    this.#library = library;
  }

  /** The value of an expression at a place. */
  of(expr: Expr, place: Place): Value {
    const key = isLeaf(expr) && expr.kind === "load" ? accessKey(expr.access) : expr;
    return place.known.value(key) ?? place.known.set(key, this.#compute(expr, place));
  }

  /** The only element. */
  one(expr: Expr, place: Place): Local {
    const value = this.of(expr, place);
    if (value.kind === "lanes") throw new TypeError("one element was asked for where there are lanes");
    return value.local;
  }

  /** The address of an access at a place: where the running axes are, and as far from there as locals say. */
  address(access: Access, place: Place): Local {
    const start = place.pointers.get(accessKey(access));
    if (start === undefined)
      throw new ReferenceError(`buffer ${access.buffer} has no address where its axes do not run`);
    if (!hasPosition(access)) return start;
    this.#code.get(start);
    access.index.forEach(({ position }, dim) => {
      if (position === undefined) return;
      const value = place.locals.get(position);
      if (value?.kind !== "one") throw new ReferenceError(`the position ${position} is not one value here`);
      this.#frame.addPosition(access.buffer, dim, value.local);
    });
    return this.#code.set("i32");
  }

  /** The lanes of an expression at a place that has some; of one element, copies. Masks are of 4 bytes or of 8. */
  lanes(expr: Expr, place: Place): readonly Local[] {
    const key = isLeaf(expr) && expr.kind === "load" ? accessKey(expr.access) : expr;
    const known = place.known.lanes(key);
    if (known !== undefined) return known;
    const count = (lanesOf(place) * laneBytes(expr.dtype)) / 16;
    if (!isLeaf(expr) && expr.kind === "const" && expr.dtype !== "bool") {
      splatNumber(this.#code, vectorShape(expr.dtype), realNumber(expr.value));
      return place.known.setLanes(key, repeat(this.#code.set("v128"), count));
    }
    const value = this.of(expr, place);
    if (value.kind === "lanes") return value.locals;
    return place.known.setLanes(key, repeat(this.splat(value.local, expr.dtype), count));
  }

  /** One element as a vector of equal lanes. */
  splat(local: Local, dtype: DType): Local {
    if (dtype === "bool") {
      this.#code.i32(0);
      this.#code.get(local);
      this.#code.op("i32.sub");
      this.#code.op("i32x4.splat");
    } else this.#code.op(`${vectorShape(dtype)}.splat`, local);
    return this.#code.set("v128");
  }

  #compute(expr: Expr, place: Place): Value {
    if (isLeaf(expr)) {
      switch (expr.kind) {
        case "load":
          return this.#load(expr, place);
        case "local": {
          const value = place.locals.get(expr.name);
          if (value === undefined) throw new ReferenceError(`the local ${expr.name} has no value here`);
          return value;
        }
        case "axis":
          return this.#axis(expr, "int64", place);
      }
    }
    if (expr.kind === "const") {
      const shape = scalarShape(expr.dtype);
      number(this.#code, shape, realNumber(expr.value));
      return { kind: "one", local: this.#code.set(shape) };
    }
    if (expr.op === "second") return this.of(expr.args[1], place);
    if (expr.op === "identity") return this.of(expr.args[0], place);
    if (expr.op.startsWith("cast_")) return this.#convert(expr.args[0], expr.dtype, place);
    return this.#apply(expr, place);
  }

  #load({ access, dtype }: Load, place: Place): Value {
    const pointer = this.address(access, place);
    return place.lanes !== null && movesAlong(access, place.lanes.axis)
      ? { kind: "lanes", locals: loadLanes(this.#code, dtype, pointer, place.lanes.count) }
      : { kind: "one", local: loadOne(this.#code, dtype, pointer, 0) };
  }

  /** The value of an axis as an element of `dtype`; lengths are below 2^31. */
  #axis({ axis }: AxisValue, dtype: DType, place: Place): Value {
    const counter = place.axes.get(axis);
    if (counter === undefined) throw new ReferenceError(`the axis ${axis} is not running here`);
    if (place.lanes?.axis !== axis) return { kind: "one", local: convertOne(this.#code, counter, "int32", dtype) };
    const lanes = Array.from({ length: place.lanes.count / 4 }, (_, i) => {
      this.#code.op("i32x4.splat", counter);
      this.#code.get(
        this.#code.argument(`lanes from ${4 * i}`, "v128", () => {
          splatI32(this.#code, 4 * i);
          for (const lane of [0, 1, 2, 3]) {
            this.#code.i32(4 * i + lane);
            this.#code.lane("i32x4.replace_lane", lane);
          }
        }),
      );
      this.#code.op("i32x4.add");
      return this.#code.set("v128");
    });
    return { kind: "lanes", locals: convertLanes(this.#code, lanes, "int32", dtype, place.lanes.count) };
  }

  #convert(operand: Expr, dtype: DType, place: Place): Value {
    if (isLeaf(operand) && operand.kind === "axis") return this.#axis(operand, dtype, place);
    const value = this.of(operand, place);
    if (value.kind === "one") {
      return { kind: "one", local: convertOne(this.#code, value.local, operand.dtype, dtype) };
    }
    const locals = convertLanes(this.#code, value.locals, operand.dtype, dtype, lanesOf(place));
    return { kind: "lanes", locals };
  }

  #apply({ op, args, dtype }: Extract<Expr, { kind: "apply" }>, place: Place): Value {
    const computed = computedDType(op, args);
    const values = args.map((arg) => this.of(arg, place));
    const ones = values.flatMap((value) => (value.kind === "one" ? [value.local] : []));
    if (ones.length === values.length) {
      return { kind: "one", local: this.#fold(op, ones, (operands) => this.#applyOne(op, computed, dtype, operands)) };
    }
    const lanes = args.map((arg) => this.lanes(arg, place));
    const count = Math.max(...lanes.map((locals) => locals.length));
    const masks = args.map(({ dtype: own }, i) =>
      own === "bool" ? resizeMasks(this.#code, lanes[i], this.#maskCount(args, lanes, count)) : lanes[i],
    );
    return {
      kind: "lanes",
      locals: this.#fold(op, masks, (operands) => this.#applyLanes(op, computed, operands)),
    };
  }

  /** In how many locals masks stand: as many as what they are combined with. */
  #maskCount(args: readonly Expr[], lanes: readonly (readonly Local[])[], count: number): number {
    const other = args.findIndex(({ dtype }) => dtype !== "bool");
    return other < 0 ? count : lanes[other].length;
  }

  /** Applies a variadic op from the left, any other at once. */
  #fold<Operand>(
    op: ScalarOpName,
    operands: readonly Operand[],
    apply: (operands: readonly Operand[]) => Operand,
  ): Operand {
    if (scalarOp(op).arity !== "variadic") return apply(operands);
    return operands.reduce((sum, operand) => apply([sum, operand]));
  }

  #applyOne(op: ScalarOpName, computed: DType, dtype: DType, operands: readonly Local[]): Local {
    if (spellingOf(op, computed, false) !== undefined) writeOp(this.#code, op, computed, false, operands);
    else if (elementaryOf(op, computed) === undefined) return this.#call(op, computed, dtype, operands);
    else {
      const shape = vectorShape(computed);
      const [result] = writeElementary(this.#code, op, computed, [this.splat(operands[0], computed)]);
      this.#code.get(result);
      this.#code.lane(`${shape}.extract_lane`, 0);
    }
    return this.#code.set(scalarShape(dtype));
  }

  #applyLanes(op: ScalarOpName, computed: DType, operands: readonly (readonly Local[])[]): readonly Local[] {
    const count = Math.max(...operands.map((locals) => locals.length));
    if (spellingOf(op, computed, true) === undefined) {
      if (elementaryOf(op, computed) !== undefined) return writeElementary(this.#code, op, computed, operands[0]);
      return Array.from({ length: count }, (_, i) =>
        this.#callLanes(
          op,
          computed,
          operands.map((locals) => locals[i]),
        ),
      );
    }
    return Array.from({ length: count }, (_, i) => {
      writeOp(
        this.#code,
        op,
        computed,
        true,
        operands.map((locals) => locals[i]),
      );
      return this.#code.set("v128");
    });
  }

  /** Calls the op's own implementation; the result is wrapped or rounded as the interpreter does. */
  #call(op: ScalarOpName, computed: DType, dtype: DType, operands: readonly Local[]): Local {
    const func = this.#library.numberOf(op, computed, operands.length);
    const isBig = carrierIs(computed, "big");
    for (const operand of operands) {
      this.#code.get(isBig ? operand : convertOne(this.#code, operand, computed, "float64"));
    }
    this.#code.call(func);
    if (carrierIs(computed, "float")) return convertOne(this.#code, this.#code.set("f64"), "float64", dtype);
    if (!isBig) wrapOne(this.#code, dtype);
    return this.#code.set(scalarShape(dtype));
  }

  /** As {@link Values.#call}, lane by lane. */
  #callLanes(op: ScalarOpName, dtype: DType, operands: readonly Local[]): Local {
    const shape = vectorShape(dtype);
    const result = this.#code.local("v128");
    for (let lane = 0; lane < 16 / laneBytes(dtype); lane++) {
      const ones = operands.map((operand) => {
        this.#code.get(operand);
        this.#code.lane(`${shape}.extract_lane`, lane);
        return this.#code.set(scalarShape(dtype));
      });
      const value = this.#call(op, dtype, dtype, ones);
      this.#code.get(result);
      this.#code.get(value);
      this.#code.lane(`${shape}.replace_lane`, lane);
      this.#code.set(result);
    }
    return result;
  }
}

function lanesOf(place: Place): number {
  if (place.lanes === null) throw new TypeError("no axis runs in lanes here");
  return place.lanes.count;
}

function repeat(local: Local, count: number): Local[] {
  return Array.from({ length: count }, () => local);
}

/** Whether an expression is of dtypes whose elements fit in locals. */
export function isReal(dtype: DType): boolean {
  return dtype !== "float16" && !carrierIs(dtype, "complex");
}
