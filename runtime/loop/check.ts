/** The verifier: the rules of the loop IR that types alone do not state. It runs in tests, and on kernels from new ops. */
import { carrierOf, isFloat } from "../array/dtype.ts";
import { ValueError } from "../base/errors.ts";
import { implementationKind } from "../scalar/evaluate.ts";
import { isLeaf } from "../scalar/expr.ts";
import { type ScalarOpName, scalarOp } from "../scalar/table.ts";
import type { Access, Expr, Kernel, Statement } from "./ir.ts";

/** What is in scope at a place of a kernel. */
interface Scope {
  readonly axes: ReadonlySet<string>;
  readonly locals: ReadonlyMap<string, string>;
  /** Inside a reduction nothing is stored and nothing loops. */
  readonly reducing: boolean;
}

/**
 * Checks that a kernel is well formed: declared buffers, axes and locals, matching dtypes and numbers of subscripts.
 * @throws ValueError that names the kernel and the first rule that is broken.
 */
export function checkKernel(kernel: Kernel): void {
  const fail = (message: string): never => {
    throw new ValueError(`kernel ${kernel.name}: ${message}`);
  };
  const firstOut = kernel.buffers.findIndex(({ access }) => access === "out");
  if (firstOut < 0) fail("it has no output");
  if (kernel.buffers.slice(firstOut).some(({ access }) => access === "in")) fail("an input follows an output");
  checkAxes(kernel, fail);
  new Checker(kernel, fail).body(kernel.body, { axes: new Set(), locals: new Map(), reducing: false });
}

type Fail = (message: string) => never;

function checkAxes(kernel: Kernel, fail: Fail): void {
  const names = new Set<string>();
  for (const { name, extent } of kernel.axes) {
    if (names.has(name)) fail(`the axis ${name} is declared twice`);
    names.add(name);
    if (extent.length === 0) fail(`the axis ${name} is bound to no dimension, so that its length is unknown`);
    for (const { buffer, dim } of extent) {
      const ndim = kernel.buffers[buffer]?.ndim ?? 0;
      if (dim < 0 || dim >= ndim) fail(`the axis ${name} is bound to dimension ${dim} of buffer ${buffer}`);
    }
  }
}

class Checker {
  readonly #kernel: Kernel;
  readonly #fail: Fail;

  constructor(kernel: Kernel, fail: Fail) {
    this.#kernel = kernel;
    this.#fail = fail;
  }

  body(statements: readonly Statement[], outer: Scope): void {
    let scope = outer;
    for (const statement of statements) {
      switch (statement.kind) {
        case "loop":
          if (scope.reducing) this.#fail("a loop stands inside a reduction");
          this.body(statement.body, this.#open(scope, [statement.axis]));
          break;
        case "reduce":
          scope = this.#reduce(statement, scope);
          break;
        case "let":
          this.#expr(statement.value, scope);
          scope = this.#declare(scope, statement.name, statement.value.dtype);
          break;
        case "store":
          if (scope.reducing) this.#fail("a store stands inside a reduction");
          this.#store(statement, scope);
          break;
      }
    }
  }

  #reduce(reduce: Extract<Statement, { kind: "reduce" }>, outer: Scope): Scope {
    let inner: Scope = { ...this.#open(outer, reduce.axes), reducing: true };
    this.body(reduce.body, inner);
    for (const statement of reduce.body) inner = this.#after(statement, inner);
    let scope = outer;
    for (const { name, op, dtype, value } of reduce.accumulators) {
      this.#expr(value, inner);
      const positional = op === "argmax" || op === "argmin";
      const expected = positional ? "int64" : value.dtype;
      if (dtype !== expected) this.#fail(`the accumulator ${name} is ${dtype}, but ${op} gives ${expected}`);
      if (!positional) this.#implemented(op, dtype);
      scope = this.#declare(scope, name, dtype);
    }
    return scope;
  }

  /** The scope after a statement of a reduction's body. */
  #after(statement: Statement, scope: Scope): Scope {
    if (statement.kind === "let") return this.#declare(scope, statement.name, statement.value.dtype);
    if (statement.kind !== "reduce") return scope;
    return statement.accumulators.reduce((all, { name, dtype }) => this.#declare(all, name, dtype), scope);
  }

  #store({ access, value }: Extract<Statement, { kind: "store" }>, scope: Scope): void {
    this.#access(access, scope);
    this.#expr(value, scope);
    const buffer = this.#kernel.buffers[access.buffer];
    if (buffer.access !== "out") this.#fail(`${buffer.name} is an input, but is written`);
    if (value.dtype !== buffer.dtype)
      this.#fail(`${value.dtype} is stored to ${buffer.name}, which is ${buffer.dtype}`);
  }

  #open(scope: Scope, axes: readonly string[]): Scope {
    for (const axis of axes) {
      if (!this.#kernel.axes.some(({ name }) => name === axis)) this.#fail(`the axis ${axis} is not declared`);
      if (scope.axes.has(axis)) this.#fail(`the axis ${axis} is running already`);
    }
    return { ...scope, axes: new Set([...scope.axes, ...axes]) };
  }

  #declare(scope: Scope, name: string, dtype: string): Scope {
    if (scope.locals.has(name)) this.#fail(`the local ${name} is declared twice`);
    return { ...scope, locals: new Map(scope.locals).set(name, dtype) };
  }

  #access({ buffer: place, index }: Access, scope: Scope): void {
    const buffer = this.#kernel.buffers[place];
    if (buffer === undefined) this.#fail(`there is no buffer ${place}`);
    if (index.length !== buffer.ndim) {
      this.#fail(
        `${buffer.name} has ${buffer.ndim} dimensions, but is read or written with ${index.length} subscripts`,
      );
    }
    for (const { axis } of index.flatMap(({ terms }) => terms)) {
      if (!scope.axes.has(axis)) this.#fail(`${buffer.name} is indexed by ${axis}, which is not running there`);
    }
    index.forEach(({ position, terms, offset, lengths = [] }, dim) => {
      for (const { axis } of lengths)
        if (!this.#kernel.axes.some(({ name }) => name === axis)) this.#fail(`the axis ${axis} is not declared`);
      if (position === undefined) return;
      if (terms.length > 0 || offset !== 0 || lengths.length > 0)
        this.#fail(`${buffer.name} is indexed by a position and by something else`);
      if (scope.locals.get(position) !== "int64") this.#fail(`there is no local ${position} of int64`);
      if (!this.#isBound(place, dim))
        this.#fail(`no axis tells the length of dimension ${dim} of ${buffer.name}, which is indexed by a position`);
    });
  }

  #isBound(buffer: number, dim: number): boolean {
    return this.#kernel.axes.some(({ extent }) => extent.some((ref) => ref.buffer === buffer && ref.dim === dim));
  }

  /** What reads 0 out of range has to know the range. */
  #padded({ buffer, index }: Access): void {
    const { name } = this.#kernel.buffers[buffer];
    index.forEach(({ position }, dim) => {
      if (position !== undefined) this.#fail(`${name} is padded, but indexed by a position`);
      if (!this.#isBound(buffer, dim))
        this.#fail(`no axis tells the length of dimension ${dim} of ${name}, which is padded`);
    });
  }

  #expr(expr: Expr, scope: Scope): void {
    if (isLeaf(expr)) {
      switch (expr.kind) {
        case "load": {
          this.#access(expr.access, scope);
          if (expr.padded) this.#padded(expr.access);
          const { name, dtype, access } = this.#kernel.buffers[expr.access.buffer];
          if (access !== "in") this.#fail(`${name} is an output, but is read`);
          if (dtype !== expr.dtype) this.#fail(`${name} is ${dtype}, but is read as ${expr.dtype}`);
          return;
        }
        case "local":
          if (scope.locals.get(expr.name) !== expr.dtype) this.#fail(`there is no local ${expr.name} of ${expr.dtype}`);
          return;
        case "axis":
          if (!scope.axes.has(expr.axis)) this.#fail(`the axis ${expr.axis} is not running`);
          return;
      }
    }
    if (expr.kind === "const") return;
    for (const arg of expr.args) this.#expr(arg, scope);
    this.#apply(expr);
  }

  #apply({ op, args, dtype }: Extract<Expr, { kind: "apply" }>): void {
    const { arity, types } = scalarOp(op);
    if (arity === "variadic" ? args.length === 0 : args.length !== arity)
      this.#fail(`${op} has ${args.length} arguments`);
    const dtypes = args.map((arg) => arg.dtype);
    const signature = types(dtypes, isFloat(dtype) ? dtype : "float64");
    if (typeof signature === "string") throw this.#fail(`${op}(${dtypes.join(", ")}): ${signature}`);
    const wanted = signature.inputs.join(", ");
    if (wanted !== dtypes.join(", ")) this.#fail(`${op} computes on (${wanted}), but is given (${dtypes.join(", ")})`);
    if (signature.output !== dtype) this.#fail(`${op}(${wanted}) is ${signature.output}, not ${dtype}`);
    this.#implemented(op, args[0].dtype);
  }

  #implemented(op: ScalarOpName, dtype: Expr["dtype"]): void {
    try {
      implementationKind(scalarOp(op), dtype);
    } catch {
      this.#fail(`${op} does not compute on elements carried as ${carrierOf(dtype)}`);
    }
  }
}
