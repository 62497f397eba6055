/** The compiler at work on a notebook: documents that outlive its process, and questions about them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { FileChange } from "./files.ts";
import { type Checker, type CompilerDiagnostic, type Project, Server, type Type } from "./server.ts";
import type { Node, SourceFile } from "./syntax.ts";

/** A document as the compiler sees it now: its tree, and what there is to ask about it. */
export interface CheckedFile {
  readonly tree: SourceFile;
  readonly checker: Checker;
  syntaxErrors(): Promise<readonly CompilerDiagnostic[]>;
  /** What binding and checking find. */
  semanticErrors(): Promise<readonly CompilerDiagnostic[]>;
  /** The paths of all files of the program. */
  files(): Promise<readonly string[]>;
  /** The types of expressions, in one question. */
  types(nodes: readonly Node[]): Promise<readonly (Type | undefined)[]>;
}

interface OpenDocument {
  readonly text: string;
  readonly version: number;
}

export interface ServiceOptions {
  /** The folder in which the documents seem to lie; relative imports start here. It must exist. */
  readonly folder: string;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  /** The documents to begin with, by file name. */
  readonly documents: Readonly<Record<string, string>>;
}

/** How the names of documents end, so that they are told from the user's files. */
const DOCUMENTS = ["*.theanotes.ts", "*.theanotes.d.ts"];

/** How often to look for a document's new text before giving up; the first look should find it. */
const MAX_LOOKS = 20;

export class TypeScriptService {
  readonly #options: ServiceOptions;
  /** The text of every open document by file name; what a fresh server is told after a crash. */
  readonly #documents = new Map<string, OpenDocument>();
  /**
   * The project's configuration: a file, not a document, and one that includes the documents by their names. Any
   * other document would get a project of its own from the server, with every `@types` package around.
   */
  readonly #config: string;
  readonly #temporary: string;
  readonly #companion: Companion;
  #server: Promise<Server> | null = null;
  #disposed = false;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#temporary = mkdtempSync(join(tmpdir(), "theanotes-"));
    this.#config = join(this.#temporary, "tsconfig.json");
    const include = DOCUMENTS.map((name) => this.#path(name));
    writeFileSync(this.#config, JSON.stringify({ compilerOptions: options.compilerOptions, include }));
    this.#companion = new Companion(join(this.#temporary, "companion"));
    for (const [name, text] of Object.entries(options.documents)) this.#documents.set(name, { text, version: 1 });
    // In the background: the first question waits for it, and hears of a failure.
    this.#connected().catch(() => {});
  }

  /** Resolves when the compiler has loaded the project. */
  async ready(): Promise<void> {
    await this.#connected();
  }

  /** Opens a document, or replaces its text. */
  async write(name: string, text: string): Promise<void> {
    const server = await this.#connected();
    const known = this.#documents.get(name);
    if (known?.text === text) return;
    const document = { text, version: (known?.version ?? 0) + 1 };
    this.#documents.set(name, document);
    if (known) {
      server.rpc.notify("textDocument/didChange", changing(this.uri(name), document));
      server.rpc.notify("textDocument/didChange", this.#companion.change());
    } else {
      server.rpc.notify("textDocument/didOpen", opening(this.uri(name), document));
    }
  }

  async close(name: string): Promise<void> {
    const server = await this.#connected();
    if (this.#documents.delete(name)) {
      server.rpc.notify("textDocument/didClose", { textDocument: { uri: this.uri(name) } });
    }
  }

  /** Writes a document and returns what the compiler makes of it. */
  async check(name: string, text: string): Promise<CheckedFile> {
    await this.write(name, text);
    const server = await this.#connected();
    const path = this.#path(name);
    for (let look = 0; look < MAX_LOOKS; look++) {
      await server.barrier();
      const project = await server.update();
      const tree = await project.program.getSourceFile(path);
      if (tree?.text === text) return new ProjectFile(project, path, tree);
    }
    throw new Error("TypeScript's language service does not take in the cell's text.");
  }

  /** Tells the compiler about files that changed on disk. */
  async filesChanged(changes: readonly FileChange[]): Promise<void> {
    if (changes.length === 0) return;
    const server = await this.#connected();
    server.rpc.notify("workspace/didChangeWatchedFiles", {
      changes: changes.map(({ path, type }) => ({ uri: pathToFileURL(path).href, type })),
    });
  }

  /** Asks the language server about a document. Lines and characters are 0-based. */
  async ask(method: string, params: object): Promise<unknown> {
    const server = await this.#connected();
    return server.rpc.request(method, params);
  }

  /** Waits for work that asks the compiler; rejects when the compiler ends meanwhile, as no answer comes then. */
  async whileAlive<Result>(work: () => Promise<Result>): Promise<Result> {
    const server = await this.#connected();
    return server.whileAlive(work);
  }

  /** The compiler's process. */
  async processId(): Promise<number | undefined> {
    return (await this.#connected()).processId;
  }

  uri(name: string): string {
    return pathToFileURL(this.#path(name)).href;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const server = await this.#server?.catch(() => null);
    this.#server = null;
    await server?.stop();
    rmSync(this.#temporary, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.#options.folder, name).replaceAll("\\", "/");
  }

  #connected(): Promise<Server> {
    if (this.#disposed) return Promise.reject(new Error("TypeScript's language service has been stopped."));
    this.#server ??= this.#start();
    return this.#server;
  }

  #start(): Promise<Server> {
    const starting = Server.start({
      folder: this.#options.folder,
      config: this.#config.replaceAll("\\", "/"),
      openings: [this.#companion.open(), ...[...this.#documents].map(([name, each]) => opening(this.uri(name), each))],
    });
    const forget = () => {
      // The next question starts another one.
      if (this.#server === starting) this.#server = null;
    };
    starting.then((server) => server.ended.then(forget), forget);
    return starting;
  }
}

/**
 * A document without meaning that changes with every other one. When a single document changes, the server reads all
 * packages around in the background, for names to import: seconds of work and 300 MB that nobody asked for. It has a
 * project of its own, since the cells' is brought up to date quickest when one of its files has changed.
 */
class Companion {
  readonly #uri: string;
  #document: OpenDocument = { text: "", version: 1 };

  /** @param folder a folder to be made for it. */
  constructor(folder: string) {
    const name = "companion.ts";
    mkdirSync(folder);
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { noLib: true, types: [] }, files: [name] }),
    );
    this.#uri = pathToFileURL(join(folder, name)).href;
  }

  open(): object {
    return opening(this.#uri, this.#document);
  }

  change(): object {
    const version = this.#document.version + 1;
    this.#document = { text: `// ${version}`, version };
    return changing(this.#uri, this.#document);
  }
}

/** What `textDocument/didOpen` says. */
function opening(uri: string, { text, version }: OpenDocument): object {
  return { textDocument: { uri, languageId: "typescript", version, text } };
}

/** What `textDocument/didChange` says. */
function changing(uri: string, { text, version }: OpenDocument): object {
  return { textDocument: { uri, version }, contentChanges: [{ text }] };
}

class ProjectFile implements CheckedFile {
  readonly tree: SourceFile;
  readonly #project: Project;
  readonly #path: string;

  constructor(project: Project, path: string, tree: SourceFile) {
    this.#project = project;
    this.#path = path;
    this.tree = tree;
  }

  get checker(): Checker {
    return this.#project.checker;
  }

  syntaxErrors(): Promise<readonly CompilerDiagnostic[]> {
    return this.#project.program.getSyntacticDiagnostics(this.#path);
  }

  async semanticErrors(): Promise<readonly CompilerDiagnostic[]> {
    const { program } = this.#project;
    const found = await Promise.all([
      program.getBindDiagnostics(this.#path),
      program.getSemanticDiagnostics(this.#path),
    ]);
    return found.flat();
  }

  files(): Promise<readonly string[]> {
    return this.#project.program.getSourceFileNames();
  }

  async types(nodes: readonly Node[]): Promise<readonly (Type | undefined)[]> {
    return nodes.length > 0 ? this.checker.getTypeAtLocation(nodes) : [];
  }
}
