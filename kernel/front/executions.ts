/** Cells: one at a time, in the order in which they came, with all that the protocol promises about them. */
import { interruptedError } from "../interrupted.ts";
import {
  type CellError,
  type CellProgram,
  cellFile,
  type DisplayData,
  type MimeBundle,
  type Outcome,
} from "../messages.ts";
import { type EngineClient, EngineEnded } from "./engine-client.ts";
import { flagField, textEntries, textField } from "./fields.ts";
import type { History } from "./history.ts";
import type { IOPub } from "./iopub.ts";
import type { Language } from "./language/language.ts";
import { renderDiagnostics } from "./language/render.ts";
import type { Request, RequestServer } from "./requests.ts";
import type { JsonObject, Message } from "./wire.ts";

/** The parts of the kernel that a cell needs. */
export interface ExecutionParts {
  readonly iopub: IOPub;
  readonly server: RequestServer;
  readonly engine: EngineClient;
  readonly language: Language;
  readonly history: History;
}

/** The cell that runs. */
interface Run {
  readonly request: Request;
  readonly payload: JsonObject[];
  interrupted: boolean;
  /** The id of the question that the user is being asked. */
  question: string | null;
  /** Tells the user, and the next interrupt, that the cell does not stop. */
  patience: NodeJS.Timeout | null;
  stuck: boolean;
}

/** An interrupted cell that runs on for so long is inside native code. */
const PATIENCE_MS = 4000;

export class Executions {
  readonly #parts: ExecutionParts;
  #waiting: Request[] = [];
  #run: Run | null = null;
  #count = 0;
  /** Cells without history have no number to show; they are told apart by negative ones. */
  #lastUnnumbered = 0;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
  }

  /** Takes an `execute_request`; it is served when those before it are done. */
  push(request: Request): void {
    this.#waiting.push(request);
    if (!this.#run && this.#waiting.length === 1) void this.#serveWaiting();
  }

  /** Whether a cell runs. */
  get busy(): boolean {
    return this.#run !== null;
  }

  /** Stops the running cell. A second call, for one that does not stop, gives up its variables. */
  interrupt(): void {
    const { engine } = this.#parts;
    const run = this.#run;
    if (run?.stuck) engine.kill();
    else engine.interrupt();
    if (!run) return;
    run.interrupted = true;
    run.question = null;
    run.patience ??= setTimeout(() => this.#giveUp(run), PATIENCE_MS);
  }

  /** Shows the engine's question to the user who runs the cell. */
  ask(prompt: string, password: boolean): void {
    if (this.#run) this.#run.question = this.#parts.server.ask(this.#run.request, prompt, password);
  }

  /** Takes an `input_reply`. One that answers an older question, or none, is dropped. */
  answer({ parentHeader, content }: Message): void {
    const run = this.#run;
    if (!run?.question || (parentHeader.msg_id ?? run.question) !== run.question) return;
    run.question = null;
    this.#parts.engine.answer(textField(content, "value"));
  }

  /** Shows a bundle in the pager of the client that runs the cell. */
  page(data: MimeBundle): void {
    this.#run?.payload.push({ source: "page", data, start: 0 });
  }

  async #serveWaiting(): Promise<void> {
    const { server } = this.#parts;
    for (let request = this.#waiting.shift(); request; request = this.#waiting.shift()) {
      const run = { request, payload: [], interrupted: false, question: null, patience: null, stuck: false };
      let aborted: Request[] = [];
      this.#run = run;
      await server.serve(request, async () => {
        const reply = await this.#execute(run);
        if (reply.status === "error" && stopsOnError(request)) aborted = await this.#takeWaiting();
        return reply;
      });
      for (const each of aborted) await server.serve(each, () => this.#abortedReply());
      this.#run = null;
    }
  }

  /**
   * Everything that was sent before this request's reply. What has arrived but is not read yet is read in the
   * event loop's next turn, so two turns are enough, and what the user sends on seeing the error is never lost.
   */
  async #takeWaiting(): Promise<Request[]> {
    await nextTurn();
    await nextTurn();
    return this.#waiting.splice(0);
  }

  #abortedReply(): JsonObject {
    return { status: "aborted", execution_count: this.#count, payload: [], user_expressions: {} };
  }

  async #execute(run: Run): Promise<JsonObject> {
    const { iopub, history } = this.#parts;
    const { content, header } = run.request;
    const code = textField(content, "code");
    const silent = flagField(content, "silent", false);
    const counted = !silent && flagField(content, "store_history", true);
    if (counted) this.#count += 1;
    else this.#lastUnnumbered -= 1;
    const count = this.#count;
    if (!silent) iopub.publish("execute_input", { code, execution_count: count }, header);

    const outcome = await this.#outcome(run, code, counted ? count : this.#lastUnnumbered, silent);
    if (run.patience) clearTimeout(run.patience);
    run.patience = null;
    if (counted) history.add(count, code, outcome.status === "ok" ? plainText(outcome.result) : null);
    const rest = { execution_count: count, payload: run.payload };
    if (outcome.status !== "ok") {
      if (!silent) iopub.error(outcome.error, header);
      return { ...errorContent(outcome.error), ...rest, user_expressions: {} };
    }
    if (!silent && outcome.result) iopub.result(outcome.result, count, header);
    return { status: "ok", ...rest, user_expressions: await this.#userExpressions(run.request) };
  }

  /** Compiles and runs a cell. Whatever goes wrong is the cell's outcome. */
  async #outcome(run: Run, code: string, cell: number, silent: boolean): Promise<Outcome> {
    const { engine, language, iopub } = this.#parts;
    const { content, header } = run.request;
    try {
      // The language learns the magics from the engine, so the first cell waits until it is up.
      await engine.ready();
      const compiled = await language.compile(code, cell);
      if (run.interrupted) return { status: "interrupted", error: interruptedError() };
      if (!compiled.ok) return { status: "error", error: renderDiagnostics(compiled.errors, code, cellFile(cell)) };
      if (compiled.warnings.length > 0) {
        const { traceback } = renderDiagnostics(compiled.warnings, code, cellFile(cell));
        iopub.stream("stderr", `${traceback.join("\n")}\n`, header);
      }
      const allowStdin = flagField(content, "allow_stdin", true);
      const { program } = compiled;
      const outcome = await engine.execute({ type: "execute", request: header.msg_id, program, silent, allowStdin });
      language.commit(cell);
      return outcome;
    } catch (error) {
      return { status: "error", error: kernelError(error) };
    }
  }

  async #userExpressions({ content, header }: Request): Promise<JsonObject> {
    const { engine, language } = this.#parts;
    const results: JsonObject = {};
    const programs: Record<string, CellProgram> = {};
    for (const [name, code] of textEntries(content, "user_expressions")) {
      const compiled = await language.compileExpression(code);
      if (compiled.ok) programs[name] = compiled.program;
      else results[name] = errorContent(renderDiagnostics(compiled.errors, code, name));
    }
    if (Object.keys(programs).length === 0) return results;
    try {
      const outcomes = await engine.evaluate({ type: "evaluate", request: header.msg_id, programs });
      for (const [name, outcome] of Object.entries(outcomes)) results[name] = expressionContent(outcome);
    } catch (error) {
      for (const name of Object.keys(programs)) results[name] = errorContent(kernelError(error));
    }
    return results;
  }

  #giveUp(run: Run): void {
    run.stuck = true;
    const seconds = PATIENCE_MS / 1000;
    const text =
      `The cell has not stopped within ${seconds} seconds: it is inside native code. ` +
      "It stops when that returns. To stop it now, interrupt it again; all variables will be lost.\n";
    this.#parts.iopub.stream("stderr", text, run.request.header);
  }
}

function stopsOnError({ content }: Request): boolean {
  return !flagField(content, "silent", false) && flagField(content, "stop_on_error", true);
}

function errorContent({ ename, evalue, traceback }: CellError): JsonObject {
  return { status: "error", ename, evalue, traceback };
}

function expressionContent(outcome: Outcome): JsonObject {
  if (outcome.status !== "ok") return errorContent(outcome.error);
  const { data, metadata } = outcome.result ?? { data: { "text/plain": "undefined" }, metadata: {} };
  return { status: "ok", data, metadata };
}

/** An error that is not the cell's own: the engine ended, or the kernel has a fault. */
function kernelError(error: unknown): CellError {
  if (error instanceof EngineEnded) {
    return { ename: error.name, evalue: error.message, traceback: [`${error.name}: ${error.message}`] };
  }
  const { name, message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  return { ename: name, evalue: `${message} (a fault of the kernel, not of the cell)`, traceback: stack.split("\n") };
}

function plainText(result: DisplayData | null): string | null {
  const text = result?.data["text/plain"];
  return typeof text === "string" ? text : null;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
