/** The C compiler, and how it is called. Nothing is started to find out: the configuration and the file system tell. */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { config } from "../../config/index.ts";
import { warnOnce } from "./warn.ts";

export interface Toolchain {
  /** The full path of the compiler. */
  readonly command: string;
  readonly flags: readonly string[];
  /** What code depends on besides its source: compiler, flags and processor, in words. */
  readonly identity: string;
}

/**
 * No option lets the compiler reorder floating-point arithmetic, or take NaN for impossible: these checks are what
 * DebugMode lives on, and a library linked so would change JavaScript's own arithmetic (it makes the processor drop
 * subnormal numbers). Nor are products and sums fused on the quiet: a clip at its very edge would fall to the other side.
 * What is switched off are traps and `errno`, which JavaScript cannot see.
 */
const BASE = [
  "-x",
  "c",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-ffp-contract=off",
  "-fPIC",
  "-shared",
  "-fvisibility=hidden",
];

/** Options that break the promise above, wherever they come from. */
const FORBIDDEN =
  /^-(Ofast|ffast-math|funsafe-math-optimizations|ffinite-math-only|fassociative-math|freciprocal-math|fno-signed-zeros)$/;

/** The compiler that the flag `cxx` names, or null where there is none: on purpose, or with a warning. */
export function findToolchain(): Toolchain | null {
  const { cxx } = config;
  if (cxx === "") return null;
  const command = locate(cxx);
  if (command === null) {
    warnOnce(
      `cxx:${cxx}`,
      `The flag cxx names the compiler ${JSON.stringify(cxx)}, which does not exist: functions run in WebAssembly. Correct it, or set cxx= to say that there is none.`,
    );
    return null;
  }
  const real = realpathSync(command);
  const flags = [...BASE, ...optimization(real), ...machineFlags(), openmp(), ...userFlags()];
  const { size, mtimeMs } = statSync(real);
  return { command, flags, identity: [real, size, mtimeMs, ...flags, processor()].join("\n") };
}

/** The full path of a program, or null. */
function locate(program: string): string | null {
  if (isAbsolute(program) || program.includes("/")) return existsSync(program) ? program : null;
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file)) ?? null;
}

/**
 * What these loops gain from: gcc compiles at -O1 in two thirds of the time of -O2, and vector loops, which are marked, are
 * as fast once products and sums are fused, which is among the expensive optimizations. clang makes vectors from -O2 on.
 */
function optimization(compiler: string): readonly string[] {
  if (config.cmodule.remove_gxx_opt) return ["-O0"];
  return /clang/.test(compiler) || process.platform === "darwin" ? ["-O2"] : ["-O1", "-fexpensive-optimizations"];
}

/** Code for this very processor. */
function machineFlags(): readonly string[] {
  const start = process.platform === "linux" ? ["-nostartfiles"] : [];
  if (process.arch !== "x64") return [...start, "-mcpu=native"];
  return [...start, "-march=native", "-mprefer-vector-width=512"];
}

/** Threads, or only the vector loops of OpenMP. */
function openmp(): string {
  return config.openmp ? "-fopenmp" : "-fopenmp-simd";
}

function userFlags(): readonly string[] {
  const flags = config.gcc.cxxflags.split(/\s+/).filter((flag) => flag !== "");
  const refused = flags.filter((flag) => FORBIDDEN.test(flag));
  if (refused.length > 0)
    warnOnce(
      `flags:${refused}`,
      `gcc.cxxflags: ${refused.join(" ")} is left out, because it lets compilers ignore NaN and change the arithmetic of the whole process. Use the rewrites under the tag unsafe for more speed.`,
    );
  return flags.filter((flag) => !FORBIDDEN.test(flag));
}

let processorText: string | null = null;

/** What this processor can do, so that a cache shared by several machines never serves the wrong code. */
function processor(): string {
  processorText ??= describeProcessor();
  return processorText;
}

function describeProcessor(): string {
  const model = cpus()[0]?.model ?? "unknown";
  try {
    const features = /^(flags|Features)\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[2];
    return `${process.arch} ${features ?? model}`;
  } catch {
    return `${process.arch} ${model}`;
  }
}
