/**
 * The door to TypeScript's native compiler: one `tsc --lsp` process, spoken to in two ways.
 *
 * Documents, completion and hover go through the Language Server Protocol; syntax trees, types and diagnostics
 * through the compiler's API, on a session of the same server, so that there is one program in one process and
 * nothing blocks. The API is unstable in name: TypeScript is pinned, and nothing else imports it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  API,
  type Checker,
  type Diagnostic as CompilerDiagnostic,
  DiagnosticCategory,
  type Project,
  type Snapshot,
  type Type,
  TypeFlags,
} from "typescript/unstable/async";
import type { FileChange } from "./files.ts";
import { RpcConnection } from "./rpc.ts";
import type { Node, SourceFile } from "./syntax.ts";

export type { Checker, CompilerDiagnostic, Type };
export { DiagnosticCategory, TypeFlags };

const require = createRequire(import.meta.url);

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

/** A request that every server refuses; the refusal comes when what was sent before has been taken in. */
const BARRIER = "$/theanotes/barrier";

/** How often to look for a document's new text before giving up; the first look should find it. */
const MAX_LOOKS = 20;

/** The installed compiler's version. */
export function compilerVersion(): string {
  return (require("typescript/package.json") as { readonly version: string }).version;
}

/**
 * The compiler's executable.
 * @throws {Error} when TypeScript's package for this system is not installed.
 */
function compilerPath(): string {
  const platform = `@typescript/typescript-${process.platform}-${process.arch}`;
  const fromTypescript = createRequire(require.resolve("typescript/package.json"));
  try {
    const folder = dirname(fromTypescript.resolve(`${platform}/package.json`));
    return join(folder, "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
  } catch {
    throw new Error(
      `TypeScript's compiler for this system is missing (npm package ${platform}). ` +
        `Install without leaving out optional dependencies.`,
    );
  }
}

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

interface ServerOptions {
  readonly folder: string;
  /** The path of the project's configuration. */
  readonly config: string;
  /** What `textDocument/didOpen` says of each document. */
  readonly openings: readonly object[];
}

/** A running compiler with its two connections. */
class Server {
  readonly rpc: RpcConnection;
  /** Resolves when the process has ended, with the reason. */
  readonly ended: Promise<Error>;
  readonly #child: ChildProcess;
  readonly #api: API<true>;
  readonly #config: string;
  readonly #waiting = new Set<(reason: Error) => void>();
  #snapshot: Snapshot | null = null;

  private constructor(child: ChildProcess, ended: Promise<Error>, rpc: RpcConnection, api: API<true>, config: string) {
    this.#child = child;
    this.ended = ended;
    this.rpc = rpc;
    this.#api = api;
    this.#config = config;
    void ended.then((reason) => {
      for (const reject of this.#waiting) reject(reason);
    });
  }

  static async start({ folder, config, openings }: ServerOptions): Promise<Server> {
    const child = spawn(compilerPath(), ["--lsp", "--stdio"], {
      stdio: ["pipe", "pipe", "ignore"],
      cwd: folder,
      // Its heap may grow by half before it is collected, not by all: a third less memory at no time to speak of.
      env: { GOGC: "50", ...process.env },
    });
    const rpc = new RpcConnection(child.stdout, child.stdin, answerServer);
    const ended = new Promise<Error>((resolve) => {
      child.once("error", (error) =>
        resolve(new Error(`TypeScript's compiler could not be started: ${error.message}`)),
      );
      child.once("exit", () => resolve(new Error("TypeScript's compiler has ended. The next cell starts it again.")));
    });
    void ended.then((reason) => rpc.close(reason));
    await rpc.request("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(folder).href,
      capabilities: {
        general: { positionEncodings: ["utf-16"] },
        workspace: { configuration: true },
        textDocument: { hover: { contentFormat: ["markdown"] }, completion: { completionItem: {} } },
      },
    });
    rpc.notify("initialized", {});
    const session = (await rpc.request("custom/initializeAPISession", {})) as { readonly pipe: string };
    const api = await API.fromLSPConnection({ pipe: session.pipe });
    const server = new Server(child, ended, rpc, api, config);
    // First the project: documents that come later belong to it.
    server.#snapshot = await api.updateSnapshot({ openProjects: [config] });
    for (const opening of openings) rpc.notify("textDocument/didOpen", opening);
    await server.barrier();
    return server;
  }

  /** Documents and API come through two channels, which are not ordered: this makes the first go before the second. */
  async barrier(): Promise<void> {
    await this.rpc.request(BARRIER, {}).catch((error: Error) => {
      if (this.rpc.closed) throw error;
    });
  }

  /** The program with all changes taken in so far. */
  async update(): Promise<Project> {
    const previous = this.#snapshot;
    const snapshot = await this.#api.updateSnapshot();
    this.#snapshot = snapshot;
    // The client keeps trees that changed meanwhile, when a question of the editor made the server see the change first.
    this.#api.clearSourceFileCache();
    await previous?.dispose();
    const project = snapshot.getProject(this.#config);
    if (!project) throw new Error("TypeScript's language service has lost the notebook's project.");
    return project;
  }

  /** Rejects when the process ends before the work does. */
  whileAlive<Result>(work: () => Promise<Result>): Promise<Result> {
    // Not a race with `ended`, which would keep every piece of work for as long as the process lives.
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const done = () => this.#waiting.delete(reject);
      work().then(resolve, reject).finally(done);
    });
  }

  get processId(): number | undefined {
    return this.#child.pid;
  }

  async stop(): Promise<void> {
    // The session says good-bye first: it cannot to a process that is gone.
    await Promise.race([this.#api.close(), this.ended]).catch(() => {});
    this.#child.kill();
    await this.ended;
  }
}

/** The server asks for editor settings; ours are its defaults, without names from packages nobody imported. */
function answerServer(method: string, params: unknown): unknown {
  if (method !== "workspace/configuration") return null;
  const { items } = params as { readonly items: readonly unknown[] };
  return items.map(() => ({ suggest: { autoImports: false } }));
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
