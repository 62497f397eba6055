/**
 * From a kernel to C. The function takes the address of a frame (`loop/frame.ts`) and assumes that arrays are dense along
 * their last dimension: whoever writes the frame sees to that. Innermost loops are written so that compilers turn them
 * into vector instructions without being allowed to change what they compute.
 */
import type { DType } from "../../array/dtype.ts";
import type { Expr, Kernel, Load, Local, Statement } from "../../loop/ir.ts";
import { nameSharedParts } from "../../loop/share.ts";
import { accessesOf, hasPosition, scatters } from "../../loop/walk.ts";
import { isLeaf } from "../../scalar/expr.ts";
import { scalarOp } from "../../scalar/table.ts";
import { NEAR } from "../../scalar/trigonometric.ts";
import { isPositional } from "../accumulate.ts";
import { Code } from "../code.ts";
import { type Ahead, anglesIn, functionAhead, laneCount, replaced, replacedIn } from "./ahead.ts";
import { type Columns, columnsOf } from "./columns.ts";
import { contractionOf, emitContraction } from "./contraction.ts";
import { keepValues } from "./keep.ts";
import { localOf, Places, type Scope, withLocal } from "./places.ts";
import { emitProduct, productOf } from "./product.ts";
import { divisorsOf, isModerate, withReciprocals } from "./quotients.ts";
import { Combiner } from "./reduce.ts";
import { emitRows, SHORT, shortRowsOf } from "./rows.ts";
import { cType, type Spelling, spell, spellConstant } from "./spelling.ts";

/** Elements that are added before the rounding of the sum is taken up by a wider one. */
const BLOCK = 512;
/** Neighbouring sums that are computed together. */
const WIDTH = 256;

/** How a unit is written. */
export interface EmitOptions {
  /** Share loops of at least so many iterations among threads; null: never. */
  readonly parallelFrom: number | null;
}

/**
 * The definition of a C function `name` that runs the kernel.
 * @throws Refusal when C does not have one of its types or ops.
 */
export function emitKernel(kernel: Kernel, name: string, spelling: Spelling, options: EmitOptions): string {
  const emitter = new Emitter(nameSharedParts(keepValues(kernel)), spelling, options);
  return `static int ${name}(const double *f) {\n${emitter.emit()}\n}\n`;
}

/** Values that were computed ahead of a loop. */
interface Computed {
  readonly local: Local;
  /** The scope of a step of the loop. */
  within(scope: Scope): Scope;
}

type Loop = Extract<Statement, { kind: "loop" }>;
type Reduce = Extract<Statement, { kind: "reduce" }>;

export class Emitter {
  readonly code = new Code();
  readonly places: Places;
  readonly #kernel: Kernel;
  readonly #spelling: Spelling;
  readonly #options: EmitOptions;
  /** Tells the compiler of the mark for positions out of range, where there are positions. */
  #mark = "";

  constructor(kernel: Kernel, spelling: Spelling, options: EmitOptions) {
    this.#kernel = kernel;
    this.places = new Places(kernel, this.code);
    this.#spelling = spelling;
    this.#options = options;
  }

  emit(): string {
    for (const { dtype } of this.#kernel.buffers) cType(dtype);
    const isChecked = accessesOf(this.#kernel.body).some(hasPosition);
    if (isChecked) {
      this.code.line("int bad = 0;");
      this.#mark = " reduction(|: bad)";
      this.places.refuseEmpty();
    }
    this.body(this.#kernel.body, { locals: new Map(), axes: new Map() }, true);
    this.code.line(isChecked ? "return bad;" : "return 0;");
    return this.code.toString();
  }

  /** Statements in order. Stores come after the values of their neighbours, which may read what is overwritten. */
  body(body: readonly Statement[], outer: Scope, outermost = false): void {
    let scope = outer;
    let stores: string[] = [];
    const flush = (): void => {
      for (const store of stores) this.code.line(store);
      stores = [];
    };
    for (const statement of body) {
      switch (statement.kind) {
        case "loop":
          flush();
          this.#loop(statement, scope, outermost);
          break;
        case "reduce":
          scope = this.#reduce(statement, scope);
          break;
        case "let":
          scope = withLocal(scope, statement.name, this.value(statement.value, scope));
          break;
        case "store":
          stores.push(this.#store(statement, scope));
          break;
      }
    }
    flush();
  }

  #store({ access, value, adds }: Extract<Statement, { kind: "store" }>, scope: Scope): string {
    const given = this.value(value, scope);
    const element = this.places.element(access, scope);
    const { dtype } = this.#kernel.buffers[access.buffer];
    const written = adds ? spell(this.#spelling, "add", [dtype, dtype], dtype, [element, given]) : given;
    // The first element stands for those out of range, and must not be written instead of them.
    return `${hasPosition(access) ? "if (!bad) " : ""}${element} = ${written};`;
  }

  #loop(loop: Loop, scope: Scope, outermost: boolean): void {
    const contraction = contractionOf(loop);
    if (contraction !== null) {
      emitContraction(this, contraction, scope, this.#spelling);
      return;
    }
    const product = productOf(loop);
    if (product !== null) {
      emitProduct(this, product, scope, this.#spelling);
      return;
    }
    const columns = columnsOf(loop);
    if (columns !== null) {
      this.#columns(columns, scope);
      return;
    }
    const rows = shortRowsOf(loop);
    if (rows === null) this.#dividing(loop, scope, outermost);
    else {
      this.code.block(`if (${this.places.length(rows.column)} < ${SHORT})`, () => emitRows(this, rows, scope));
      this.code.block("else", () => this.#plainLoop(loop, scope, outermost));
    }
  }

  /** A loop that may divide by what is the same in all its steps. */
  #dividing(loop: Loop, scope: Scope, outermost: boolean): void {
    const divisors = loop.body.every(isFlat) ? divisorsOf(loop.body) : [];
    if (divisors.length === 0) {
      this.#plainLoop(loop, scope, outermost);
      return;
    }
    const reciprocals = new Map<string, Local>();
    let inner = scope;
    for (const { name, dtype } of divisors) {
      const value = this.code.value(`1 / ${localOf(name, scope)}`, "v", `const ${cType(dtype)}`);
      const local: Local = { kind: "local", name: `over_${value}`, dtype };
      reciprocals.set(name, local);
      inner = withLocal(inner, local.name, value);
    }
    const conditions = divisors.map(({ name, dtype }) => isModerate(localOf(name, scope), dtype));
    const body = withReciprocals(loop.body, reciprocals);
    this.code.block(`if (${conditions.join(" && ")})`, () => this.#plainLoop({ ...loop, body }, inner, outermost));
    this.code.block("else", () => this.#plainLoop(loop, scope, outermost));
  }

  #plainLoop(loop: Loop, scope: Scope, outermost: boolean): void {
    const isOrdered = scatters(loop.body);
    const isInner = !isOrdered && loop.body.every(isFlat);
    const length = this.places.length(loop.axis);
    const isParallel = outermost && !isOrdered && this.#options.parallelFrom !== null;
    const angles = isInner ? anglesIn(loop.body) : [];
    if (angles.length > 0) {
      if (isParallel) this.code.line(`#pragma omp parallel for${this.#parallel(loop.axis)}${this.#mark}`);
      this.#angles(loop, angles, scope);
      return;
    }
    const ahead = isInner && scope.axes.size > 0 ? functionAhead(loop.body) : null;
    if (ahead !== null) {
      this.ranges(length, BLOCK, (start, end) => {
        const computed = this.#computeAhead(ahead, loop.axis, start, end, scope);
        const body = replacedIn(loop.body, ahead.call, computed.local);
        this.code.line(`#pragma omp simd${this.#mark}`);
        this.for(loop.axis, start, end, scope, (inner) => this.body(body, computed.within(inner)));
      });
      return;
    }
    const threads = isParallel ? [" parallel for", this.#parallel(loop.axis)] : ["", ""];
    if (isParallel || isInner)
      this.code.line(`#pragma omp${threads[0]}${isInner ? " simd" : ""}${threads[1]}${this.#mark}`);
    this.for(loop.axis, "0", length, scope, (inner) => this.body(loop.body, inner));
  }

  /** A loop with sines: in vectors where a look at its angles finds all of them near, one by one elsewhere. */
  #angles(loop: Loop, angles: readonly Expr[], scope: Scope): void {
    const lets = loop.body.filter(({ kind }) => kind === "let");
    this.ranges(this.places.length(loop.axis), BLOCK, (start, end) => {
      const far = this.code.fresh("far");
      this.code.line(`int ${far} = 0;`);
      this.code.line(`#pragma omp simd reduction(|: ${far})${this.#mark}`);
      this.for(loop.axis, start, end, scope, (inner) => {
        const inside = this.lets(lets, inner);
        for (const angle of angles)
          this.code.line(`${far} |= !(__builtin_fabs((double)${this.value(angle, inside)}) <= ${NEAR});`);
      });
      const run = (): void => this.for(loop.axis, start, end, scope, (inner) => this.body(loop.body, inner));
      this.code.block(`if (!${far})`, () => {
        this.#spelling.anglesAreNear = true;
        this.code.line(`#pragma omp simd${this.#mark}`);
        run();
        this.#spelling.anglesAreNear = false;
      });
      this.code.block("else", run);
    });
  }

  /** Computes a function for a range of an axis in whole vectors; how later loops over the range find its values. */
  #computeAhead({ call, argument }: Ahead, axis: string, start: string, end: string, scope: Scope): Computed {
    const { dtype } = call;
    const type = cType(dtype);
    const lanes = laneCount(dtype);
    const [values, count, lane] = [this.code.fresh("w"), this.code.fresh("n"), this.code.fresh("l")];
    this.code.line(`${type} ${values}[${BLOCK + lanes}];`);
    this.code.line(`#pragma omp simd${this.#mark}`);
    this.for(axis, start, end, scope, (at) =>
      this.code.line(`${values}[${at.axes.get(axis)} - ${start}] = ${this.value(argument, at)};`),
    );
    this.code.line(`i64 ${count} = ${end} - ${start};`);
    this.code.line(`for (; ${count} % ${lanes} != 0; ${count}++) ${values}[${count}] = 0;`);
    this.code.block(`for (i64 ${lane} = 0; ${lane} < ${count}; ${lane} += ${lanes})`, () => {
      const at = this.code.fresh("i");
      this.code.line("#pragma omp simd");
      this.code.block(`for (i64 ${at} = ${lane}; ${at} < ${lane} + ${lanes}; ${at}++)`, () => {
        const value = this.code.value(`${values}[${at}]`, "v", `const ${type}`);
        this.code.line(`${values}[${at}] = ${spell(this.#spelling, call.op, [dtype], dtype, [value])};`);
      });
    });
    const local: Local = { kind: "local", name: values, dtype };
    return { local, within: (inner) => withLocal(inner, values, `${values}[${inner.axes.get(axis)} - ${start}]`) };
  }

  /** Threads are worth their start only where there is much to do: all elements of the first output count. */
  #parallel(axis: string): string {
    const output = this.#kernel.buffers.findIndex(({ access }) => access === "out");
    const lengths = this.#kernel.axes
      .filter(({ extent }) => extent.some(({ buffer }) => buffer === output))
      .map(({ name }) => this.places.length(name));
    const work = lengths.length === 0 ? this.places.length(axis) : lengths.join(" * ");
    return ` if(${work} >= ${this.#options.parallelFrom}LL)`;
  }

  /** A loop over a range of an axis. */
  for(axis: string, start: string, end: string, scope: Scope, body: (scope: Scope) => void): void {
    const counter = this.code.fresh("i");
    this.code.block(`for (i64 ${counter} = ${start}; ${counter} < ${end}; ${counter}++)`, () =>
      body({ ...scope, axes: new Map(scope.axes).set(axis, counter) }),
    );
  }

  /** Runs `body` for ranges of at most `size` values of an axis; it is given where they start and end. */
  ranges(length: string, size: number, body: (start: string, end: string) => void): void {
    const start = this.code.fresh("i");
    this.code.block(`for (i64 ${start} = 0; ${start} < ${length}; ${start} += ${size})`, () => {
      const end = this.code.value(`${start} + ${size} < ${length} ? ${start} + ${size} : ${length}`, "e", "const i64");
      body(start, end);
    });
  }

  /** Loops over all values of the axes. */
  nest(axes: readonly string[], scope: Scope, body: (scope: Scope) => void): void {
    const [axis, ...rest] = axes;
    if (axis === undefined) body(scope);
    else this.for(axis, "0", this.places.length(axis), scope, (inner) => this.nest(rest, inner, body));
  }

  /** The scope after a reduction. */
  #reduce(reduce: Reduce, scope: Scope): Scope {
    const combiners = reduce.accumulators.map((accumulator) => new Combiner(accumulator, this.code));
    for (const combiner of combiners) combiner.declareTotal();
    const oneByOne = reduce.body.some(({ kind }) => kind === "reduce") || reduce.accumulators.some(isPositional);
    const outer = oneByOne ? reduce.axes : reduce.axes.slice(0, -1);
    const inner = oneByOne ? undefined : reduce.axes.at(-1);
    this.code.block("", () =>
      this.nest(outer, scope, (at) => {
        if (inner !== undefined) this.#blocks(inner, reduce, combiners, at);
        else {
          const inside = this.lets(reduce.body, at);
          for (const combiner of combiners) combiner.takeOne(this.value(combiner.operand, inside));
        }
      }),
    );
    return combiners.reduce((after, combiner) => withLocal(after, combiner.name, combiner.result()), scope);
  }

  /** The innermost axis of a reduction: blocks of partial results, so that sums are as accurate as pairwise ones. */
  #blocks(axis: string, reduce: Reduce, combiners: readonly Combiner[], scope: Scope): void {
    const operands = combiners.map(({ operand }) => operand);
    const ahead = scope.axes.size > 0 ? functionAhead(reduce.body, operands) : null;
    this.ranges(this.places.length(axis), BLOCK, (start, end) => {
      const computed = ahead === null ? null : this.#computeAhead(ahead, axis, start, end, scope);
      const place = (expr: Expr): Expr =>
        ahead === null || computed === null ? expr : replaced(expr, ahead.call, computed.local);
      const body =
        ahead === null || computed === null ? reduce.body : replacedIn(reduce.body, ahead.call, computed.local);
      const [values, stores] = computed === null ? [body, []] : partition(body, ({ kind }) => kind !== "store");
      if (stores.length > 0) {
        // Compilers keep a sum in memory while they store to what might be the same memory.
        this.code.line("#pragma omp simd");
        this.for(axis, start, end, scope, (at) => this.body(body, computed?.within(at) ?? at));
      }
      for (const combiner of combiners) combiner.declarePartial();
      this.code.line(`#pragma omp simd ${combiners.map((combiner) => combiner.clause()).join(" ")}${this.#mark}`);
      this.for(axis, start, end, scope, (at) => {
        const inside = this.lets(values, computed?.within(at) ?? at);
        for (const combiner of combiners) combiner.take(this.value(place(combiner.operand), inside));
      });
      for (const combiner of combiners) combiner.fold();
    });
  }

  /** Sums of columns: neighbouring ones together, row by row. */
  #columns({ axis, reduce, rest }: Columns, scope: Scope): void {
    const combiners = reduce.accumulators.map((accumulator) => new Combiner(accumulator, this.code));
    const last = reduce.axes.at(-1);
    if (last === undefined) return;
    this.ranges(this.places.length(axis), WIDTH, (start, end) => {
      const each = (body: (at: string, inner: Scope) => void): void => {
        this.code.line("#pragma omp simd");
        this.for(axis, start, end, scope, (inner) => body(`${inner.axes.get(axis)} - ${start}`, inner));
      };
      for (const combiner of combiners) combiner.declareTotals(WIDTH);
      each((at) => {
        for (const combiner of combiners) combiner.startTotal(at);
      });
      this.nest(reduce.axes.slice(0, -1), scope, (outer) =>
        this.ranges(this.places.length(last), BLOCK, (first, behind) => {
          for (const combiner of combiners) combiner.declarePartials(WIDTH);
          each((at) => {
            for (const combiner of combiners) combiner.startPartial(at);
          });
          this.for(last, first, behind, outer, (row) => {
            this.code.line("#pragma omp simd");
            this.for(axis, start, end, row, (inner) => {
              const inside = this.lets(reduce.body, inner);
              for (const combiner of combiners)
                combiner.takeAt(`${inner.axes.get(axis)} - ${start}`, this.value(combiner.operand, inside));
            });
          });
          each((at) => {
            for (const combiner of combiners) combiner.foldAt(at);
          });
        }),
      );
      each((at, inner) => {
        const after = combiners.reduce(
          (outer, combiner) => withLocal(outer, combiner.name, combiner.resultAt(at)),
          inner,
        );
        this.body(rest, after);
      });
    });
  }

  /** The scope after a reduction's body, which holds `let` and `reduce`, and stores of what is kept. */
  lets(body: readonly Statement[], outer: Scope): Scope {
    let scope = outer;
    for (const statement of body) {
      if (statement.kind === "let") scope = withLocal(scope, statement.name, this.value(statement.value, scope));
      else if (statement.kind === "reduce") scope = this.#reduce(statement, scope);
      else if (statement.kind === "store") this.code.line(this.#store(statement, scope));
    }
    return scope;
  }

  /** The name of an expression's value. */
  value(expr: Expr, scope: Scope): string {
    if (isLeaf(expr)) {
      switch (expr.kind) {
        case "load":
          return this.#load(expr, scope);
        case "local":
          return localOf(expr.name, scope);
        case "axis":
          return `${scope.axes.get(expr.axis)}`;
      }
    }
    if (expr.kind === "const") return spellConstant(expr.value, expr.dtype);
    const args = expr.args.map((arg) => this.value(arg, scope));
    const dtypes = expr.args.map((arg) => arg.dtype);
    const apply = (values: readonly string[], inputs: readonly DType[]): string =>
      this.code.value(spell(this.#spelling, expr.op, inputs, expr.dtype, values), "v", `const ${cType(expr.dtype)}`);
    if (scalarOp(expr.op).arity !== "variadic") return apply(args, dtypes);
    return args.reduce((sum, value) => apply([sum, value], dtypes.slice(0, 2)));
  }

  #load({ access, dtype, padded }: Load, scope: Scope): string {
    const element = this.places.element(access, scope);
    const value = padded ? `${this.places.isInside(access, scope)} ? ${element} : 0` : element;
    return this.code.value(value, "v", `const ${cType(dtype)}`);
  }
}

/** Those for which something holds, and the others. */
function partition<T>(all: readonly T[], holds: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(holds), all.filter((one) => !holds(one))];
}

/** Whether a statement holds no loop of its own. */
export function isFlat({ kind }: Statement): boolean {
  return kind === "let" || kind === "store";
}
