import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { ISessionContext } from "@jupyterlab/apputils";
import { Token } from "@lumino/coreutils";
import { ConfigConnection, type IConfigConnection } from "./connection.ts";

/** Finds the configuration of the kernel behind a notebook. */
export interface IKernelLink {
  /** The one connection of a session; it lasts as long as the session. */
  connectionOf(context: ISessionContext): IConfigConnection;
}

/** The token under which other plugins ask for the {@link IKernelLink}. */
export const IKernelLink = new Token<IKernelLink>(
  "@theanotes/jupyterlab:IKernelLink",
  "The live configuration of Theanotes kernels.",
);

class KernelLink implements IKernelLink {
  readonly #connections = new WeakMap<ISessionContext, ConfigConnection>();

  connectionOf(context: ISessionContext): IConfigConnection {
    let connection = this.#connections.get(context);
    if (connection === undefined) {
      connection = new ConfigConnection(context);
      this.#connections.set(context, connection);
    }
    return connection;
  }
}

/** Provides the {@link IKernelLink}. */
export const linkPlugin: JupyterFrontEndPlugin<IKernelLink> = {
  id: "@theanotes/jupyterlab:link",
  description: "Connects notebooks to the configuration of their Theanotes kernels.",
  autoStart: true,
  provides: IKernelLink,
  activate: () => new KernelLink(),
};
