/** Compiles cells: magics, names of earlier cells, types, operators on symbolic variables, and the program. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CellProgram, MagicSpec } from "../../messages.ts";
import { CODES, cellDiagnostics, ownDiagnostic } from "./diagnostics.ts";
import { EditedText } from "./edited.ts";
import { type Emitted, emitCell } from "./emit.ts";
import { ImportedFiles } from "./files.ts";
import type { Compiled, Diagnostic } from "./language.ts";
import { type CellMagics, readMagics } from "./magics.ts";
import { type DeclaredName, declaredNames, guessedDeclarations } from "./names.ts";
import { symbolicEdits } from "./operators.ts";
import { scopeNames } from "./scope.ts";
import type { CompilerDiagnostic } from "./server.ts";
import type { CheckedFile, TypeScriptService } from "./service.ts";
import { mentionedNames, type Prelude, type Session } from "./session.ts";
import { blankTypes, lowerSyntax, needsLowering } from "./strip.ts";
import type { Statement } from "./syntax.ts";

/** The document in which a cell is checked; one for all, since cells are compiled one after another. */
export const CELL_DOCUMENT = "cell.theanotes.ts";

const IMPORT = /\bimport\b/;

/** A cell that compiled: what it takes to make its names known once it has run. */
export interface CompiledCell {
  readonly document: EditedText;
  readonly names: readonly DeclaredName[];
  readonly prelude: Prelude;
}

/** A cell's document, checked. */
interface Checked extends CompiledCell {
  readonly file: CheckedFile;
  readonly errors: readonly CompilerDiagnostic[];
}

export class CellCompiler {
  readonly #service: TypeScriptService;
  readonly #session: Session;
  readonly #folder: string;
  readonly #files: ImportedFiles;

  constructor(service: TypeScriptService, session: Session, folder: string) {
    this.#service = service;
    this.#session = session;
    this.#folder = folder;
    this.#files = new ImportedFiles(folder);
  }

  /** Compiles a cell; with `compiled`, hands out what makes its names known. */
  async compile(
    code: string,
    cell: number,
    specs: ReadonlyMap<string, MagicSpec>,
  ): Promise<{ readonly result: Compiled; readonly compiled: CompiledCell | null }> {
    // The compiler's pipe is UTF-8, which has no lone surrogates.
    const source = code.toWellFormed();
    const magics = readMagics(source, specs);
    if (magics.problems.length > 0) {
      const errors = magics.problems.map((each) => ownDiagnostic(source, each.start, each.end, each.message));
      return { result: { ok: false, errors }, compiled: null };
    }
    await this.#service.filesChanged(this.#files.changes(source));
    const typescript = await this.#asExpression(EditedText.of(source).apply(magics.edits));
    const checked = await this.#check(typescript);
    if (IMPORT.test(source)) await this.#watchLocalFiles(checked.file);
    const errors = [...reservedNames(source, checked.names), ...this.#diagnostics(checked)];
    if (errors.length > 0) return { result: { ok: false, errors }, compiled: null };
    const program = await this.#emit(code, cell, checked, magics);
    return { result: { ok: true, program, warnings: [] }, compiled: checked };
  }

  /** Packages and declarations are taken to stay as they are; the user's own files are not. */
  async #watchLocalFiles(file: CheckedFile): Promise<void> {
    const paths = await file.files();
    this.#files.add(
      paths.filter((path) => !path.includes("/node_modules/") && !/\.theanotes\.ts$|\.d\.[cm]?ts$/.test(path)),
    );
  }

  /** Compiles one expression, which may mention every name and declares none. */
  async compileExpression(code: string, cell: number): Promise<Compiled> {
    const source = code.toWellFormed();
    const { result, compiled } = await this.compile(source, cell, new Map());
    if (!compiled) return result;
    if (compiled.names.length > 0) {
      const message = "An expression is expected here, without declarations.";
      return { ok: false, errors: [ownDiagnostic(source, 0, source.length, message)] };
    }
    return result;
  }

  /** A cell that is one pair of braces is an object where it can be one, and a block otherwise. */
  async #asExpression(code: EditedText): Promise<EditedText> {
    const trimmed = code.text.trim();
    if (!trimmed.startsWith("{") || !trimmed.endsWith("}")) return code;
    const start = code.text.indexOf("{");
    const end = code.text.trimEnd().length;
    const wrapped = code.apply([
      { start, end: start, text: "(" },
      { start: end, end, text: ")" },
    ]);
    const file = await this.#service.check(CELL_DOCUMENT, wrapped.text);
    return (await file.syntaxErrors()).length === 0 ? wrapped : code;
  }

  async #check(code: EditedText): Promise<Checked> {
    const mentioned = mentionedNames(code.text);
    let prelude = this.#session.prelude(mentioned, guessedDeclarations(code.text));
    let document = withPrelude(code, prelude);
    let file = await this.#service.check(CELL_DOCUMENT, document.text);
    let names = cellNames(file, prelude);
    // What the cell declares is known for certain only now.
    const exact = this.#session.prelude(mentioned, new Set(names.map((each) => each.name)));
    if (exact.text !== prelude.text) {
      prelude = exact;
      document = withPrelude(code, prelude);
      file = await this.#service.check(CELL_DOCUMENT, document.text);
    }
    const syntax = (await file.syntaxErrors()).filter((each) => each.code !== CODES.unaryBeforePower);
    if (syntax.length > 0) return { document, names, prelude, file, errors: syntax };
    for (;;) {
      const edits = await symbolicEdits(file);
      if (edits.length === 0) break;
      document = document.apply(edits);
      file = await this.#service.check(CELL_DOCUMENT, document.text);
    }
    names = cellNames(file, prelude);
    const [left, semantic] = await Promise.all([file.syntaxErrors(), file.semanticErrors()]);
    const errors = left.length > 0 ? left : semantic;
    return { document, names, prelude, file, errors: errors.filter((each) => each.pos >= prelude.text.length) };
  }

  #diagnostics(checked: Checked): Diagnostic[] {
    return cellDiagnostics(checked.errors, checked.document, (name) => this.#session.kindOf(name));
  }

  async #emit(source: string, cell: number, checked: Checked, magics: CellMagics): Promise<CellProgram> {
    const { document, prelude, file } = checked;
    const declared = new Set(checked.names.filter((each) => each.value).map((each) => each.name));
    const scopeName = scopeNames((name) => declared.has(name) || this.#session.hasValue(name));
    const options = { around: magics.around, importMeta: this.#importMeta(cell), scopeName };
    const start = prelude.text.length;
    if (!needsLowering(file.tree)) {
      const emitted = emitCell(blankTypes(document), cellStatements(file, prelude), { ...options, start });
      return program(source, cell, emitted);
    }
    const lowered = lowerSyntax(document.apply([{ start: 0, end: start, text: "" }]));
    const { tree } = await this.#service.check(CELL_DOCUMENT, lowered.text);
    return program(source, cell, emitCell(lowered, tree.statements, { ...options, start: 0 }));
  }

  #importMeta(cell: number): string {
    const filename = join(this.#folder, `cell-${cell}.ts`);
    return `(${JSON.stringify({ url: pathToFileURL(filename).href, filename, dirname: this.#folder })})`;
  }
}

/** The one name that the kernel's own text in a cell needs. */
function reservedNames(source: string, names: readonly DeclaredName[]): Diagnostic[] {
  const name = "globalThis";
  if (!names.some((each) => each.name === name)) return [];
  const start = source.indexOf(name);
  return [ownDiagnostic(source, start, start + name.length, `The name '${name}' cannot be declared in a cell.`)];
}

function withPrelude(code: EditedText, prelude: Prelude): EditedText {
  return code.apply([{ start: 0, end: 0, text: prelude.text }]);
}

/** The statements of the cell itself: those behind the prelude, whose last character is its line break. */
function cellStatements(file: CheckedFile, prelude: Prelude): readonly Statement[] {
  return file.tree.statements.filter((statement) => statement.pos >= prelude.text.length - 1);
}

function cellNames(file: CheckedFile, prelude: Prelude): DeclaredName[] {
  return declaredNames(cellStatements(file, prelude));
}

function program(source: string, cell: number, emitted: Emitted): CellProgram {
  return { cell, source, hoist: emitted.hoist, body: emitted.body.text, columns: emitted.body.columns() };
}
