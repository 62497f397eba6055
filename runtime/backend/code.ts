/** Program text under construction, in JavaScript or C: lines, fresh names, and values that are computed once per scope. */

export class Code {
  readonly #lines: string[] = [];
  /** What is computed before anything else: lengths, strides, storage. */
  readonly #prologue: string[] = [];
  readonly #prologueNames = new Map<string, string>();
  /** The names of values already computed, in the blocks that are open. */
  readonly #scopes: Map<string, string>[] = [new Map()];
  #count = 0;

  /** A name that is not in use. */
  fresh(prefix: string): string {
    return `${prefix}${this.#count++}`;
  }

  /** Adds a line to the block that is open. */
  line(text: string): void {
    this.#lines.push("  ".repeat(this.#scopes.length) + text);
  }

  /** `head { body }`. Values named inside are forgotten after it. */
  block(head: string, body: () => void): void {
    this.line(`${head} {`.trimStart());
    this.#scopes.push(new Map());
    body();
    this.#scopes.pop();
    this.line("}");
  }

  /**
   * The name of a value that does not change while the open block runs; computed once.
   * @param declaration what stands before the name: the type, in C.
   */
  value(code: string, prefix: string, declaration = "const"): string {
    if (/^\w+$/.test(code)) return code;
    for (const scope of this.#scopes) {
      const known = scope.get(code);
      if (known !== undefined) return known;
    }
    const name = this.fresh(prefix);
    this.line(`${declaration} ${name} = ${code};`);
    this.#scopes[this.#scopes.length - 1].set(code, name);
    return name;
  }

  /** The name of a value that depends on the arguments only. */
  argument(code: string, prefix: string, declaration = "const"): string {
    const known = this.#prologueNames.get(code);
    if (known !== undefined) return known;
    const name = this.fresh(prefix);
    this.#prologue.push(`  ${declaration} ${name} = ${code};`);
    this.#prologueNames.set(code, name);
    return name;
  }

  toString(): string {
    return [...this.#prologue, ...this.#lines].join("\n");
  }
}
