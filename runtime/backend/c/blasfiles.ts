/** Where BLAS libraries lie. Only the file system is asked; nothing is started. */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** What decides about where to look. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Folders of the loader. */
  readonly system: readonly string[];
}

/** Those of this process. */
export function surroundings(): Surroundings {
  const { platform, env } = process;
  return { platform, env, cwd: process.cwd(), system: loaderFolders(env) };
}

const ACCELERATE = "/System/Library/Frameworks/Accelerate.framework/Accelerate";
const OPENBLAS = /^lib(scipy_)?openblas.*\.(so|dylib)(\.\d+)*$/;
/** What distributions call the BLAS of the administrator's choice. */
const CHOSEN = /^libblas\.so\.3$/;

/** Libraries that may hold a BLAS, the most welcome first; each file once. */
export function blasCandidates(where: Surroundings): string[] {
  const found = [
    ...(where.platform === "darwin" ? [ACCELERATE] : []),
    ...where.system.flatMap((folder) => filesIn(folder, OPENBLAS)),
    ...pythonRoots(where).flatMap(filesOfPython),
    ...where.system.flatMap((folder) => filesIn(folder, CHOSEN)),
  ];
  return distinct(found);
}

/** The file that the linker's option `-lname` means, or null. */
export function libraryNamed(name: string, folders: readonly string[]): string | null {
  const pattern = new RegExp(`^lib${name.replace(/[^\w-]/g, "\\$&")}\\.(so|dylib)(\\.\\d+)*$`);
  return folders.flatMap((folder) => filesIn(folder, pattern))[0] ?? null;
}

/** The folders in which the loader looks: those of its configuration, and the usual ones. */
function loaderFolders(env: Surroundings["env"]): string[] {
  const configured = readText("/etc/ld.so.conf").concat(
    "\n",
    ...filesIn("/etc/ld.so.conf.d", /\.conf$/).map((file) => `${readText(file)}\n`),
  );
  const lines = configured.split("\n").filter((line) => line.startsWith("/"));
  const own = (env.LD_LIBRARY_PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const usual = ["/usr/local/lib", "/usr/lib64", "/usr/lib", "/lib64", "/lib", "/opt/homebrew/opt/openblas/lib"];
  return distinct([...own, ...lines, ...usual]);
}

/** Environments of Python: the active one, the one beside the notebook, and that of `python3`. */
function pythonRoots({ env, cwd }: Surroundings): string[] {
  const pythons = (env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "python3"))
    .filter((file) => existsSync(file))
    .slice(0, 1)
    .flatMap((file) => [file, realPath(file)]);
  const named = [env.VIRTUAL_ENV, env.CONDA_PREFIX].filter((root) => root !== undefined && root !== "");
  return [...new Set([...named, join(cwd, ".venv"), ...pythons.map((file) => dirname(dirname(file)))])].flatMap(
    (root) => (root === undefined ? [] : [root]),
  );
}

/** Packages carry OpenBLAS beside them; conda has it with the other libraries. */
function filesOfPython(root: string): string[] {
  const sites = ["lib", "lib64"].flatMap((lib) =>
    filesIn(join(root, lib), /^python3/).flatMap((python) => [
      join(python, "site-packages"),
      join(python, "dist-packages"),
    ]),
  );
  const inside = [
    "numpy.libs",
    "numpy/.dylibs",
    "scipy.libs",
    "scipy/.dylibs",
    "scipy_openblas32/lib",
    "scipy_openblas64/lib",
  ];
  const folders = [...sites.flatMap((site) => inside.map((folder) => join(site, folder))), join(root, "lib")];
  return folders.flatMap((folder) => filesIn(folder, OPENBLAS));
}

/** The files of a folder whose names match, in the order of their names. */
function filesIn(folder: string, pattern: RegExp): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => pattern.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Each file or folder once, under the first of its names. */
function distinct(paths: readonly string[]): string[] {
  const named = new Map<string, string>();
  for (const path of paths) {
    const real = realPath(path);
    if (!named.has(real)) named.set(real, path);
  }
  return [...named.values()];
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
