/** The C compiler, and how it is called. Nothing is started to find out: the configuration and the file system tell. */
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { config } from "../../config/index.ts";
import { processorText } from "./processor.ts";
import { warnOnce } from "./warn.ts";
import { splitWords } from "./words.ts";

export interface Toolchain {
  /** The full path of the compiler. */
  readonly command: string;
  /** Sets of options, the best first: where the compiler refuses one, the next is tried. */
  readonly attempts: readonly (readonly string[])[];
  /** What code depends on besides its source: compiler, options and processor, in words. */
  readonly identity: string;
}

/**
 * No option lets the compiler reorder floating-point arithmetic, or take NaN for impossible: these checks are what
 * DebugMode lives on, and a library linked so would change JavaScript's own arithmetic (it makes the processor drop
 * subnormal numbers). Nor are products and sums fused on the quiet: a clip at its very edge would fall to the other side.
 * What is switched off are traps and `errno`, which JavaScript cannot see.
 */
const BASE = [
  "-fno-math-errno",
  "-fno-trapping-math",
  "-ffp-contract=off",
  "-fPIC",
  "-shared",
  "-fvisibility=hidden",
  // The code that such options add to start a library is what changes the processor's mode: a second fence.
  ...(process.platform === "linux" ? ["-nostartfiles"] : []),
];

/** Options that break the promise above, wherever they come from. */
const FORBIDDEN =
  /^-(Ofast|ffast-math|funsafe-math-optimizations|ffinite-math-only|fassociative-math|freciprocal-math|fno-signed-zeros|fapprox-func|mdaz-ftz|ffp-model=(fast|aggressive)|ffp-contract=(fast|on)|fdenormal-fp-math(-f32)?=.*)$/;

const known = new Map<string, Toolchain | null>();

/** The compiler that the flag `cxx` names, or null where there is none: on purpose, or with a warning. */
export function findToolchain(): Toolchain | null {
  const { cxx, cmodule, gcc, openmp } = config;
  // Helper processes are shells of POSIX.
  if (cxx === "" || process.platform === "win32") return null;
  const key = JSON.stringify([cxx, cmodule.remove_gxx_opt, cmodule.debug, gcc.cxxflags, openmp]);
  const found = known.get(key) ?? locateToolchain(cxx);
  // What is missing may be installed meanwhile.
  if (found !== null) known.set(key, found);
  return found;
}

function locateToolchain(cxx: string): Toolchain | null {
  const program = locate(cxx);
  if (program === null) {
    warnOnce(
      `cxx:${cxx}`,
      `The flag cxx names the compiler ${JSON.stringify(cxx)}, which does not exist or is no program: functions run in WebAssembly. Correct it, or set cxx= to say that there is none.`,
    );
    return null;
  }
  const command = driverOfC(program);
  const real = realpathSync(command);
  const { size, mtimeMs } = statSync(real);
  const attempts = attemptsFor(/clang/.test(real) || process.platform === "darwin");
  return { command, attempts, identity: [real, size, mtimeMs, ...attempts.flat(), processorText()].join("\n") };
}

/** The full path of a program, or null. */
function locate(program: string): string | null {
  if (program.includes("/")) return isProgram(program) ? program : null;
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, program)).find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The C compiler that belongs to one of C++, where it is there: it links no libraries of C++. */
function driverOfC(program: string): string {
  const name = basename(program).replace(
    /(g|clang|c)\+\+/,
    (_, kind: string) => ({ g: "gcc", clang: "clang" })[kind] ?? "cc",
  );
  const sibling = join(dirname(program), name);
  return isProgram(sibling) ? sibling : program;
}

/** With everything; without what old compilers do not know; without threads; without the processor's own instructions. */
function attemptsFor(isClang: boolean): readonly (readonly string[])[] {
  const common = [...BASE, ...optimization(isClang), ...userFlags()];
  const native = process.arch === "x64" ? "-march=native" : "-mcpu=native";
  const wide = process.arch === "x64" ? ["-mprefer-vector-width=512"] : [];
  const threads = config.openmp ? ["-fopenmp"] : ["-fopenmp-simd"];
  const all = [[native, ...wide, ...threads], [native, ...threads], [native, "-fopenmp-simd"], ["-fopenmp-simd"]].map(
    (flags) => [...common, ...flags],
  );
  return [...new Map(all.map((flags) => [flags.join(" "), flags])).values()];
}

/**
 * What these loops gain from: gcc compiles at -O1 in two thirds of the time of -O2, and vector loops, which are marked, are
 * as fast once products and sums are fused, which is among the expensive optimizations. clang makes vectors from -O2 on.
 */
function optimization(isClang: boolean): readonly string[] {
  const level = isClang ? ["-O2"] : ["-O1", "-fexpensive-optimizations"];
  return [...(config.cmodule.remove_gxx_opt ? ["-O0"] : level), ...(config.cmodule.debug ? ["-g", "-DDEBUG"] : [])];
}

function userFlags(): readonly string[] {
  const flags = splitWords(config.gcc.cxxflags);
  const refused = flags.filter((flag) => FORBIDDEN.test(flag));
  if (refused.length === 0) return flags;
  warnOnce(
    `flags:${refused}`,
    `gcc.cxxflags: ${refused.join(" ")} is left out, because it lets compilers ignore NaN and change the arithmetic of the whole process. Use the rewrites under the tag unsafe for more speed.`,
  );
  // An option that was passed on to the compiler proper takes that with it.
  return flags.filter(
    (flag, i) => !FORBIDDEN.test(flag) && !(flag === "-Xclang" && FORBIDDEN.test(flags[i + 1] ?? "")),
  );
}
