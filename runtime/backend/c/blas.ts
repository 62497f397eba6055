/**
 * The BLAS of this machine. What the flag `blas.ldflags` names is used; without it, an OpenBLAS that suits the processor, or
 * Apple's Accelerate, wherever one is found. Reference implementations are slower than our own products, and so is an
 * OpenBLAS that does not know the processor.
 */
import { readFileSync } from "node:fs";
import { dirname, isAbsolute } from "node:path";
import { config } from "../../config/index.ts";
import { blasCandidates, libraryNamed, type Surroundings, surroundings } from "./blasfiles.ts";
import { type OpenLibrary, openLibrary } from "./library.ts";
import { hasFeature } from "./processor.ts";
import { warnOnce } from "./warn.ts";
import { splitWords } from "./words.ts";

export interface Blas {
  readonly path: string;
  readonly kind: BlasKind;
  /** What it says about itself: version, options, kernels in use; empty where it says nothing. */
  readonly description: string;
  /** Bits of the integers that it is given. */
  readonly ints: 32 | 64;
  /** What the C compiler has to be told. */
  readonly linkFlags: readonly string[];
  /**
   * The C name of a routine of BLAS or LAPACK in Fortran's convention (all arguments by address, matrices by columns), such
   * as `dgemm_` for `dgemm`; null where the library has none.
   */
  symbol(routine: string): string | null;
}

export type BlasKind = "openblas" | "mkl" | "blis" | "accelerate" | "reference";

/** A library that was looked at. */
export type Verdict =
  | { readonly usable: true; readonly blas: Blas }
  | { readonly usable: false; readonly path: string; readonly reason: string };

const found = new Map<string, Blas | null>();

/** The BLAS of the present configuration, opened; null where there is none. */
export function findBlas(): Blas | null {
  const isDefault = config.describe("blas.ldflags").origin === "default";
  const flags = isDefault ? null : config.blas.ldflags;
  const key = JSON.stringify([flags, config.openmp]);
  const known = found.get(key);
  if (known !== undefined) return known;
  const blas = flags === null ? searchBlas(surroundings()) : namedBlas(flags, surroundings());
  found.set(key, blas);
  return blas;
}

/** The first BLAS that is worth using. */
export function searchBlas(where: Surroundings): Blas | null {
  for (const path of blasCandidates(where)) {
    const verdict = examine(path);
    if (verdict.usable && whyNotUnasked(verdict.blas) === null) return verdict.blas;
  }
  return null;
}

/** Everything that could be a BLAS, and why it is used or not; for reports. */
export function surveyBlas(where: Surroundings): Verdict[] {
  return blasCandidates(where).map((path) => {
    const verdict = examine(path);
    const reason = verdict.usable ? whyNotUnasked(verdict.blas) : null;
    return reason === null ? verdict : { usable: false, path, reason };
  });
}

/** The BLAS that linker options name; null, with a warning, where there is none. */
export function namedBlas(flags: string, where: Surroundings): Blas | null {
  const words = splitWords(flags);
  if (words.length === 0) return null;
  const folders = [...words.filter((word) => word.startsWith("-L")).map((word) => word.slice(2)), ...where.system];
  const reasons: string[] = [];
  for (const word of words) {
    const path = fileOf(word, words, folders);
    if (path === null) continue;
    const verdict = examine(path);
    if (verdict.usable) return verdict.blas;
    reasons.push(`${path}: ${verdict.reason}`);
  }
  warnOnce(
    `blas:${flags}`,
    `blas.ldflags: no BLAS library in ${JSON.stringify(flags)} can be used (${reasons.join("; ") || "no such file"}): matrix products use generated code. Name a library with -L and -l or by its path, or set blas.ldflags= for none.`,
  );
  return null;
}

/** The library that an option of the linker means. */
function fileOf(word: string, words: readonly string[], folders: readonly string[]): string | null {
  if (word.startsWith("-l")) return libraryNamed(word.slice(2), folders);
  if (word === "Accelerate" && words.includes("-framework"))
    return "/System/Library/Frameworks/Accelerate.framework/Accelerate";
  return isAbsolute(word) ? word : null;
}

/** How a library spells its names: what stands before them, and behind the names of C and of Fortran. */
interface Spelling {
  readonly prefix: string;
  readonly suffix: string;
}

const SPELLINGS: readonly Spelling[] = ["", "scipy_"].flatMap((prefix) =>
  ["", "64_"].map((suffix) => ({ prefix, suffix })),
);

const opened = new Map<string, Verdict>();

/** Opens a library, and tells what it is. */
function examine(path: string): Verdict {
  const verdict = opened.get(path) ?? open(path);
  opened.set(path, verdict);
  return verdict;
}

function open(path: string): Verdict {
  const wasLoaded = isLoaded(path);
  let library: OpenLibrary;
  try {
    library = openLibrary(path);
  } catch (error) {
    return { usable: false, path, reason: error instanceof Error ? error.message : String(error) };
  }
  const spelling = SPELLINGS.find(({ prefix, suffix }) => library.has(`${prefix}dgemm_${suffix}`));
  if (spelling === undefined) return { usable: false, path, reason: "it has no dgemm" };
  const { prefix, suffix } = spelling;
  const ask = `${prefix}openblas_get_config${suffix}`;
  const description = library.has(ask) ? library.text(ask) : "";
  const setter = `${prefix}openblas_set_num_threads${suffix}`;
  // Whoever else uses the library in this process has chosen for it.
  if (!wasLoaded && !config.openmp && library.has(setter)) library.tell(setter, 1);
  const blas: Blas = {
    path,
    kind: kindOf(path, library, description),
    description,
    ints: suffix !== "" || description.includes("USE64BITINT") ? 64 : 32,
    linkFlags: linkFlagsOf(path),
    symbol(routine) {
      const name = `${prefix}${routine}_${suffix}`;
      return library.has(name) ? name : null;
    },
  };
  return { usable: true, blas };
}

function kindOf(path: string, library: OpenLibrary, description: string): BlasKind {
  if (path.includes("Accelerate.framework")) return "accelerate";
  if (description !== "") return "openblas";
  if (library.has("MKL_Get_Version_String")) return "mkl";
  return library.has("bli_info_get_version_str") ? "blis" : "reference";
}

function linkFlagsOf(path: string): readonly string[] {
  if (path.includes("Accelerate.framework")) return ["-framework", "Accelerate"];
  return [path, `-Wl,-rpath,${dirname(path)}`];
}

/** Kernels of OpenBLAS for processors without AVX2. It falls back to them where it is older than the processor. */
const OLD_KERNELS =
  /\b(Prescott|Core2|Penryn|Dunnington|Nehalem|Atom|Generic|Sandybridge|Bobcat|Barcelona|Opteron|Athlon)\b/i;

/** Why nobody would want a library that nobody named; null where it is welcome. */
function whyNotUnasked({ kind, description }: Blas): string | null {
  switch (kind) {
    case "reference":
      return "it is the reference implementation, or an unknown one; generated products are as fast";
    case "openblas":
      if (!hasFeature("avx2") || !OLD_KERNELS.test(description)) return null;
      return `it does not know this processor (${description.trim()}); generated products are faster`;
    case "mkl":
    case "blis":
    case "accelerate":
      return null;
  }
}

function isLoaded(path: string): boolean {
  try {
    return readFileSync("/proc/self/maps", "utf8").includes(path);
  } catch {
    return false;
  }
}
