/** Tells Jupyter about the kernel: writes its kernelspec. */
import { copyFileSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { packageFolder } from "./package-info.ts";

/** The name by which Jupyter and notebooks know the kernel. */
export const KERNEL_NAME = "theanotes";

export interface InstallOptions {
  /** Installs below `<prefix>/share/jupyter`, as into a Python environment. Without it: for the present user. */
  readonly prefix?: string | undefined;
  /** The Node that runs the kernel; this one unless another is named. */
  readonly node?: string | undefined;
}

const LOGOS = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];

/**
 * Writes the kernelspec and returns its folder. Where an earlier one is, it is replaced.
 * Throws the file system's error when the folder cannot be written.
 */
export function installKernelspec({ prefix, node = process.execPath }: InstallOptions = {}): string {
  const data = prefix === undefined ? userDataFolder() : join(prefix, "share", "jupyter");
  const folder = join(data, "kernels", KERNEL_NAME);
  mkdirSync(folder, { recursive: true });
  const spec = {
    argv: [node, ...entryArguments(), "{connection_file}"],
    display_name: "TypeScript (Theanotes)",
    language: "typescript",
    interrupt_mode: "message",
    metadata: { debugger: false },
  };
  writeFileSync(join(folder, "kernel.json"), `${JSON.stringify(spec, null, 2)}\n`);
  for (const logo of LOGOS) copyFileSync(join(packageFolder(), "logo", logo), join(folder, logo));
  return folder;
}

/** The kernel beside this file: compiled if this is, else its sources, which need the condition that selects sources. */
function entryArguments(): string[] {
  const isSource = import.meta.url.endsWith(".ts");
  const entry = fileURLToPath(new URL(isSource ? "./main.ts" : "./main.js", import.meta.url));
  return isSource ? ["--conditions=@theanotes/source", entry] : [entry];
}

/** Where Jupyter looks for a user's own kernels. Source: the documentation of jupyter_core, "Data files". */
function userDataFolder(): string {
  const { JUPYTER_DATA_DIR, APPDATA, XDG_DATA_HOME } = process.env;
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (process.platform === "win32") return join(APPDATA ?? join(homedir(), "AppData", "Roaming"), "jupyter");
  return join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "jupyter");
}

const [, script] = process.argv;
if (script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { prefix: { type: "string" }, node: { type: "string" } } });
  console.log(`Installed the kernelspec "${KERNEL_NAME}" in ${installKernelspec(values)}`);
}
