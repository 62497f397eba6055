import type { ISessionContext } from "@jupyterlab/apputils";
import type { Kernel } from "@jupyterlab/services";
import { type ISignal, Signal } from "@lumino/signaling";
import type { ConfigCommTarget, Hello, SetFlag, SetResult } from "@theanotes/kernel/comm-config";
import { configCommSchema, read } from "../schemas.ts";
import { type Configuration, follow } from "./configuration.ts";

const TARGET: ConfigCommTarget = "theanotes.config";
const HELLO = { op: "hello", api: 1 } satisfies Hello;
/** What our kernel calls itself in its `kernel_info_reply`. */
const IMPLEMENTATION = "theanotes";

/** How far we are with the kernel behind a notebook. */
export type LinkState =
  /** There is no kernel, or it is not ours, or it does not speak about its configuration. */
  | { readonly status: "absent" }
  /** The kernel starts afresh; this is what it said before. */
  | { readonly status: "restarting"; readonly configuration: Configuration }
  | { readonly status: "connected"; readonly configuration: Configuration };

/** The configuration of the kernel behind one notebook: what it is, and a way to change it. */
export interface IConfigConnection {
  readonly state: LinkState;
  /** Emitted after each change of `state`. */
  readonly changed: ISignal<IConfigConnection, void>;
  /**
   * Sets a flag in the kernel; `state` follows when the kernel has said so.
   *
   * @param value as it would be written in THEANO_FLAGS
   * @throws Error (rejects) with the kernel's own words when it refuses, or when it goes away before it answers
   */
  set(name: string, value: string): Promise<void>;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** Keeps a comm to whatever kernel a session has, over kernel changes and restarts. */
export class ConfigConnection implements IConfigConnection {
  readonly changed = new Signal<this, void>(this);
  readonly #waiting = new Map<number, Waiting>();
  #state: LinkState = { status: "absent" };
  #comm: Kernel.IComm | null = null;
  /** Counts the attempts to connect: what arrives for an earlier one is ignored. */
  #attempt = 0;
  #requests = 0;
  #connectsWhenIdle = false;

  constructor(context: ISessionContext) {
    context.kernelChanged.connect((_, { newValue }) => void this.#connect(newValue));
    context.statusChanged.connect((_, status) => this.#followStatus(status, context.session?.kernel ?? null));
    context.disposed.connect(() => this.#dispose());
    void this.#connect(context.session?.kernel ?? null);
  }

  get state(): LinkState {
    return this.#state;
  }

  set(name: string, value: string): Promise<void> {
    const comm = this.#comm;
    if (comm === null) return Promise.reject(new Error("The kernel is not connected."));
    this.#requests += 1;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.set(this.#requests, { resolve, reject });
    comm.send({ op: "set", req: this.#requests, name, value } satisfies SetFlag);
    return promise;
  }

  async #connect(kernel: Kernel.IKernelConnection | null): Promise<void> {
    this.#disconnect();
    const attempt = this.#attempt;
    const isOurs = kernel?.handleComms && (await kernel.info).implementation === IMPLEMENTATION;
    if (attempt !== this.#attempt) return;
    if (!isOurs) {
      this.#become({ status: "absent" });
      return;
    }
    const comm = kernel.createComm(TARGET);
    this.#comm = comm;
    comm.onMsg = ({ content }) => {
      if (attempt === this.#attempt) this.#receive(comm, content.data);
    };
    comm.onClose = () => {
      if (attempt === this.#attempt) this.#lose();
    };
    comm.open(HELLO);
  }

  /** The kernel starts afresh, or closed the comm. One that closed it before its first word will do so again. */
  #lose(): void {
    this.#disconnect();
    this.#connectsWhenIdle = this.#state.status !== "absent";
    if (this.#state.status === "connected") this.#become({ ...this.#state, status: "restarting" });
  }

  /** Forgets the comm; the kernel's answers to it no longer count. */
  #disconnect(): void {
    this.#attempt += 1;
    this.#comm = null;
    this.#connectsWhenIdle = false;
    for (const { reject } of this.#waiting.values()) reject(new Error("The kernel went away before it answered."));
    this.#waiting.clear();
  }

  #followStatus(status: Kernel.Status, kernel: Kernel.IKernelConnection | null): void {
    switch (status) {
      case "restarting":
      case "autorestarting":
        this.#lose();
        this.#connectsWhenIdle = true;
        return;
      case "dead":
      case "terminating":
        this.#disconnect();
        this.#become({ status: "absent" });
        return;
      case "idle":
        if (this.#connectsWhenIdle) void this.#connect(kernel);
        return;
      default:
    }
  }

  #receive(comm: Kernel.IComm, data: unknown): void {
    const message = read(configCommSchema, data);
    if (message === null) return;
    if (message.op === "result") {
      this.#settle(message);
      return;
    }
    const known = this.#state.status === "connected" ? this.#state.configuration : null;
    const configuration = follow(known, message);
    if (configuration === null) comm.send(HELLO);
    else this.#become({ status: "connected", configuration });
  }

  #settle(result: SetResult): void {
    const waiting = this.#waiting.get(result.req);
    this.#waiting.delete(result.req);
    if (result.ok) waiting?.resolve();
    else waiting?.reject(new Error(result.error));
  }

  #become(state: LinkState): void {
    this.#state = state;
    this.changed.emit();
  }

  #dispose(): void {
    this.#comm?.close();
    this.#disconnect();
    Signal.clearData(this);
  }
}
