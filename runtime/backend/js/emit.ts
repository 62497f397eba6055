/**
 * From a kernel to JavaScript. Every loop keeps, for each element that its body touches, a position that steps along
 * with it, so that strides cost one addition. A loop may be unrolled into several instances that run side by side: lanes
 * of a sum, or a tile of outputs that share what they load (`tile.ts` decides).
 */
import { carrierOf, castScalar, type DType } from "../../array/dtype.ts";
import { checkedIndex } from "../../array/indexing.ts";
import type { Access, Accumulator, Expr, Kernel, Load, Statement, Subscript } from "../../loop/ir.ts";
import { accessesOf, accessKey, axesOf, expressionsOf, hasPosition, leavesOf, scaleAlong } from "../../loop/walk.ts";
import { isLeaf } from "../../scalar/expr.ts";
import { scalarOp } from "../../scalar/table.ts";
import { isPositional } from "../accumulate.ts";
import { Code } from "../code.ts";
import { Combiner } from "./combine.ts";
import { type Library, newComplex, spellConstant, spellOp } from "./spell.ts";
import { tileOf } from "./tile.ts";

/** Elements of a sum that are added before the rounding errors are taken up. */
const BLOCK = 64;
/** Independent partial results of a reduction, so that one addition need not wait for the other. */
const LANES = 4;

/** One instance of a body: where its elements are, what its locals and axes are called. */
interface Instance {
  /** Access → the position of its element, as far as the running axes fix it. */
  readonly positions: ReadonlyMap<string, string>;
  readonly locals: ReadonlyMap<string, string>;
  readonly axes: ReadonlyMap<string, string>;
}

/** A loop being written: its counter, and the instance at the counter's value. */
interface Walk {
  readonly counter: string;
  readonly length: string;
  readonly instances: readonly Instance[];
  /** The code that moves on by `count` iterations. */
  advance(count: number): string;
}

/** The body of a function of the arrays `a0`, `a1` … in the order of the kernel's buffers. */
export function emitKernel(kernel: Kernel, library: Library): string {
  return new Emitter(kernel, library).emit();
}

class Emitter {
  readonly #kernel: Kernel;
  readonly #library: Library;
  readonly #code = new Code();

  constructor(kernel: Kernel, library: Library) {
    this.#kernel = kernel;
    this.#library = library;
  }

  emit(): string {
    const positions = new Map(accessesOf(this.#kernel.body).map((access) => [accessKey(access), this.#origin(access)]));
    this.#body(this.#kernel.body, [{ positions, locals: new Map(), axes: new Map() }]);
    return this.#code.toString();
  }

  /** Where an access starts when all axes are 0. */
  #origin({ buffer, index }: Access): string {
    const steps = index.flatMap((subscript, dim) => {
      const start = this.#fixedPart(subscript);
      return start === "0" ? [] : [` + (${start}) * a${buffer}.strides[${dim}]`];
    });
    return this.#code.argument(`a${buffer}.offset${steps.join("")}`, "o");
  }

  /** The part of a place that no axis moves. */
  #fixedPart({ offset, lengths = [] }: Subscript): string {
    const parts = lengths.map(({ axis, scale, divisor }) => {
      const length = this.#length(axis);
      return times(scale, divisor === undefined ? length : `Math.floor(${length} / ${divisor})`);
    });
    return [`${offset}`, ...parts].join(" + ");
  }

  /** How far an access moves along an axis, or null when it does not. */
  #step({ buffer, index }: Access, axis: string): string | null {
    const parts = index.flatMap((subscript, dim) => {
      const scale = scaleAlong(subscript, axis);
      return scale === 0 ? [] : [times(scale, `a${buffer}.strides[${dim}]`)];
    });
    return parts.length === 0 ? null : this.#code.argument(parts.join(" + "), "s");
  }

  #length(name: string): string {
    const extent = this.#kernel.axes.find((axis) => axis.name === name)?.extent[0];
    if (extent === undefined) throw new ReferenceError(`the axis ${name} is not declared`);
    return this.#code.argument(`a${extent.buffer}.shape[${extent.dim}]`, "n");
  }

  /** Statements for all instances; those after the first are copies whose loads may be shared. */
  #body(body: readonly Statement[], outer: readonly Instance[]): void {
    let instances = outer;
    for (const statement of body) {
      switch (statement.kind) {
        case "loop":
          for (const instance of instances) this.#loop(statement, instance);
          break;
        case "reduce": {
          const results = this.#reduce(statement, instances);
          instances = instances.map((instance, i) => withLocals(instance, results[i]));
          break;
        }
        case "let":
          instances = instances.map((instance) =>
            withLocals(instance, [[statement.name, this.#value(statement.value, instance)]]),
          );
          break;
        case "store":
          for (const instance of instances) this.#store(statement, instance);
          break;
      }
    }
  }

  #store({ access, value, adds }: Extract<Statement, { kind: "store" }>, instance: Instance): void {
    const given = this.#value(value, instance);
    const position = this.#position(access, instance);
    const data = this.#data(access.buffer);
    const code = adds ? this.#sum(this.#element(data, position, value.dtype), given, value.dtype) : given;
    if (carrierOf(value.dtype) === "complex") {
      const element = this.#code.value(code, "v");
      this.#code.line(`${data}[2 * ${position}] = ${element}.re;`);
      this.#code.line(`${data}[2 * ${position} + 1] = ${element}.im;`);
    } else this.#code.line(`${data}[${position}] = ${value.dtype === "bool" ? `${code} ? 1 : 0` : code};`);
  }

  /** The sum of two values, computed anew each time: what stands at a place may have changed. */
  #sum(a: string, b: string, dtype: DType): string {
    const name = this.#code.fresh("v");
    this.#code.line(`const ${name} = ${spellOp(this.#library, "add", [dtype, dtype], dtype, [`(${a})`, b])};`);
    return name;
  }

  #data(buffer: number): string {
    return this.#code.argument(`a${buffer}.data`, "d");
  }

  #loop(loop: Extract<Statement, { kind: "loop" }>, instance: Instance): void {
    this.#hoist(loop, [instance]);
    const [first, second] = tileOf(loop);
    if (first === undefined) {
      this.#walk(loop.axis, [instance], accessesOf(loop.body), 1, (instances) => this.#body(loop.body, instances));
      return;
    }
    this.#walk(first.axis, [instance], accessesOf(first.body), first.factor, (rows) => {
      if (second === undefined) this.#body(first.body, rows);
      else {
        this.#walk(second.axis, rows, accessesOf(second.body), second.factor, (tile) => this.#body(second.body, tile));
      }
    });
  }

  /** Loads once what does not move with the statement's axes. */
  #hoist(statement: Statement, instances: readonly Instance[]): void {
    const loads = statement.kind === "loop" ? loadsIn(statement.body) : loadsIn([statement]);
    for (const load of loads) {
      for (const instance of instances) {
        const isFixed = !hasPosition(load.access) && [...axesOf(load.access)].every((axis) => instance.axes.has(axis));
        if (isFixed) this.#load(load, instance);
      }
    }
  }

  /** A loop over `axis` in steps of `factor` instances, and one over the rest in single steps. */
  #walk(
    axis: string,
    instances: readonly Instance[],
    accesses: readonly Access[],
    factor: number,
    body: (instances: readonly Instance[]) => void,
  ): void {
    this.#code.block("", () => {
      const walk = this.#start(axis, instances, accesses);
      const { counter, length } = walk;
      if (factor > 1) {
        this.#code.block(`for (; ${counter} <= ${length} - ${factor}; ${walk.advance(factor)})`, () =>
          body(this.#unroll(axis, walk.instances, accesses, factor)),
        );
      }
      this.#code.block(`for (; ${counter} < ${length}; ${walk.advance(1)})`, () => body(walk.instances));
    });
  }

  /** Declares the counter of a loop and the positions that step with it. */
  #start(axis: string, instances: readonly Instance[], accesses: readonly Access[]): Walk {
    const length = this.#length(axis);
    const counter = this.#code.fresh("i");
    this.#code.line(`let ${counter} = 0;`);
    const moving = new Map<string, { name: string; step: string }>();
    const started = instances.map((instance): Instance => {
      const positions = new Map(instance.positions);
      for (const access of accesses) {
        const step = this.#step(access, axis);
        if (step === null) continue;
        const from = instance.positions.get(accessKey(access)) ?? "";
        let pointer = moving.get(`${from}+${step}`);
        if (pointer === undefined) {
          pointer = { name: this.#code.fresh("p"), step };
          this.#code.line(`let ${pointer.name} = ${from};`);
          moving.set(`${from}+${step}`, pointer);
        }
        positions.set(accessKey(access), pointer.name);
      }
      return { ...instance, positions, axes: new Map(instance.axes).set(axis, counter) };
    });
    const advance = (count: number): string =>
      [
        `${counter} += ${count}`,
        ...[...moving.values()].map(({ name, step }) => `${name} += ${times(count, step)}`),
      ].join(", ");
    return { counter, length, instances: started, advance };
  }

  /** `factor` copies of the instances, at consecutive values of the axis. */
  #unroll(
    axis: string,
    instances: readonly Instance[],
    accesses: readonly Access[],
    factor: number,
  ): readonly Instance[] {
    return Array.from({ length: factor }, (_, shift) =>
      instances.map((instance): Instance => {
        if (shift === 0) return instance;
        const positions = new Map(instance.positions);
        for (const access of accesses) {
          const step = this.#step(access, axis);
          if (step === null) continue;
          const from = instance.positions.get(accessKey(access));
          positions.set(accessKey(access), this.#code.value(`${from} + ${times(shift, step)}`, "p"));
        }
        const counter = `${instance.axes.get(axis)} + ${shift}`;
        return { ...instance, positions, axes: new Map(instance.axes).set(axis, counter) };
      }),
    ).flat();
  }

  /** The results of a reduction, for every instance: the names of the accumulators with their values. */
  #reduce(
    reduce: Extract<Statement, { kind: "reduce" }>,
    instances: readonly Instance[],
  ): readonly (readonly [string, string])[][] {
    this.#hoist(reduce, instances);
    const accesses = accessesOf([reduce]);
    const combiners = instances.map(() =>
      reduce.accumulators.map((accumulator) => new Combiner(accumulator, this.#code, this.#library)),
    );
    const lengths = reduce.axes.map((axis) => this.#length(axis));
    for (const combiner of combiners.flat()) combiner.declare(lengths);

    const collect = (axes: readonly string[], current: readonly Instance[]): void => {
      const [axis, ...rest] = axes;
      if (axis === undefined) this.#take(reduce, current, combiners);
      else if (rest.length > 0 || reduce.body.length > 0 || reduce.accumulators.some(isPositional)) {
        this.#walk(axis, current, accesses, 1, (inner) => collect(rest, inner));
      } else this.#blocks(axis, reduce.accumulators, current, accesses, combiners);
    };
    collect(reduce.axes, instances);
    return combiners.map((row) =>
      row.map((combiner) => [combiner.name, this.#code.value(combiner.result(), "r")] as const),
    );
  }

  /** Runs a reduction's body and takes in the values, one per accumulator and instance. */
  #take(
    reduce: Extract<Statement, { kind: "reduce" }>,
    instances: readonly Instance[],
    combiners: readonly (readonly Combiner[])[],
  ): void {
    instances.forEach((instance, i) => {
      const inner = this.#lets(reduce.body, instance);
      for (const [j, { value }] of reduce.accumulators.entries()) {
        combiners[i][j].fold(combiners[i][j].operand(value, (expr) => this.#value(expr, inner)));
      }
    });
  }

  /** The instance after a reduction's body, which holds only `let` and `reduce`. */
  #lets(body: readonly Statement[], outer: Instance): Instance {
    let instance = outer;
    for (const statement of body) {
      if (statement.kind === "let") {
        instance = withLocals(instance, [[statement.name, this.#value(statement.value, instance)]]);
      } else if (statement.kind === "reduce") {
        const [results] = this.#reduce(statement, [instance]);
        instance = withLocals(instance, results);
      }
    }
    return instance;
  }

  /** The innermost axis of a reduction: blocks of partial results, each in lanes when there is one instance only. */
  #blocks(
    axis: string,
    accumulators: readonly Accumulator[],
    instances: readonly Instance[],
    accesses: readonly Access[],
    combiners: readonly (readonly Combiner[])[],
  ): void {
    const lanes = instances.length === 1 ? LANES : 1;
    this.#code.block("", () => {
      const walk = this.#start(axis, instances, accesses);
      const { counter, length } = walk;
      this.#code.block(`while (${counter} < ${length})`, () => {
        const end = this.#code.value(`Math.min(${counter} + ${BLOCK}, ${length})`, "e");
        const partials = combiners.map((row) => row.map((combiner) => combiner.partials(lanes)));
        const take = (current: readonly Instance[]): void => {
          current.forEach((instance, k) => {
            const i = k % instances.length;
            const lane = Math.floor(k / instances.length);
            for (const [j, { value }] of accumulators.entries()) {
              const combiner = combiners[i][j];
              const operand = combiner.operand(value, (expr) => this.#value(expr, instance));
              this.#code.line(combiner.accumulate(partials[i][j][lane], operand));
            }
          });
        };
        if (lanes > 1) {
          this.#code.block(`for (; ${counter} <= ${end} - ${lanes}; ${walk.advance(lanes)})`, () =>
            take(this.#unroll(axis, walk.instances, accesses, lanes)),
          );
        }
        this.#code.block(`for (; ${counter} < ${end}; ${walk.advance(1)})`, () => take(walk.instances));
        for (const [i, row] of combiners.entries()) {
          for (const [j, combiner] of row.entries()) combiner.fold(combiner.join(partials[i][j]));
        }
      });
    });
  }

  /** The name of an expression's value. */
  #value(expr: Expr, instance: Instance): string {
    if (isLeaf(expr)) {
      switch (expr.kind) {
        case "load":
          return this.#load(expr, instance);
        case "local":
          return instance.locals.get(expr.name) ?? "undefined";
        case "axis":
          return this.#code.value(`BigInt(${instance.axes.get(expr.axis)})`, "v");
      }
    }
    if (expr.kind === "const") return spellConstant(this.#library, expr.value);
    const [operand] = expr.args;
    // A counter is a number already; by way of a bigint it would cost an allocation for each element.
    if (expr.op === "cast_float64" && isLeaf(operand) && operand.kind === "axis")
      return `(${instance.axes.get(operand.axis)})`;
    const args = expr.args.map((arg) => this.#value(arg, instance));
    const dtypes = expr.args.map((arg) => arg.dtype);
    const apply = (values: readonly string[]): string =>
      this.#code.value(spellOp(this.#library, expr.op, dtypes, expr.dtype, values), "v");
    // Each step of a long sum gets a name: V8 cannot read thousands of nested parentheses.
    if (scalarOp(expr.op).arity === "variadic") return args.reduce((sum, value) => apply([sum, value]));
    return apply(args);
  }

  #load({ access, dtype, padded }: Load, instance: Instance): string {
    const data = this.#data(access.buffer);
    const element = this.#element(data, this.#position(access, instance), dtype);
    if (!padded) return this.#code.value(element, "v");
    return this.#code.value(`${this.#isInside(access, instance)} ? ${element} : ${this.#zero(dtype)}`, "v");
  }

  #zero(dtype: DType): string {
    return spellConstant(this.#library, castScalar(0, dtype));
  }

  /** Whether every subscript is in range. */
  #isInside({ buffer, index }: Access, instance: Instance): string {
    const conditions = index.map((subscript, dim) => {
      const steps = subscript.terms.map(({ axis, scale }) => times(scale, `(${instance.axes.get(axis)})`));
      const place = this.#code.value([this.#fixedPart(subscript), ...steps].join(" + "), "q");
      return `${place} >= 0 && ${place} < a${buffer}.shape[${dim}]`;
    });
    return conditions.length === 0 ? "true" : conditions.join(" && ");
  }

  /** Where an element is: where the running axes are, and as far from there as locals say. */
  #position(access: Access, instance: Instance): string {
    const start = `${instance.positions.get(accessKey(access))}`;
    const { buffer, index } = access;
    const steps = index.flatMap(({ position }, dim): string[] => {
      if (position === undefined) return [];
      this.#library.set("checkedIndex", checkedIndex);
      const place = `checkedIndex(Number(${instance.locals.get(position)}), ${dim}, a${buffer}.shape)`;
      return [`${place} * ${this.#code.argument(`a${buffer}.strides[${dim}]`, "s")}`];
    });
    return steps.length === 0 ? start : this.#code.value([start, ...steps].join(" + "), "p");
  }

  /** What stands at a position of storage. */
  #element(data: string, position: string, dtype: DType): string {
    switch (carrierOf(dtype)) {
      case "bool":
        return `${data}[${position}] !== 0`;
      case "complex":
        return newComplex(this.#library, `${data}[2 * ${position}]`, `${data}[2 * ${position} + 1]`);
      default:
        return `${data}[${position}]`;
    }
  }
}

/** The loads in the statements and their bodies. */
function loadsIn(body: readonly Statement[]): Load[] {
  return body.flatMap((statement) => [
    ...expressionsOf(statement).flatMap((expr) => leavesOf(expr).filter((leaf) => leaf.kind === "load")),
    ...(statement.kind === "loop" || statement.kind === "reduce" ? loadsIn(statement.body) : []),
  ]);
}

function withLocals(instance: Instance, locals: readonly (readonly [string, string])[]): Instance {
  return { ...instance, locals: new Map([...instance.locals, ...locals]) };
}

function times(count: number, step: string): string {
  return count === 1 ? step : `${count} * ${step}`;
}
