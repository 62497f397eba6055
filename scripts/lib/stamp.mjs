import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { root } from "./paths.mjs";

/** What is made, not written: in every folder, and in one. */
const MADE = new Set(["node_modules", "dist", "extension/lib", "extension/labextension"]);

/**
 * A stamp is a small file that says from what a step's result was made. It lies beside the result where it can, so that
 * deleting the result is enough to have it made anew.
 */
export class Stamp {
  /** @param {string} file */
  constructor(file) {
    this.file = file;
  }

  /** @param {string} key */
  matches(key) {
    try {
      return readFileSync(this.file, "utf8") === key;
    } catch {
      return false;
    }
  }

  /** @param {string} key */
  write(key) {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, key);
  }

  /** To be called before a result is touched: half a result must not pass for a whole one. */
  remove() {
    rmSync(this.file, { force: true });
  }
}

/**
 * One key for the content of files and folders (without tests and what is made from sources) and for other facts.
 * @param {string[]} paths
 * @param {string[]} facts
 */
export function keyOf(paths, facts = []) {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const file of paths.flatMap(filesUnder)) {
    hash.update(`\0${inRepository(file)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const child = join(path, entry.name);
      if (MADE.has(entry.name) || MADE.has(inRepository(child))) return [];
      if (entry.isDirectory()) return filesUnder(child);
      return entry.isFile() && !entry.name.endsWith(".test.ts") ? [child] : [];
    });
}

/**
 * A file's path from the project's folder, with the same separators everywhere.
 * @param {string} path
 */
function inRepository(path) {
  return relative(root, path).split(sep).join("/");
}
