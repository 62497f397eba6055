/** Reading kernels back from the text that `text.ts` writes. */
import { Complex } from "../array/complex.ts";
import { type DType, isDType, type Scalar } from "../array/dtype.ts";
import { ValueError } from "../base/errors.ts";
import { constant } from "../scalar/expr.ts";
import { isScalarOp, signatureOf } from "../scalar/table.ts";
import { checkKernel } from "./check.ts";
import type { Access, Accumulator, Axis, Buffer, Expr, Kernel, ReduceOp, Statement, Subscript } from "./ir.ts";

const REDUCE_OPS: readonly ReduceOp[] = ["add", "mul", "maximum", "minimum", "and_", "or_", "argmax", "argmin"];

/**
 * The kernel that a text stands for.
 * @throws ValueError naming the line that is no part of a kernel.
 */
export function parseKernel(text: string): Kernel {
  const lines = text.trimEnd().split("\n");
  const kernel = new KernelParser(lines).parse();
  checkKernel(kernel);
  return kernel;
}

/** What a name stands for inside of statements. */
type Scope = ReadonlyMap<string, DType>;

class KernelParser {
  readonly #lines: readonly string[];
  #next = 0;
  #buffers: readonly Buffer[] = [];
  #axes: readonly Axis[] = [];

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  parse(): Kernel {
    const [, name, parameters] =
      /^kernel (.+)\(([^()]*)\)$/.exec(this.#take()) ??
      this.#fail("a kernel starts with kernel NAME(in a: float64[1], …)");
    this.#buffers = parameters.split(", ").map((parameter) => this.#buffer(parameter));
    if (this.#lines[this.#next]?.startsWith("  axes ")) this.#axes = this.#parseAxes(this.#take().slice(7));
    const { body } = this.#block(1, new Map());
    if (this.#next < this.#lines.length) {
      this.#take();
      this.#fail("the line is indented by the wrong number of blanks");
    }
    return { name, buffers: this.#buffers, axes: this.#axes, body };
  }

  #buffer(text: string): Buffer {
    const [, access, name, dtype, ndim] = /^(in|out) (\w+): (\w+)\[(\d+)\]$/.exec(text) ?? [];
    if (dtype === undefined || !isDType(dtype)) return this.#fail(`"${text}" is no buffer such as in a: float64[1]`);
    return { name, dtype, ndim: Number(ndim), access: access === "in" ? "in" : "out" };
  }

  #parseAxes(text: string): readonly Axis[] {
    return text.split(", ").map((binding) => {
      const [name, ...places] = binding.split(" = ");
      const extent = places.map((place) => {
        const [buffer, dim] = place.split(".");
        return { buffer: this.#bufferNamed(buffer), dim: Number(dim) };
      });
      return { name, extent };
    });
  }

  #bufferNamed(name: string): number {
    const index = this.#buffers.findIndex((buffer) => buffer.name === name);
    return index < 0 ? this.#fail(`there is no buffer ${name}`) : index;
  }

  /** The statements of one depth, and the accumulators among them. */
  #block(depth: number, outer: Scope): { body: Statement[]; accumulators: Accumulator[]; scope: Scope } {
    const scope = new Map(outer);
    const body: Statement[] = [];
    const accumulators: Accumulator[] = [];
    const indent = "  ".repeat(depth);
    while (this.#lines[this.#next]?.startsWith(indent) && this.#lines[this.#next][indent.length] !== " ") {
      const line = this.#take().slice(indent.length);
      const accumulator = /^(\w+): (\w+) = (\w+) of (.*)$/.exec(line);
      if (accumulator === null) body.push(this.#statement(line, depth, scope));
      else accumulators.push(this.#accumulator(accumulator, scope));
    }
    return { body, accumulators, scope };
  }

  #statement(line: string, depth: number, scope: Map<string, DType>): Statement {
    const loop = /^loop (\w+)$/.exec(line);
    if (loop !== null) return { kind: "loop", axis: loop[1], body: this.#block(depth + 1, scope).body };
    const reduce = /^reduce ?(.*)$/.exec(line);
    if (reduce !== null) {
      const { body, accumulators } = this.#block(depth + 1, scope);
      for (const { name, dtype } of accumulators) scope.set(name, dtype);
      return { kind: "reduce", axes: reduce[1] === "" ? [] : reduce[1].split(", "), body, accumulators };
    }
    const named = /^let (\w+) = (.*)$/.exec(line);
    if (named !== null) {
      const value = this.#expression(named[2], scope);
      scope.set(named[1], value.dtype);
      return { kind: "let", name: named[1], value };
    }
    const [, target, sign, text] =
      /^(\w+\[[^\]]*\]) (\+?=) (.*)$/.exec(line) ?? this.#fail(`"${line}" is no statement`);
    const store = { kind: "store", access: this.#access(target), value: this.#expression(text, scope) } as const;
    return sign === "=" ? store : { ...store, adds: true };
  }

  #accumulator([, name, dtype, op, text]: RegExpExecArray, scope: Scope): Accumulator {
    const known = REDUCE_OPS.find((one) => one === op) ?? this.#fail(`there is no reduction ${op}`);
    if (!isDType(dtype)) return this.#fail(`there is no dtype ${dtype}`);
    return { name, op: known, dtype, value: this.#expression(text, scope) };
  }

  #access(text: string): Access {
    const [, name, places] = /^(\w+)\[(.*)\]$/.exec(text) ?? this.#fail(`"${text}" is no element`);
    return { buffer: this.#bufferNamed(name), index: places === "" ? [] : places.split(", ").map(subscript) };
  }

  #expression(text: string, scope: Scope): Expr {
    const tokens = text.match(/\??[\w.]+\[[^\]]*\]|\[[^\]]*\]:\w+|[-+\w.]+:\w+\(|[-+\w.]+:\w+|\w+\(|\w+|[(),]/g) ?? [];
    let at = 0;
    const parse = (): Expr => {
      const token = tokens[at++] ?? this.#fail("the expression ends too early");
      if (!token.endsWith("(")) return this.#leaf(token, scope);
      const args: Expr[] = [];
      while (tokens[at] !== ")") {
        args.push(parse());
        if (tokens[at] === ",") at += 1;
        else if (tokens[at] !== ")") this.#fail("an argument is followed by a comma or a bracket");
      }
      at += 1;
      return this.#application(token.slice(0, -1), args);
    };
    const expression = parse();
    return at === tokens.length ? expression : this.#fail(`"${tokens[at]}" stands behind the expression`);
  }

  #application(head: string, args: readonly Expr[]): Expr {
    const [op, given] = head.split(":");
    if (!isScalarOp(op)) return this.#fail(`there is no scalar op ${op}`);
    const { output } = signatureOf(
      op,
      args.map((arg) => arg.dtype),
      "float64",
    );
    return { kind: "apply", op, args, dtype: given !== undefined && isDType(given) ? given : output };
  }

  #leaf(token: string, scope: Scope): Expr {
    const literal = /^(.+):(\w+)$/.exec(token);
    if (literal !== null && isDType(literal[2])) return constant(number(literal[1]), literal[2]);
    if (token.includes("[")) {
      const access = this.#access(token.replace("?", ""));
      const { dtype } = this.#buffers[access.buffer];
      return { kind: "load", access, dtype, ...(token.startsWith("?") && { padded: true }) };
    }
    const dtype = scope.get(token);
    if (dtype !== undefined) return { kind: "local", name: token, dtype };
    if (this.#axes.some(({ name }) => name === token)) return { kind: "axis", axis: token, dtype: "int64" };
    return this.#fail(`there is no local or axis ${token}`);
  }

  #take(): string {
    return this.#lines[this.#next++] ?? this.#fail("the kernel ends too early");
  }

  #fail(problem: string): never {
    throw new ValueError(`Kernel text, line ${this.#next}: ${problem}: ${this.#lines[this.#next - 1] ?? ""}`);
  }
}

/** `2*i + j + #k + 3`, with the length of k (half of it: `#k/2`), or `@p`. */
function subscript(text: string): Subscript {
  if (text.startsWith("@")) return { terms: [], offset: 0, position: text.slice(1) };
  const parts = text.split(" + ");
  const terms = parts
    .filter((part) => !/^-?\d+$/.test(part))
    .map((part) => {
      const [, scale, axis] = /^(?:(-?\d+)\*)?(#?\w+(?:\/\d+)?)$/.exec(part) ?? ["", undefined, part];
      return { axis, scale: scale === undefined ? 1 : Number(scale) };
    });
  const offset = parts.filter((part) => /^-?\d+$/.test(part)).reduce((sum, part) => sum + Number(part), 0);
  const isLength = ({ axis }: { axis: string }) => axis.startsWith("#");
  const lengths = terms.filter(isLength).map(({ axis, scale }) => {
    const [name, divisor] = axis.slice(1).split("/");
    return { axis: name, scale, ...(divisor !== undefined && { divisor: Number(divisor) }) };
  });
  return { terms: terms.filter((term) => !isLength(term)), offset, ...(lengths.length > 0 && { lengths }) };
}

/** A constant: a truth value, a number, a whole number beyond 2^53, or `[re im]`. */
function number(text: string): Scalar {
  if (text === "true" || text === "false") return text === "true";
  if (text.startsWith("[")) {
    const [re, im] = text.slice(1, -1).split(" ").map(Number);
    return new Complex(re, im);
  }
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text)) ? BigInt(text) : Number(text);
}
