import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { venvPython } from "../../scripts/lib/paths.mjs";

const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 10_000;

/** No news, no notices of updates: they would cover a corner of the page, and ask the network. */
const NOTIFICATIONS = { fetchNews: "false", checkForUpdates: false };

/** A JupyterLab of its own: its settings, its workspaces and its notebooks are in a folder that goes away with it. */
export interface LabServer {
  readonly url: string;
  readonly token: string;
  /** Where its notebooks are. */
  readonly folder: string;
  /** Ends the server and its kernels. */
  stop(): Promise<void>;
}

/**
 * Starts JupyterLab on a free port.
 *
 * @throws Error when JupyterLab is not installed or does not come up, with what it printed
 */
export async function startLab(): Promise<LabServer> {
  const python = process.env.THEANOTES_PYTHON ?? venvPython;
  if (!existsSync(python))
    throw new Error(`No Python at ${python}: npm test installs it, THEANOTES_PYTHON names another`);
  const home = await mkdtemp(join(tmpdir(), "theanotes-lab-"));
  const folder = join(home, "notebooks");
  await mkdir(folder);
  await writeSettings(join(home, "settings"));
  const port = await freePort();
  const token = randomBytes(16).toString("hex");
  const server = spawn(python, serverArguments(folder, port, token), { env: environmentIn(home), stdio: "pipe" });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await end(server);
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await untilUp(server, `${url}/api/status?token=${token}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, token, folder, stop };
}

function serverArguments(folder: string, port: number, token: string): string[] {
  return [
    "-m",
    "jupyterlab",
    "--no-browser",
    // Jupyter wants to hear from the superuser, who is all there is in many containers, that it is meant.
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    `--ServerApp.port=${port}`,
    "--ServerApp.port_retries=0",
    `--ServerApp.root_dir=${folder}`,
    `--IdentityProvider.token=${token}`,
  ];
}

function environmentIn(home: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: home,
    JUPYTER_CONFIG_DIR: join(home, "config"),
    JUPYTER_DATA_DIR: join(home, "data"),
    JUPYTER_RUNTIME_DIR: join(home, "runtime"),
    JUPYTERLAB_SETTINGS_DIR: join(home, "settings"),
    JUPYTERLAB_WORKSPACES_DIR: join(home, "workspaces"),
  };
}

async function writeSettings(folder: string): Promise<void> {
  const extension = join(folder, "@jupyterlab", "apputils-extension");
  await mkdir(extension, { recursive: true });
  await writeFile(join(extension, "notification.jupyterlab-settings"), JSON.stringify(NOTIFICATIONS));
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

async function untilUp(server: ChildProcess, statusUrl: string): Promise<void> {
  let printed = "";
  for (const stream of [server.stdout, server.stderr]) stream?.on("data", (text: Buffer) => (printed += text));
  const deadline = Date.now() + START_TIMEOUT;
  while (Date.now() < deadline && server.exitCode === null) {
    const answer = await fetch(statusUrl).catch(() => null);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error(`JupyterLab did not start:\n${printed}`);
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, "exit");
  server.kill("SIGTERM");
  const impatience = setTimeout(() => server.kill("SIGKILL"), STOP_TIMEOUT);
  await exit;
  clearTimeout(impatience);
}
