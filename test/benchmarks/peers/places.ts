/** Where the benchmark keeps what it installs, builds and writes: a folder that git does not see. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const CACHE = join(ROOT, ".cache", "bench");

export const VENV = join(CACHE, "venv");
export const PYTHON = join(VENV, "bin", "python");
export const NODE_FOLDER = join(CACHE, "node");
/** Beside it lie the packages from npm. */
export const NODE_PACKAGES = join(NODE_FOLDER, "package.json");

/** A file that the benchmark builds. */
export function binOf(name: string): string {
  return join(CACHE, "bin", name);
}
