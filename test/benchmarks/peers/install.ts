/** Installing peers, each once, into the benchmark's own folder. What cannot be installed is a reason, not an error. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Peer } from "./peer.ts";
import { binOf, NODE_FOLDER, PYTHON, VENV } from "./places.ts";

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Those of the C backend (`runtime/backend/c/toolchain.ts`), at its best. */
const C_FLAGS = [
  ...["-O2", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fopenmp-simd"],
  ...["-mprefer-vector-width=512", "-fPIC", "-shared", "-w"],
];

/** Makes a peer ready to be started. null: it is; a text: why it cannot be. */
export function installed(peer: Peer, tell: (what: string) => void): string | null {
  try {
    switch (peer.from) {
      case "own":
        return null;
      case "gcc":
        buildReference();
        return null;
      case "pypi":
        installPython(peer.name, tell);
        return null;
      case "npm":
        installNode(tell);
        return null;
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The C programs, rebuilt each time: that takes two seconds. @throws Error with the compiler's first words. */
export function buildReference(): string {
  const library = binOf("reference.so");
  mkdirSync(dirname(library), { recursive: true });
  run("gcc", [...C_FLAGS, here("c/reference.c"), "-o", library, "-lm"]);
  return library;
}

/** Packages of one peer, of the versions in `python/PEER.txt`, which name all that they need. */
function installPython(name: string, tell: (what: string) => void): void {
  const list = here(`python/${name}.txt`);
  const stamp = join(VENV, `${name}.installed`);
  const wanted = readFileSync(list, "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  if (!existsSync(PYTHON)) {
    tell("making a Python environment");
    run("python3", ["-m", "venv", VENV]);
  }
  tell(`installing ${name} from PyPI`);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"];
  // Without what packages ask for: PyTorch's asks for gigabytes that only a GPU can use.
  run(PYTHON, [...pip, "--no-deps", "-r", list]);
  if (name === "torch" && process.platform === "linux") {
    const packages = run(PYTHON, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).trim();
    run(PYTHON, [here("python/cuda_stubs.py"), packages]);
  }
  writeFileSync(stamp, wanted);
}

/** The packages of `node/package.json`, by its lock. */
function installNode(tell: (what: string) => void): void {
  const stamp = join(NODE_FOLDER, "installed");
  const lock = here("node/package-lock.json");
  const wanted = readFileSync(lock, "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  tell("installing TensorFlow.js and jax-js from npm");
  rmSync(NODE_FOLDER, { recursive: true, force: true });
  mkdirSync(NODE_FOLDER, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) cpSync(here(`node/${file}`), join(NODE_FOLDER, file));
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", NODE_FOLDER]);
  writeFileSync(stamp, wanted);
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined) throw new Error(`${command} cannot be started: ${error.message}`);
  if (status !== 0) {
    const words = stderr.trim().split("\n").slice(-3).join(" ");
    throw new Error(`${command} failed (${status}): ${words}`);
  }
  return stdout;
}
