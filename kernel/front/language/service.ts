/**
 * The door to TypeScript's native compiler: one `tsc --lsp` process, spoken to in two ways.
 *
 * Documents, completion and hover go through the Language Server Protocol; syntax trees, types and diagnostics
 * through the compiler's API, on a session of the same server, so that there is one program in one process and
 * nothing blocks. The API is unstable in name: TypeScript is pinned, and nothing else imports it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
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
  /** The types of expressions, in one question. */
  types(nodes: readonly Node[]): Promise<readonly (Type | undefined)[]>;
}

export interface ServiceOptions {
  /** The folder in which the documents seem to lie; relative imports start here. It must exist. */
  readonly folder: string;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  /** Documents that are part of the program without being imported, by file name. */
  readonly roots: Readonly<Record<string, string>>;
}

const CONFIG = "theanotes.tsconfig.json";

/** How often to look for a document's new text: the two channels into the server are not ordered. */
const MAX_LOOKS = 200;

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
  readonly #documents = new Map<string, { text: string; version: number }>();
  #server: Promise<Server> | null = null;
  #disposed = false;

  constructor(options: ServiceOptions) {
    this.#options = options;
    const config = { compilerOptions: options.compilerOptions, files: Object.keys(options.roots) };
    this.#documents.set(CONFIG, { text: JSON.stringify(config), version: 1 });
    for (const [name, text] of Object.entries(options.roots)) this.#documents.set(name, { text, version: 1 });
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
      server.rpc.notify("textDocument/didChange", {
        textDocument: { uri: this.uri(name), version: document.version },
        contentChanges: [{ text }],
      });
    } else {
      server.rpc.notify("textDocument/didOpen", this.#opening(name, document));
    }
  }

  async close(name: string): Promise<void> {
    const server = await this.#connected();
    if (this.#documents.delete(name)) {
      server.rpc.notify("textDocument/didClose", { textDocument: { uri: this.uri(name) } });
    }
  }

  /** Writes a root document and returns what the compiler makes of it. */
  async check(name: string, text: string): Promise<CheckedFile> {
    await this.write(name, text);
    const server = await this.#connected();
    const path = this.#path(name);
    for (let look = 0; look < MAX_LOOKS; look++) {
      const project = await server.update();
      const tree = await project.program.getSourceFile(path);
      if (tree?.text === text) return new ProjectFile(project, path, tree);
    }
    throw new Error("TypeScript's language service does not take in the cell's text.");
  }

  /** Asks the language server about a document. Lines and characters are 0-based. */
  async ask(method: string, params: object): Promise<unknown> {
    const server = await this.#connected();
    return server.rpc.request(method, params);
  }

  uri(name: string): string {
    return pathToFileURL(this.#path(name)).href;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const server = await this.#server?.catch(() => null);
    this.#server = null;
    await server?.stop();
  }

  #path(name: string): string {
    return join(this.#options.folder, name).replaceAll("\\", "/");
  }

  #opening(name: string, document: { readonly text: string; readonly version: number }): object {
    const languageId = name.endsWith(".json") ? "json" : "typescript";
    return { textDocument: { uri: this.uri(name), languageId, ...document } };
  }

  #connected(): Promise<Server> {
    if (this.#disposed) return Promise.reject(new Error("TypeScript's language service has been stopped."));
    this.#server ??= this.#start();
    return this.#server;
  }

  async #start(): Promise<Server> {
    const server = await Server.start(this.#options.folder, () => {
      // The next question starts another one.
      this.#server = null;
    });
    for (const [name, document] of this.#documents) {
      server.rpc.notify("textDocument/didOpen", this.#opening(name, document));
    }
    await server.open(this.#path(CONFIG));
    return server;
  }
}

/** A running compiler with its two connections. */
class Server {
  readonly rpc: RpcConnection;
  readonly #child: ChildProcess;
  readonly #api: API<true>;
  #config = "";
  #snapshot: Snapshot | null = null;

  private constructor(child: ChildProcess, rpc: RpcConnection, api: API<true>) {
    this.#child = child;
    this.rpc = rpc;
    this.#api = api;
  }

  static async start(folder: string, ended: () => void): Promise<Server> {
    const child = spawn(compilerPath(), ["--lsp", "--stdio"], { stdio: ["pipe", "pipe", "ignore"], cwd: folder });
    const rpc = new RpcConnection(child.stdout, child.stdin, answerServer);
    child.once("error", (error) => {
      rpc.close(new Error(`TypeScript's compiler could not be started: ${error.message}`));
      ended();
    });
    child.once("exit", () => {
      rpc.close(new Error("TypeScript's language service has ended; the next cell starts it again."));
      ended();
    });
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
    return new Server(child, rpc, await API.fromLSPConnection({ pipe: session.pipe }));
  }

  /** Loads the project whose configuration is the open document `config`. */
  async open(config: string): Promise<void> {
    this.#config = config;
    for (let look = 0; look < MAX_LOOKS; look++) {
      this.#snapshot = await this.#api.updateSnapshot({ openProjects: [config] });
      if (this.#snapshot.getProject(config)) return;
    }
    throw new Error("TypeScript's language service could not load the notebook's project.");
  }

  /** The program with all changes taken in so far. */
  async update(): Promise<Project> {
    const previous = this.#snapshot;
    const snapshot = await this.#api.updateSnapshot();
    this.#snapshot = snapshot;
    await previous?.dispose();
    const project = snapshot.getProject(this.#config);
    if (!project) throw new Error("TypeScript's language service has lost the notebook's project.");
    return project;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    await this.#api.close().catch(() => {});
    this.#child.kill();
    await ended;
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

  async types(nodes: readonly Node[]): Promise<readonly (Type | undefined)[]> {
    return nodes.length > 0 ? this.checker.getTypeAtLocation(nodes) : [];
  }
}
