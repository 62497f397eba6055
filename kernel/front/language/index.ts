/** TypeScript as the kernel's language. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { MagicSpec } from "../../messages.ts";
import { CELL_DOCUMENT, CellCompiler, type CompiledCell } from "./compiler.ts";
import { completeness } from "./completeness.ts";
import { ownDiagnostic } from "./diagnostics.ts";
import { Editor, PROBE_DOCUMENT } from "./editor.ts";
import { GLOBALS, GLOBALS_DOCUMENT } from "./globals.ts";
import { compilerVersion } from "./installed.ts";
import type { Compiled, Completeness, Completion, Language } from "./language.ts";
import { TypeScriptService } from "./service.ts";
import { Session } from "./session.ts";

export interface LanguageOptions {
  /** The notebook's folder: imports of cells start here. It must exist. */
  readonly cwd: string;
  /** The file that declares `@theanotes/runtime`; by default the installed package's. */
  readonly runtimeTypes?: string;
}

/** Starts the TypeScript service in the background and returns the language at once. */
export function createLanguage(options: LanguageOptions): Language {
  return new TypeScriptLanguage(options);
}

/** The number of a cell that is an expression of `user_expressions`: no cell has it. */
const EXPRESSION_CELL = 0;

class TypeScriptLanguage implements Language {
  readonly name = "typescript";
  readonly version = compilerVersion();
  readonly #service: TypeScriptService;
  readonly #session = new Session();
  readonly #compiler: CellCompiler;
  readonly #editor: Editor;
  /** Cells that compiled and have not run yet. */
  readonly #pending = new Map<number, CompiledCell>();
  #magics: ReadonlyMap<string, MagicSpec> = new Map();
  /** The last piece of work; what uses the cell's document is done one after another. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: LanguageOptions) {
    this.#service = new TypeScriptService({
      folder: options.cwd,
      compilerOptions: compilerOptions(options.runtimeTypes ?? runtimeTypes()),
      documents: { [GLOBALS_DOCUMENT]: GLOBALS, [CELL_DOCUMENT]: "", [PROBE_DOCUMENT]: "" },
    });
    this.#compiler = new CellCompiler(this.#service, this.#session, options.cwd);
    this.#editor = new Editor(this.#service, this.#session);
  }

  useMagics(magics: readonly MagicSpec[]): void {
    this.#magics = new Map(magics.map((each) => [each.name, each]));
  }

  compile(code: string, cell: number): Promise<Compiled> {
    return this.#inTurn(async () => {
      const { result, compiled } = await this.#compiler.compile(code, cell, this.#magics);
      if (compiled) this.#pending.set(cell, compiled);
      return result;
    }).catch(failed);
  }

  compileExpression(code: string): Promise<Compiled> {
    return this.#inTurn(() => this.#compiler.compileExpression(code, EXPRESSION_CELL)).catch(failed);
  }

  commit(cell: number): void {
    const compiled = this.#pending.get(cell);
    this.#pending.delete(cell);
    if (!compiled || compiled.names.length === 0) return;
    const file = `cell-${cell}.theanotes.ts`;
    const { module, unused } = this.#session.commit(file, compiled.document, compiled.names, compiled.prelude);
    // In turn, so that the module is there before a cell that was compiled later looks for it.
    void this.#inTurn(async () => {
      await this.#service.write(module.file, module.text);
      for (const each of unused) await this.#service.close(each);
    }).catch(() => {});
  }

  reset(): void {
    this.#pending.clear();
    const files = this.#session.reset();
    void this.#inTurn(async () => {
      for (const file of files) await this.#service.close(file);
    }).catch(() => {});
  }

  complete(code: string, offset: number): Promise<Completion> {
    return this.#editor.complete(code, offset, this.#magics);
  }

  inspect(code: string, offset: number, detail: 0 | 1): Promise<Record<string, string> | null> {
    return this.#editor.inspect(code, offset, detail, this.#magics);
  }

  isComplete(code: string): Promise<Completeness> {
    return this.#inTurn(() => completeness(code, this.#magics, this.#service));
  }

  dispose(): Promise<void> {
    return this.#service.dispose();
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#work.then(() => this.#service.whileAlive(work));
    this.#work = result.catch(() => {});
    return result;
  }
}

/** When the compiler itself fails, the cell does not run either, and its user hears why. */
function failed(error: Error): Compiled {
  return { ok: false, errors: [ownDiagnostic("", 0, 0, error.message)] };
}

/** How cells are checked: strictly, as modules of their folder, for Node. */
function compilerOptions(runtime: string): Record<string, unknown> {
  return {
    target: "esnext",
    lib: ["esnext"],
    module: "esnext",
    moduleResolution: "bundler",
    moduleDetection: "force",
    allowImportingTsExtensions: true,
    allowJs: true,
    resolveJsonModule: true,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [nodeTypeRoot()],
    paths: { "@theanotes/runtime": [runtime] },
  };
}

/** The folder of `@types/node` as this package sees it, so that notebooks anywhere know Node. */
function nodeTypeRoot(): string {
  return dirname(dirname(createRequire(import.meta.url).resolve("@types/node/package.json")));
}

/**
 * The declarations of the runtime: the built ones where there are any, else its sources. Built ones say what sources
 * leave to be inferred, anew for each cell: 6 against 120 ms for a cell with an operator.
 */
function runtimeTypes(): string {
  // With the condition `@theanotes/source` this is the source itself, beside the folder of what is built from it.
  const entry = createRequire(import.meta.url).resolve("@theanotes/runtime");
  const folder = entry.endsWith(".ts") ? dirname(entry) : dirname(dirname(entry));
  const built = join(folder, "dist", "index.d.ts");
  return existsSync(built) ? built : join(folder, "index.ts");
}
