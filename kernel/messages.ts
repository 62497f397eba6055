/**
 * What the two processes of a kernel say to each other.
 *
 * `front` owns the sockets and the language service; `engine` runs user code. Messages travel over two pipes of
 * their own (`pipe.ts`), what user code writes to stdout and stderr over the engine's ordinary ones (`marks.ts`).
 */

/** A MIME bundle: MIME type to text, or to plain JSON for `…+json` types. */
export type MimeBundle = Record<string, unknown>;

/** What a display shows: its data, and metadata per MIME type. */
export interface DisplayData {
  readonly data: MimeBundle;
  readonly metadata: Record<string, unknown>;
}

/** A cell after compilation: JavaScript that the engine can run. */
export interface CellProgram {
  /** The number shown beside the cell; the program's source name is `cell-<cell>.ts`. */
  readonly cell: number;
  /** The cell as the user wrote it, for code frames. */
  readonly source: string;
  /** Declarations that put the cell's top-level names into V8's REPL scope (`let a, f;`), or "". */
  readonly hoist: string;
  /** One JavaScript expression: a function of no arguments that runs the cell and returns its last value. */
  readonly body: string;
  /** Per line of `body`: `[generated column, original column, original line]` (0-based) where text was inserted or removed. Lines without edits are absent. */
  readonly columns: ColumnMap;
}

/** The name under which stack traces and diagnostics know a cell. */
export function cellFile(cell: number): string {
  return `cell-${cell}.ts`;
}

/** For a 0-based line of the generated text, the points from which columns map to an original place. */
export type ColumnMap = Readonly<Record<number, readonly ColumnPoint[]>>;
export interface ColumnPoint {
  readonly generatedColumn: number;
  readonly line: number;
  readonly column: number;
}

/** An error as front ends show it. */
export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** A magic, as the front's cell compiler and completion need to know it. */
export interface MagicSpec {
  readonly name: string;
  /** Where it may stand: alone on a line (`%name`), first in a cell (`%%name`), or both. */
  readonly where: "line" | "cell" | "both";
  /** `text`: the rest of the line as it is. `expression`: the rest of the line is TypeScript and is evaluated. */
  readonly argument: "text" | "expression";
  /** Markdown; the first line is a summary. */
  readonly doc: string;
  /** Words offered when completing the argument (flag names, mode names …). */
  readonly words: readonly string[];
}

export type ToEngine =
  | {
      readonly type: "execute";
      readonly request: string;
      readonly program: CellProgram;
      readonly silent: boolean;
      readonly allowStdin: boolean;
    }
  /** Programs of `user_expressions`; answered by `evaluated`. */
  | { readonly type: "evaluate"; readonly request: string; readonly programs: Readonly<Record<string, CellProgram>> }
  /** Stop what is running, whatever it is; the request, if there is one, ends as `interrupted`. */
  | { readonly type: "interrupt" }
  /** The answer to an `input` question. */
  | { readonly type: "input"; readonly value: string }
  /** Answered by `handled` when the comm's handler has returned. */
  | (CommMessage & { readonly request: string });

export interface CommMessage {
  readonly type: "comm";
  readonly kind: "open" | "msg" | "close";
  readonly id: string;
  readonly target: string;
  readonly data: unknown;
}

export type Outcome =
  | { readonly status: "ok"; readonly result: DisplayData | null }
  | { readonly status: "error"; readonly error: CellError }
  | { readonly status: "interrupted"; readonly error: CellError };

export type FromEngine =
  /** `comms`: the comm targets that the engine serves. */
  | { readonly type: "ready"; readonly magics: readonly MagicSpec[]; readonly comms: readonly string[] }
  | {
      readonly type: "display";
      readonly request: string;
      readonly display: DisplayData;
      readonly displayId: string | null;
      readonly update: boolean;
    }
  | { readonly type: "clear"; readonly request: string; readonly wait: boolean }
  | { readonly type: "page"; readonly request: string; readonly data: MimeBundle }
  | { readonly type: "input"; readonly request: string; readonly prompt: string; readonly password: boolean }
  | { readonly type: "finished"; readonly request: string; readonly outcome: Outcome }
  | { readonly type: "evaluated"; readonly request: string; readonly results: Readonly<Record<string, Outcome>> }
  | { readonly type: "handled"; readonly request: string }
  | (CommMessage & { readonly request: string })
  /** Says nothing: what was written to one of stdout and stderr comes before what is written next to the other. */
  | { readonly type: "turn" }
  /** Keeps a place for a display that is still being made; a message of the same order, without marks, will take it. */
  | { readonly type: "reserved" };

/**
 * A message with its place among the engine's outputs: it counts as said only when the mark with the same `order`
 * has come through both stdout and stderr (`marks.ts`), and nothing written behind that mark is shown before it.
 */
export interface Ordered {
  readonly order: number;
  readonly message: FromEngine;
}

/** The global the compiled cells and the engine share; a symbol, so that no user name can clash with it. */
export const KERNEL_SYMBOL = "theanotes.kernel";

/** What compiled cells may call, under `globalThis[Symbol.for(KERNEL_SYMBOL)]`. */
export interface CellHooks {
  /** Takes over a cell's function; what happens to its promise is the engine's business. */
  run(cell: number, body: () => unknown): void;
  /** Stands for every `import`, static or dynamic, of a cell; resolves from the notebook's folder. */
  import(specifier: string): Promise<unknown>;
  /** `%name argument`. `value` evaluates the argument when the magic's argument is an expression. */
  magic(name: string, argument: string, value?: () => unknown): unknown;
  /** `%%name argument` around the rest of the cell. */
  cellMagic(name: string, argument: string, body: () => unknown): unknown;
}
