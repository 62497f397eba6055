/**
 * The cache of compiled code: libraries by the hash of all that decides about them. Files appear under their names
 * complete, by renaming; nothing is locked, since those who write the same name write the same code.
 */
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { config } from "../../config/index.ts";
import { warnOnce } from "./warn.ts";

/** Removing old entries is tried this often, in milliseconds. */
const CLEANING = 24 * 60 * 60 * 1000;

/** The name of the code that a source becomes. */
export function cacheKey(source: string, identity: string): string {
  return createHash("sha256").update(identity).update("\0").update(source).digest("hex").slice(0, 40);
}

let directory: { readonly configured: string; readonly used: string | null } | null = null;

/** Where compiled code is kept; null where nothing can be written at all. */
export function cacheDirectory(): string | null {
  const configured = configuredDirectory();
  if (directory?.configured !== configured) directory = { configured, used: usable(configured) };
  return directory.used;
}

function configuredDirectory(): string {
  try {
    return join(config.compiledir, "native");
  } catch {
    return "";
  }
}

function usable(configured: string): string | null {
  if (configured !== "" && canWrite(configured)) return configured;
  try {
    const temporary = mkdtempSync(join(tmpdir(), "theanotes-"));
    if (canWrite(temporary)) {
      process.once("exit", () => rmSync(temporary, { recursive: true, force: true }));
      warnOnce(
        "cache",
        `Compiled code cannot be kept in ${configured || "compiledir"} (read-only, full, or no directory): it is made anew by every process. Set base_compiledir to a directory that can be written.`,
      );
      return temporary;
    }
  } catch {
    // Told below.
  }
  warnOnce(
    "no cache",
    `Neither ${configured || "compiledir"} nor ${tmpdir()} can be written: functions run in WebAssembly.`,
  );
  return null;
}

function canWrite(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o770 });
    const probe = join(folder, `.probe-${process.pid}`);
    writeFileSync(probe, "probe");
    const isWhole = readFileSync(probe, "utf8") === "probe";
    rmSync(probe);
    return isWhole;
  } catch {
    return false;
  }
}

/** The path of a library that is there and whole; null, after removing what is left of it, otherwise. */
export function cachedLibrary(folder: string, key: string): string | null {
  const path = libraryPath(folder, key);
  try {
    const content = readFileSync(path);
    if (readFileSync(sumPath(path), "utf8") === sumOf(content)) {
      const now = new Date();
      utimesSync(path, now, now);
      return path;
    }
  } catch {
    return null;
  }
  rmSync(path, { force: true });
  rmSync(sumPath(path), { force: true });
  return null;
}

/** Puts a library that was just made under its name. */
export function keepLibrary(made: string, folder: string, key: string): string {
  const path = libraryPath(folder, key);
  const sum = `${made}.sum`;
  writeFileSync(sum, sumOf(readFileSync(made)));
  renameSync(made, path);
  renameSync(sum, sumPath(path));
  removeOld(folder);
  return path;
}

function libraryPath(folder: string, key: string): string {
  return join(folder, `${key}.so`);
}

function sumPath(path: string): string {
  return `${path}.sha256`;
}

function sumOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Code that nobody used for `cmodule.age_thresh_use` seconds goes. */
function removeOld(folder: string): void {
  const mark = join(folder, ".cleaned");
  try {
    if (Date.now() - statSync(mark).mtimeMs < CLEANING) return;
  } catch {
    // Never cleaned.
  }
  try {
    writeFileSync(mark, "");
    const oldest = Date.now() - config.cmodule.age_thresh_use * 1000;
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (!name.startsWith(".") && statSync(path).mtimeMs < oldest) rmSync(path, { force: true });
    }
  } catch {
    // Another process cleans, or files went away: next time.
  }
}
