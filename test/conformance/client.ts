/**
 * A small Jupyter client, written from the protocol's documentation and not from the kernel's code: it starts a kernel,
 * speaks to it over ZeroMQ, and keeps everything that comes back.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Dealer, Request as RequestSocket, Subscriber } from "zeromq";

type Json = Record<string, unknown>;

/** The fields of all messages that the tests look at; which of them a message has is what the tests are about. */
export interface Content extends Json {
  readonly status?: string;
  readonly execution_state?: string;
  readonly execution_count?: number;
  readonly name?: string;
  readonly text?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
  readonly data?: Readonly<Record<string, string>>;
  readonly user_expressions?: Readonly<Record<string, { readonly status: string }>>;
  readonly matches?: readonly string[];
  readonly metadata?: { readonly _jupyter_types_experimental?: readonly { readonly text: string }[] };
  readonly history?: readonly (readonly [session: number, line: number, entry: unknown])[];
}

/** A message from the kernel. */
export interface KernelMessage {
  readonly type: string;
  /** The id of the request that caused it, or "". */
  readonly parent: string;
  readonly header: Json;
  readonly content: Content;
}

/** What came back for one request. */
export interface Answer {
  readonly reply: KernelMessage;
  /** Everything on iopub from busy to idle, without these two. */
  readonly outputs: readonly KernelMessage[];
  /** From sending to reply, in milliseconds. */
  readonly milliseconds: number;
}

export interface StartOptions {
  /** More variables of the kernel's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The kernel's working folder; a fresh one by default. */
  readonly cwd?: string;
}

const ENTRY = fileURLToPath(new URL("../../kernel/main.ts", import.meta.url));
const DELIMITER = "<IDS|MSG>";
const KEY = "a key for tests";

export class KernelClient {
  readonly process: ChildProcess;
  readonly folder: string;
  /** All messages of iopub, in the order of their arrival. */
  readonly published: KernelMessage[] = [];
  readonly session = randomUUID();
  readonly #identity = `client-${randomUUID()}`;
  readonly #shell = new Dealer({ routingId: this.#identity, linger: 0 });
  readonly #control = new Dealer({ routingId: this.#identity, linger: 0 });
  readonly #stdin = new Dealer({ routingId: this.#identity, linger: 0 });
  readonly #iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  readonly #heartbeat = new RequestSocket({ linger: 0, receiveTimeout: 5000 });
  readonly #replies: KernelMessage[] = [];
  readonly #questions: KernelMessage[] = [];
  readonly #waiters = new Set<() => void>();

  private constructor(process: ChildProcess, folder: string, ports: readonly number[]) {
    this.process = process;
    this.folder = folder;
    const [shell, control, iopub, stdin, heartbeat] = ports.map((port) => `tcp://127.0.0.1:${port}`);
    this.#shell.connect(shell ?? "");
    this.#control.connect(control ?? "");
    this.#iopub.connect(iopub ?? "");
    this.#iopub.subscribe();
    this.#stdin.connect(stdin ?? "");
    this.#heartbeat.connect(heartbeat ?? "");
    void this.#collect(this.#shell, this.#replies);
    void this.#collect(this.#control, this.#replies);
    void this.#collect(this.#stdin, this.#questions);
    void this.#collect(this.#iopub, this.published);
  }

  /** Starts a kernel and waits until it has greeted this client, so that nothing on iopub is missed. */
  static async start({ env = {}, cwd }: StartOptions = {}): Promise<KernelClient> {
    const folder = mkdtempSync(join(tmpdir(), "theanotes-kernel-"));
    const ports = await freePorts(5);
    const [shell_port, control_port, iopub_port, stdin_port, hb_port] = ports;
    const connectionFile = join(folder, "connection.json");
    const address = { transport: "tcp", ip: "127.0.0.1", shell_port, control_port, iopub_port, stdin_port, hb_port };
    writeFileSync(connectionFile, JSON.stringify({ ...address, key: KEY, signature_scheme: "hmac-sha256" }));
    const child = spawn(process.execPath, ["--conditions=@theanotes/source", ENTRY, connectionFile], {
      cwd: cwd ?? folder,
      // A kernel whose test was killed ends by itself.
      env: { ...process.env, JPY_PARENT_PID: String(process.pid), ...env },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const client = new KernelClient(child, folder, ports);
    await client.publication((message) => message.type === "iopub_welcome");
    return client;
  }

  /** Sends a request and returns its id. */
  send(type: string, content: Json = {}, { channel = "shell", key = KEY }: SendOptions = {}): string {
    const id = randomUUID();
    const header = {
      msg_id: id,
      msg_type: type,
      session: this.session,
      username: "test",
      date: new Date().toISOString(),
      version: "5.4",
    };
    const frames = [header, {}, {}, content].map((part) => JSON.stringify(part));
    void this.sendFrames([DELIMITER, sign(key, frames), ...frames], channel);
    return id;
  }

  /** Sends frames as they are, for tests of malformed messages. */
  async sendFrames(frames: readonly string[], channel: SendOptions["channel"] = "shell"): Promise<void> {
    const socket = { shell: this.#shell, control: this.#control, stdin: this.#stdin }[channel ?? "shell"];
    await socket.send([...frames]);
  }

  /** Sends a request and waits for its reply and its idle. */
  async request(type: string, content: Json = {}, options: SendOptions = {}): Promise<Answer> {
    const begin = performance.now();
    const id = this.send(type, content, options);
    const reply = await this.reply(id);
    const milliseconds = performance.now() - begin;
    return { reply, outputs: await this.outputs(id), milliseconds };
  }

  /** Runs a cell. */
  execute(code: string, options: Json = {}): Promise<Answer> {
    return this.request("execute_request", executeContent(code, options));
  }

  /** Sends a cell without waiting for it; returns the request's id. */
  begin(code: string, options: Json = {}): string {
    return this.send("execute_request", executeContent(code, options));
  }

  /** The reply to a request. */
  reply(id: string): Promise<KernelMessage> {
    return this.#find(this.#replies, (message) => message.parent === id, `a reply to ${id}`);
  }

  /** Everything published for a request up to its idle. */
  async outputs(id: string): Promise<readonly KernelMessage[]> {
    await this.publication((message) => message.parent === id && message.content.execution_state === "idle");
    return this.published.filter((message) => message.parent === id && message.type !== "status");
  }

  /** The first message of iopub that matches. */
  publication(matches: (message: KernelMessage) => boolean): Promise<KernelMessage> {
    return this.#find(this.published, matches, "a message on iopub");
  }

  /** The next question to the user. */
  async question(): Promise<KernelMessage> {
    const question = await this.#find(this.#questions, () => true, "an input_request");
    this.#questions.splice(0);
    return question;
  }

  /** Whether any reply to a request has come. */
  hasReply(id: string): boolean {
    return this.#replies.some((message) => message.parent === id);
  }

  async heartbeat(text: string): Promise<string> {
    await this.#heartbeat.send(text);
    const [echo] = await this.#heartbeat.receive();
    return echo?.toString() ?? "";
  }

  /** Interrupts the running cell; settles with the interrupt's own reply. */
  interrupt(): Promise<Answer> {
    return this.request("interrupt_request", {}, { channel: "control" });
  }

  /** Settles when the kernel's process has ended. */
  async exited(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    await new Promise((resolve) => this.process.once("exit", resolve));
  }

  /** Ends the kernel and removes its folder. */
  async close(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.send("shutdown_request", { restart: false }, { channel: "control" });
      await this.exited();
    }
    for (const socket of [this.#shell, this.#control, this.#stdin, this.#iopub, this.#heartbeat]) socket.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #collect(socket: Dealer | Subscriber, into: KernelMessage[]): Promise<void> {
    for await (const frames of socket) {
      into.push(parse(frames));
      for (const waiter of this.#waiters) waiter();
    }
  }

  async #find(list: readonly KernelMessage[], matches: (message: KernelMessage) => boolean, what: string) {
    const deadline = performance.now() + 20_000;
    for (let from = 0; performance.now() < deadline; ) {
      const found = list.slice(from).find(matches);
      if (found) return found;
      from = list.length;
      await this.#nextMessage(deadline - performance.now());
    }
    throw new Error(`Waited 20 seconds for ${what}; iopub: ${this.published.map(({ type }) => type).slice(-20)}`);
  }

  #nextMessage(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiters.delete(done);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#waiters.add(done);
    });
  }
}

export interface SendOptions {
  readonly channel?: "shell" | "control" | "stdin";
  /** The key to sign with. */
  readonly key?: string;
}

/** The joined text of a stream among outputs. */
export function streamText(outputs: readonly KernelMessage[], name: "stdout" | "stderr"): string {
  const parts = outputs.filter(({ type, content }) => type === "stream" && content.name === name);
  return parts.map(({ content }) => content.text ?? "").join("");
}

/** The plain text of the result among outputs, or null. */
export function resultText(outputs: readonly KernelMessage[]): string | null {
  const result = outputs.find(({ type }) => type === "execute_result");
  return result?.content.data?.["text/plain"] ?? null;
}

function executeContent(code: string, options: Json): Json {
  const defaults = {
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
  };
  return { code, ...defaults, ...options };
}

function sign(key: string, frames: readonly string[]): string {
  const hmac = createHmac("sha256", key);
  for (const frame of frames) hmac.update(frame);
  return hmac.digest("hex");
}

/** Reads a message, and throws where its signature is not right. */
function parse(frames: readonly Buffer[]): KernelMessage {
  const texts = frames.map((frame) => frame.toString());
  const delimiter = texts.indexOf(DELIMITER);
  const [signature, ...parts] = texts.slice(delimiter + 1, delimiter + 6);
  if (signature !== sign(KEY, parts)) throw new Error("The kernel sent a message with a wrong signature.");
  const [header, parent, , content] = parts.map((part) => JSON.parse(part));
  return { type: header.msg_type, parent: parent.msg_id ?? "", header, content };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            if (address && typeof address === "object") resolve(address.port);
            else reject(new Error("No port is free."));
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
