/** Where the elements of a kernel's buffers lie, in C: what a frame holds, and subscripts as positions. */
import type { DType } from "../../array/dtype.ts";
import type { Access, Kernel, LengthTerm, Subscript } from "../../loop/ir.ts";
import { accessesOf, scaleAlong } from "../../loop/walk.ts";
import type { Code } from "../code.ts";
import { cType } from "./spelling.ts";

/** What names mean at a place of the program. */
export interface Scope {
  readonly locals: ReadonlyMap<string, string>;
  readonly axes: ReadonlyMap<string, string>;
}

export function withLocal(scope: Scope, name: string, value: string): Scope {
  return { ...scope, locals: new Map(scope.locals).set(name, value) };
}

/** The C name of a local. */
export function localOf(name: string, scope: Scope): string {
  const found = scope.locals.get(name);
  if (found === undefined) throw new ReferenceError(`the local ${name} has no value here`);
  return found;
}

export class Places {
  readonly #kernel: Kernel;
  readonly #code: Code;

  constructor(kernel: Kernel, code: Code) {
    this.#kernel = kernel;
    this.#code = code;
  }

  /** How many values an axis takes. */
  length(name: string): string {
    const place = this.#kernel.axes.findIndex((axis) => axis.name === name);
    if (place < 0) throw new ReferenceError(`the axis ${name} is not declared`);
    const before = this.#kernel.buffers.reduce((sum, { ndim }) => sum + 1 + ndim, 0);
    return this.#code.argument(`(i64)f[${before + place}]`, "n", "const i64");
  }

  /** The step of a buffer along a dimension; null: 1, as along the last one of all but `free` buffers. */
  stride(buffer: number, dim: number, isFree = false): string | null {
    const { ndim } = this.#kernel.buffers[buffer];
    if (dim === ndim - 1 && !isFree) return null;
    return this.#code.argument(`(i64)f[${this.#place(buffer) + 1 + dim}]`, "s", "const i64");
  }

  /** A pointer to the first element of a buffer. */
  pointer(buffer: number): string {
    const type = cType(this.#kernel.buffers[buffer].dtype);
    return this.#code.argument(`(${type} *)(u64)f[${this.#place(buffer)}]`, "b", `${type} *const`);
  }

  #place(buffer: number): number {
    return this.#kernel.buffers.slice(0, buffer).reduce((sum, { ndim }) => sum + 1 + ndim, 0);
  }

  dtypeOf(buffer: number): DType {
    return this.#kernel.buffers[buffer].dtype;
  }

  /** The element of an access, to be read or written. */
  element(access: Access, scope: Scope): string {
    return `${this.pointer(access.buffer)}[${this.index(access, scope)}]`;
  }

  /** Where an access lies, in elements from the first one; axes that do not run count as 0. */
  index({ buffer, index }: Access, scope: Scope, isFree = false): string {
    const parts = index.flatMap(({ terms, offset, position, lengths = [] }, dim) => {
      if (position !== undefined) {
        const stride = this.stride(buffer, dim, isFree);
        const place = this.#checked(buffer, dim, localOf(position, scope));
        return [stride === null ? place : `${place} * ${stride}`];
      }
      const running = terms.filter(({ axis }) => scope.axes.has(axis));
      const steps = running.map(({ axis, scale }) => times(scale, `${scope.axes.get(axis)}`));
      if (offset !== 0) steps.push(`${offset}`);
      steps.push(...lengths.map((term) => this.#lengthTerm(term)));
      if (steps.length === 0) return [];
      const stride = this.stride(buffer, dim, isFree);
      const place = steps.join(" + ");
      return [stride === null ? place : steps.length === 1 ? `${place} * ${stride}` : `(${place}) * ${stride}`];
    });
    return parts.length === 0 ? "0" : parts.join(" + ");
  }

  /** Whether every subscript of an access is in range. */
  isInside({ buffer, index }: Access, scope: Scope): string {
    const conditions = index.map((subscript, dim) => {
      const steps = subscript.terms.map(({ axis, scale }) => times(scale, `${scope.axes.get(axis)}`));
      return `(u64)(${[this.fixedPart(subscript), ...steps].join(" + ")}) < (u64)${this.lengthOf(buffer, dim)}`;
    });
    return conditions.length === 0 ? "1" : conditions.join(" && ");
  }

  /** The part of a place that no axis moves. */
  fixedPart({ offset, lengths = [] }: Subscript): string {
    return [`${offset}`, ...lengths.map((term) => this.#lengthTerm(term))].join(" + ");
  }

  #lengthTerm({ axis, scale, divisor }: LengthTerm): string {
    const length = this.length(axis);
    return times(scale, divisor === undefined ? length : `(${length} / ${divisor})`);
  }

  /** How far an access moves along an axis, in elements. */
  step({ buffer, index }: Access, axis: string, isFree = false): string {
    const parts = index.flatMap((subscript, dim) => {
      const scale = scaleAlong(subscript, axis);
      return scale === 0 ? [] : [times(scale, this.stride(buffer, dim, isFree) ?? "1")];
    });
    return parts.length === 0 ? "0" : parts.join(" + ");
  }

  /** Nothing can be at a position of an empty dimension, not even what stands for a bad one. */
  refuseEmpty(): void {
    for (const { buffer, index } of accessesOf(this.#kernel.body))
      index.forEach(({ position }, dim) => {
        if (position !== undefined) this.#code.line(`if (${this.lengthOf(buffer, dim)} == 0) return 1;`);
      });
  }

  /** The length of a dimension that some axis is bound to. */
  lengthOf(buffer: number, dim: number): string {
    const axis = this.#kernel.axes.find(({ extent }) => extent.some((ref) => ref.buffer === buffer && ref.dim === dim));
    return this.length(axis?.name ?? "");
  }

  /** A position from the start of a dimension; 0, and a mark, for one that is out of range. */
  #checked(buffer: number, dim: number, position: string): string {
    const length = this.lengthOf(buffer, dim);
    const place = this.#code.value(`${position} + (${position} < 0 ? ${length} : 0)`, "q", "const i64");
    const isFine = this.#code.value(`(u64)${place} < (u64)${length}`, "q", "const int");
    this.#code.line(`bad |= !${isFine};`);
    return this.#code.value(`${isFine} ? ${place} : 0`, "q", "const i64");
  }
}

export function times(count: number, step: string): string {
  if (count === 1) return step;
  return step === "1" ? `${count}` : `${count} * ${step}`;
}
