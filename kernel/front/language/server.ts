/**
 * The door to TypeScript's native compiler: one `tsc --lsp` process, spoken to in two ways.
 *
 * Documents, completion and hover go through the Language Server Protocol; syntax trees, types and diagnostics
 * through the compiler's API, on a session of the same server, so that there is one program in one process and
 * nothing blocks. The API is unstable in name: TypeScript is pinned, and nothing else imports it.
 */
import { type ChildProcess, spawn } from "node:child_process";
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
import { compilerPath } from "./installed.ts";
import { RpcConnection } from "./rpc.ts";

export type { Checker, CompilerDiagnostic, Project, Type };
export { DiagnosticCategory, TypeFlags };

/** A request that every server refuses; the refusal comes when what was sent before has been taken in. */
const BARRIER = "$/theanotes/barrier";

export interface ServerOptions {
  readonly folder: string;
  /** The path of the project's configuration. */
  readonly config: string;
  /** What `textDocument/didOpen` says of each document. */
  readonly openings: readonly object[];
}

/** A running compiler with its two connections. */
export class Server {
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
