/** Runs cells as the engine does, in V8's REPL scope, within the test's own process. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Session as Inspector, type Runtime } from "node:inspector";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type CellHooks, type CellProgram, KERNEL_SYMBOL, type MagicSpec } from "../../../messages.ts";
import { createLanguage } from "../index.ts";
import type { Diagnostic, Language } from "../language.ts";
import { T } from "./runtime.ts";

export const MAGICS: readonly MagicSpec[] = [
  { name: "mode", where: "both", argument: "text", doc: "Shows or sets the mode.", words: ["FAST_RUN", "DebugMode"] },
  { name: "time", where: "both", argument: "expression", doc: "Times an expression.\n\nOnce.", words: [] },
  { name: "theano_flags", where: "line", argument: "text", doc: "Flags.", words: ["floatX", "device"] },
  { name: "profile", where: "cell", argument: "text", doc: "Profiles a cell.", words: [] },
];

/** The diagnostics of a cell that did not compile, as an error. */
export class CellRejected extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((each) => `${each.line}:${each.column} ${each.message}`).join("\n"));
    this.diagnostics = diagnostics;
  }
}

/** A language, a folder of its own, and a stand-in for the engine. */
export class Notebook {
  readonly folder: string;
  readonly language: Language;
  readonly #inspector = new Inspector();
  #cell = 0;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "theanotes-language-"));
    this.language = createLanguage({
      cwd: this.folder,
      runtimeTypes: join(import.meta.dirname, "runtime.ts"),
    });
    this.language.useMagics(MAGICS);
    this.#inspector.connect();
    Reflect.set(globalThis, "T", T);
  }

  writeFile(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  removeFile(name: string): void {
    rmSync(join(this.folder, name));
  }

  /** @throws {CellRejected} when the cell has errors. */
  async compile(code: string): Promise<CellProgram> {
    const compiled = await this.language.compile(code, ++this.#cell);
    if (!compiled.ok) throw new CellRejected(compiled.errors);
    return compiled.program;
  }

  /** Runs a cell and returns its last value. */
  async run(code: string): Promise<unknown> {
    const program = await this.compile(code);
    try {
      return await this.execute(program);
    } finally {
      this.language.commit(program.cell);
    }
  }

  /** The messages about a cell, each with its place; none when it compiles. */
  async errors(code: string): Promise<string[]> {
    const compiled = await this.language.compile(code, ++this.#cell);
    return compiled.ok ? [] : compiled.errors.map((each) => `${each.line}:${each.column} ${each.message}`);
  }

  /** How many characters stand before a program's body on its first line. */
  headLength(program: CellProgram): number {
    return this.#head(program).length;
  }

  /** Runs a program and returns its value. */
  async execute(program: CellProgram): Promise<unknown> {
    let taken: (() => unknown) | undefined;
    const hooks: CellHooks = {
      run: (_cell, body) => {
        taken = body;
      },
      import: (specifier) =>
        import(specifier.startsWith(".") ? pathToFileURL(join(this.folder, specifier)).href : specifier),
      magic: (name, argument, value) => (value ? [name, value()] : `${name}(${argument})`),
      cellMagic: async (name, argument, body) => [name, argument, await body()],
    };
    Reflect.set(globalThis, Symbol.for(KERNEL_SYMBOL), hooks);
    const expression = `${this.#head(program)}${program.body}\n)\n//# sourceURL=cell-${program.cell}.ts`;
    const problem = await new Promise<string | undefined>((resolve, reject) => {
      this.#inspector.post(
        "Runtime.evaluate",
        { expression, replMode: true },
        (error, answer?: Partial<Runtime.EvaluateReturnType>) => {
          if (error) reject(error);
          else resolve(answer?.exceptionDetails?.exception?.description);
        },
      );
    });
    if (!taken) throw new Error(`${problem}\n${expression}`);
    return taken();
  }

  async dispose(): Promise<void> {
    this.#inspector.disconnect();
    await this.language.dispose();
    rmSync(this.folder, { recursive: true });
  }

  #head(program: CellProgram): string {
    return `${program.hoist}globalThis[Symbol.for("${KERNEL_SYMBOL}")].run(${program.cell}, `;
  }
}
