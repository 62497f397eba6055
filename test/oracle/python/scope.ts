/** Where names are kept: a module's, a function's or a class's, each inside another. */
import { NameError } from "./values.ts";

export class Scope {
  readonly names: Map<string, unknown>;
  readonly kind: "module" | "function" | "class";
  readonly #outer: Scope | null;
  /** Names that a `global` or `nonlocal` statement sends elsewhere. */
  readonly #elsewhere = new Map<string, Scope>();

  constructor(kind: Scope["kind"], outer: Scope | null, names = new Map<string, unknown>()) {
    this.kind = kind;
    this.names = names;
    this.#outer = outer;
  }

  /** The scope that functions defined here see: classes are passed over, as in Python. */
  get enclosing(): Scope {
    return this.kind === "class" && this.#outer !== null ? this.#outer.enclosing : this;
  }

  /** The scope of a function's call. */
  inner(kind: "function" | "class"): Scope {
    return new Scope(kind, this.enclosing);
  }

  /** @throws NameError when there is no such name here or around. */
  get(name: string): unknown {
    const found = this.#holder(name);
    if (found === null) throw new NameError(`name '${name}' is not defined`);
    return found.names.get(name);
  }

  has(name: string): boolean {
    return this.#holder(name) !== null;
  }

  set(name: string, value: unknown): void {
    (this.#elsewhere.get(name) ?? this).names.set(name, value);
  }

  /** @throws NameError when there is nothing to delete. */
  delete(name: string): void {
    if (!(this.#elsewhere.get(name) ?? this).names.delete(name)) throw new NameError(`name '${name}' is not defined`);
  }

  /** Makes assignments of these names go to the module, or to the function around that has them. */
  declare(names: readonly string[], level: "global" | "nonlocal"): void {
    for (const name of names) {
      const holder = level === "nonlocal" && this.#outer !== null ? this.#outer.#holder(name) : null;
      this.#elsewhere.set(name, holder ?? this.#module());
    }
  }

  #holder(name: string): Scope | null {
    const elsewhere = this.#elsewhere.get(name);
    if (elsewhere !== undefined) return elsewhere.names.has(name) ? elsewhere : null;
    if (this.names.has(name)) return this;
    return this.#outer === null ? null : this.#outer.#holder(name);
  }

  /** The program's scope; the one around it is that of Python's own names. */
  #module(): Scope {
    return this.#outer === null || this.kind === "module" ? this : this.#outer.#module();
  }
}
