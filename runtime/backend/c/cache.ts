/**
 * The cache of compiled code. An entry `KEY.entry` is one line: checksum, length and file name of a library, and which set of
 * options made it. Entries appear complete, by renaming, and name complete libraries; nothing is locked, since those who write the same key write the same
 * code.
 */
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { config } from "../../config/index.ts";
import { checksum } from "./checksum.ts";
import { warnOnce } from "./warn.ts";

/** Removing old entries is tried this often, in milliseconds. */
const CLEANING = 24 * 60 * 60 * 1000;

/** The name of the code that a source becomes. */
export function cacheKey(source: string, identity: string): string {
  return createHash("sha256").update(identity).update("\0").update(source).digest("hex").slice(0, 40);
}

/** The file that says that there is code of this key. */
export function entryPath(folder: string, key: string): string {
  return join(folder, `${key}.entry`);
}

/** Where to look for code, the first where new code goes; none where nothing can be written at all. */
let folders: readonly string[] | null = null;

/** The folder of new code, or null. */
export function cacheDirectory(): string | null {
  folders ??= usableFolders();
  return folders[0] ?? null;
}

/** Gives a folder up that cannot be written any more. */
export function leaveDirectory(folder: string): void {
  if (folders?.[0] === folder && !canWrite(folder)) folders = [...temporaryFolder(folder), folder];
}

/** Code that is there. */
export interface CachedLibrary {
  readonly path: string;
  readonly folder: string;
  /** Which set of the toolchain's options made it. */
  readonly attempt: number;
}

/** The library of a key, wherever it is; null where there is none that is whole. */
export function cachedLibrary(key: string): CachedLibrary | null {
  cacheDirectory();
  for (const folder of folders ?? []) {
    const library = libraryIn(folder, key);
    if (library !== null) return library;
  }
  return null;
}

function usableFolders(): readonly string[] {
  // Read-only caches serve, too: they may have been filled by somebody else.
  const shown = join(config.describe("compiledir").value, "native");
  try {
    const configured = join(config.compiledir, "native");
    if (canWrite(configured)) return [configured];
  } catch {
    // It cannot be made.
  }
  const temporary = temporaryFolder(shown);
  return temporary.length > 0 ? [...temporary, shown] : [];
}

function temporaryFolder(instead: string): string[] {
  try {
    const temporary = mkdtempSync(join(tmpdir(), "theanotes-"));
    process.once("exit", () => rmSync(temporary, { recursive: true, force: true }));
    if (canWrite(temporary)) {
      warnOnce(
        "cache",
        `Compiled code cannot be kept in ${instead} (read-only, full, or no directory): it is made anew by every process. Set base_compiledir to a directory that can be written.`,
      );
      return [temporary];
    }
  } catch {
    // Told below.
  }
  warnOnce("no cache", `Neither ${instead} nor ${tmpdir()} can be written: functions run in WebAssembly.`);
  return [];
}

/** A part of a library fits, and comes back as it was. */
function canWrite(folder: string): boolean {
  const probe = join(folder, `.probe-${process.pid}`);
  const content = Buffer.alloc(65536, 1);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o770 });
    writeFileSync(probe, content);
    return readFileSync(probe).equals(content);
  } catch {
    return false;
  } finally {
    rmSync(probe, { force: true });
  }
}

function libraryIn(folder: string, key: string): CachedLibrary | null {
  const entry = entryPath(folder, key);
  let line: string;
  try {
    line = readFileSync(entry, "utf8");
  } catch {
    return null;
  }
  const [sum, length, name = "", attempt] = line.trim().split(" ");
  // Whoever can write the entry chooses a file beside it, and no other.
  const path = join(folder, basename(name));
  try {
    const content = readFileSync(path);
    if (content.length === Number(length) && checksum(content) === Number(sum)) {
      touch(entry);
      touch(path);
      return { path, folder, attempt: Number(attempt) };
    }
  } catch {
    // The entry remained alone.
  }
  discard(folder, key);
  return null;
}

/** Forgets code that is damaged. */
export function discard(folder: string, key: string): void {
  for (const name of namesIn(folder))
    if (name.startsWith(key) && /\.(entry|so)$/.test(name)) remove(join(folder, name));
}

/** Used now. */
function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Nobody cleans what cannot be written.
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What cannot be removed is overwritten, or the folder is left.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function age(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Code that nobody used for `cmodule.age_thresh_use` seconds goes, and what broken processes left behind. */
export function removeOld(folder: string): void {
  const mark = join(folder, ".cleaned");
  if (age(mark) < CLEANING) return;
  try {
    writeFileSync(mark, "");
  } catch {
    return;
  }
  const oldest = config.cmodule.age_thresh_use * 1000;
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    if (!name.startsWith(".") && age(path) > oldest) remove(path);
  }
}
