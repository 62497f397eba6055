/** The syntax trees of the Python that the oracle's programs are written in. */

/** A place where a value may be read; names, attributes, items and tuples of them may also be assigned. */
export type Expression =
  | { readonly kind: "constant"; readonly value: unknown }
  | { readonly kind: "name"; readonly id: string }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | { readonly kind: "item"; readonly of: Expression; readonly index: Expression }
  | { readonly kind: "slice"; readonly bounds: readonly [Expression | null, Expression | null, Expression | null] }
  | { readonly kind: "call"; readonly callee: Expression; readonly args: readonly Argument[]; readonly line: number }
  | { readonly kind: "list" | "tuple" | "set"; readonly items: readonly Expression[] }
  | { readonly kind: "dict"; readonly entries: readonly (readonly [Expression | null, Expression])[] }
  | { readonly kind: "starred"; readonly value: Expression }
  | { readonly kind: "yield"; readonly value: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | { readonly kind: "compare"; readonly first: Expression; readonly rest: readonly (readonly [string, Expression])[] }
  | { readonly kind: "logic"; readonly operator: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: "choice";
      readonly test: Expression;
      readonly whenTrue: Expression;
      readonly otherwise: Expression;
    }
  | { readonly kind: "lambda"; readonly parameters: Parameters; readonly body: Expression }
  | {
      readonly kind: "comprehension";
      readonly makes: "list" | "set" | "dict" | "generator";
      /** The key of a dictionary's entry. */
      readonly key: Expression | null;
      readonly value: Expression;
      readonly loops: readonly Loop[];
    }
  /** The parts of an f-string: texts, and expressions with their conversion and format. */
  | { readonly kind: "joined"; readonly parts: readonly (string | Formatted)[] };

export interface Formatted {
  readonly value: Expression;
  readonly conversion: string;
  readonly format: string;
}

/** `for target in items if test`. */
export interface Loop {
  readonly target: Expression;
  readonly items: Expression;
  readonly tests: readonly Expression[];
}

/** An argument of a call: `x`, `name=x`, `*x`, `**x`. */
export interface Argument {
  readonly name: string | null;
  readonly stars: 0 | 1 | 2;
  readonly value: Expression;
}

/** What a function takes; `rest` and `keywords` are the names after one and two stars. */
export interface Parameters {
  readonly names: readonly { readonly name: string; readonly fallback: Expression | null }[];
  readonly keywordOnly: readonly { readonly name: string; readonly fallback: Expression | null }[];
  readonly rest: string | null;
  readonly keywords: string | null;
}

export type Statement = { readonly line: number } & (
  | { readonly kind: "expression"; readonly value: Expression }
  | { readonly kind: "assign"; readonly targets: readonly Expression[]; readonly value: Expression }
  | { readonly kind: "augment"; readonly operator: string; readonly target: Expression; readonly value: Expression }
  | { readonly kind: "return"; readonly value: Expression | null }
  | { readonly kind: "raise"; readonly error: Expression | null }
  | { readonly kind: "assert"; readonly test: Expression; readonly message: Expression | null }
  | { readonly kind: "delete"; readonly targets: readonly Expression[] }
  | { readonly kind: "pass" | "break" | "continue" }
  | { readonly kind: "scope"; readonly names: readonly string[]; readonly level: "global" | "nonlocal" }
  | { readonly kind: "import"; readonly path: string; readonly alias: string | null }
  | { readonly kind: "from"; readonly path: string; readonly names: readonly (readonly [string, string])[] }
  | { readonly kind: "if"; readonly test: Expression; readonly whenTrue: Block; readonly otherwise: Block }
  | { readonly kind: "while"; readonly test: Expression; readonly body: Block; readonly otherwise: Block }
  | {
      readonly kind: "for";
      readonly target: Expression;
      readonly items: Expression;
      readonly body: Block;
      readonly otherwise: Block;
    }
  | {
      readonly kind: "try";
      readonly body: Block;
      readonly handlers: readonly Handler[];
      readonly otherwise: Block;
      readonly last: Block;
    }
  | { readonly kind: "with"; readonly manager: Expression; readonly target: Expression | null; readonly body: Block }
  | {
      readonly kind: "def";
      readonly name: string;
      readonly parameters: Parameters;
      readonly body: Block;
      /** Whether it yields. */
      readonly isGenerator: boolean;
      readonly decorators: readonly Expression[];
    }
  | {
      readonly kind: "class";
      readonly name: string;
      readonly bases: readonly Expression[];
      readonly body: Block;
      readonly decorators: readonly Expression[];
    }
);

export type Block = readonly Statement[];

/** `except type as name:`. */
export interface Handler {
  readonly type: Expression | null;
  readonly name: string | null;
  readonly body: Block;
}
