/** What the protocol asks of a language: the door between `front/` and TypeScript. */
import type { CellProgram, MagicSpec } from "../../messages.ts";

/** A problem in a cell, at a place the user can see. Lines and columns are 1-based, as editors show them. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly code: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export type Compiled =
  | { readonly ok: true; readonly program: CellProgram; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] };

/** One completion; `type` is one of the words JupyterLab colours by (function, method, variable, magic …). */
export interface CompletionItem {
  readonly text: string;
  readonly type: string;
  readonly signature?: string;
}
/** Offsets are UTF-16 code units into the cell; the protocol layer turns them into code points. */
export interface Completion {
  readonly start: number;
  readonly end: number;
  readonly items: readonly CompletionItem[];
}

export type Completeness =
  | { readonly status: "complete" | "invalid" | "unknown" }
  | { readonly status: "incomplete"; readonly indent: string };

export interface Language {
  /** Name and version for `kernel_info`, taken from the compiler itself. */
  readonly name: string;
  readonly version: string;
  /** Learns the magics once the engine has told them. */
  useMagics(magics: readonly MagicSpec[]): void;
  /** Checks and compiles a cell; never throws for bad user code. */
  compile(code: string, cell: number): Promise<Compiled>;
  /** Compiles one expression of `user_expressions`; it declares nothing. */
  compileExpression(code: string): Promise<Compiled>;
  /** Makes the names of a compiled cell known to later cells; called when the cell has run, also when it threw. */
  commit(cell: number): void;
  /** Forgets all names: the engine was restarted. */
  reset(): void;
  complete(code: string, offset: number): Promise<Completion>;
  /** A MIME bundle (`text/plain`, `text/markdown`), or null when there is nothing to say. */
  inspect(code: string, offset: number, detail: 0 | 1): Promise<Record<string, string> | null>;
  isComplete(code: string): Promise<Completeness>;
  dispose(): Promise<void>;
}
