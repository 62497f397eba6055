/** Defaults that depend on the machine or on other flags. They only look; nothing is written. */
import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { hostname, machine, release } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { ValueError } from "../base/errors.ts";
import { pyQuote } from "../base/python.ts";
import { type FlagType, text } from "./kinds.ts";
import { showSource } from "./source.ts";
import type { DefaultContext } from "./spec.ts";

/** The full path of a program on PATH, or undefined. */
function onPath(program: string, { env, platform }: DefaultContext): string | undefined {
  const file = platform === "win32" ? `${program}.exe` : program;
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, file)).find((candidate) => existsSync(candidate));
}

/** The compiler: g++, on macOS and the BSDs clang++, or another that is there; empty when there is none. */
export function cxx(context: DefaultContext): string {
  const usual = context.platform === "darwin" || context.platform.endsWith("bsd") ? "clang++" : "g++";
  for (const program of [usual, "g++", "clang++", "gcc", "clang", "cc"]) {
    const path = onPath(program, context);
    if (path !== undefined) return path;
  }
  return "";
}

/** The CUDA toolkit: CUDA_ROOT or CUDA_PATH, else the folder above the one that holds nvcc, else empty. */
export function cudaRoot(context: DefaultContext): string {
  const nvcc = onPath("nvcc", context);
  return context.env.CUDA_ROOT ?? context.env.CUDA_PATH ?? (nvcc === undefined ? "" : dirname(dirname(nvcc)));
}

/** A folder inside the directory that another flag names; empty while that flag is empty. */
export function inside(flag: string, folder: string): (context: DefaultContext) => string {
  return (context) => {
    const root = context.get(flag);
    return typeof root === "string" && root !== "" ? join(root, folder) : "";
  };
}

/** True when `warn.ignore_bug_before` lets warnings about bugs of Theano `version` and later through. */
export function bugAfter(version: string): (context: DefaultContext) => boolean {
  return (context) => {
    const before = context.get("warn.ignore_bug_before");
    if (before === "None") return true;
    if (before === "all") return false;
    return compareVersions(String(before), version) < 0;
  };
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(".").map(Number));
  for (let i = 0; i < Math.max(a?.length ?? 0, b?.length ?? 0); i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Twenty-four times the waiting time, as in Theano. */
export function lockTimeout(context: DefaultContext): number {
  return Number(context.get("compile.wait")) * 24;
}

/** The root of the cache: `~/.theano`, on Windows `%LOCALAPPDATA%\Theano`. */
export function baseCompiledir({ env, home, platform }: DefaultContext): string {
  if (platform === "win32" && env.LOCALAPPDATA !== undefined) return join(env.LOCALAPPDATA, "Theano");
  return join(home, ".theano");
}

/**
 * What the keys of `compiledir_format` stand for. Those that speak of Python answer for the interpreter that runs here,
 * which is Node.
 */
const DIRECTORY_KEYS = {
  device: (context: DefaultContext) => String(context.get("device")),
  gxx_version: () => "none",
  hostname,
  numpy_version: () => "none",
  platform: platformText,
  processor: machine,
  python_bitwidth: () => "64",
  python_int_bitwidth: () => "64",
  python_version: () => process.versions.node,
  short_platform: platformText,
  theano_version: () => "theanotes",
};

function platformText(context: DefaultContext): string {
  return `${context.platform}-${release()}-${machine()}`;
}

function isDirectoryKey(key: string): key is keyof typeof DIRECTORY_KEYS {
  return Object.hasOwn(DIRECTORY_KEYS, key);
}

const KEY = /%\(([^)]*)\)s/g;

/** A text whose `%(key)s` parts are all known keys of the compile directory's name. */
export function directoryTemplate(): FlagType<string> {
  const parent = text();
  return {
    ...parent,
    read(value, given) {
      const template = parent.read(value, given);
      const unknown = [...template.matchAll(KEY)].map((match) => match[1] ?? "").find((key) => !isDirectoryKey(key));
      if (unknown === undefined) return template;
      throw new ValueError(
        `Invalid value (${template}) for configuration variable "${given.flag}". There is no key "${unknown}"; known keys are ${Object.keys(DIRECTORY_KEYS).join(", ")}. (from ${showSource(given.source)})`,
      );
    },
  };
}

/** `compiledir_format` with its keys filled in, below `base_compiledir`. */
export function compiledir(context: DefaultContext): string {
  const filled = String(context.get("compiledir_format")).replace(KEY, (whole, key: string) =>
    isDirectoryKey(key) ? DIRECTORY_KEYS[key](context) : whole,
  );
  return join(String(context.get("base_compiledir")), filled.replace(/[(), ]+/g, "_"));
}

/** Creates the cache directory, for its owner only; throws ValueError when that is not possible. */
export function prepareCompiledir(directory: string): void {
  try {
    makeDirectories(directory);
  } catch (cause) {
    throw new ValueError(
      `Unable to create the compiledir directory ${pyQuote(directory)}. Check the permissions. Another one can be set with base_compiledir.`,
      { cause },
    );
  }
  try {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new ValueError(
      `compiledir ${pyQuote(directory)} exists but you don't have read, write or listing permissions. Another one can be set with base_compiledir.`,
      { cause },
    );
  }
}

/** Parents first. (`mkdirSync` with `recursive` never returns for a directory below `/proc`.) */
function makeDirectories(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectories(dirname(directory));
  try {
    mkdirSync(directory, { mode: 0o770 });
  } catch (error) {
    const madeByAnother = existsSync(directory);
    if (!madeByAnother) throw error;
  }
}
