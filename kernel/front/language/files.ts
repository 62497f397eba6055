/** Files that cells import, watched by looking: the compiler is told what has changed before it checks a cell. */
import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A change as the Language Server Protocol counts it. */
export interface FileChange {
  readonly path: string;
  readonly type: 1 | 2 | 3;
}

const CREATED = 1;
const CHANGED = 2;
const DELETED = 3;

const SPECIFIER = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(["'])([^"'\n]+)\1/g;

/** What may follow a specifier that names a file without its ending. */
const ENDINGS = ["", ".ts", ".tsx", ".mts", ".cts", ".d.ts", ".js", ".mjs", ".cjs", ".json", "/index.ts", "/index.js"];

export class ImportedFiles {
  readonly #folder: string;
  /** When each file was last changed; null where there is none. */
  readonly #seen = new Map<string, number | null>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Looks after these files from now on, as they are now. */
  add(paths: readonly string[]): void {
    for (const path of paths) if (!this.#seen.has(path)) this.#seen.set(path, lastChange(path));
  }

  /** What has changed since the last time among the files that this code or earlier code imports. */
  changes(code: string): FileChange[] {
    for (const [, , specifier = ""] of code.matchAll(SPECIFIER)) {
      for (const path of this.#candidates(specifier)) if (!this.#seen.has(path)) this.#seen.set(path, null);
    }
    const changes: FileChange[] = [];
    for (const [path, before] of this.#seen) {
      const now = lastChange(path);
      if (now === before) continue;
      this.#seen.set(path, now);
      changes.push({ path, type: before === null ? CREATED : now === null ? DELETED : CHANGED });
    }
    return changes;
  }

  /** The files by whose presence a specifier is resolved: a path's with any ending, a package's in any folder above. */
  #candidates(specifier: string): string[] {
    if (specifier.startsWith("node:")) return [];
    const path = localPath(this.#folder, specifier);
    if (path !== null) return ENDINGS.map((ending) => path + ending);
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
    const types = `@types/${name.replace(/^@(.*)\//, "$1__")}`;
    const found: string[] = [];
    for (let folder = this.#folder; ; folder = dirname(folder)) {
      const packages = join(folder, "node_modules");
      found.push(packages, join(packages, name, "package.json"), join(packages, types, "package.json"));
      if (dirname(folder) === folder) return found;
    }
  }
}

function localPath(folder: string, specifier: string): string | null {
  if (specifier.startsWith("file:")) return fileURLToPath(specifier);
  return /^\.{0,2}\//.test(specifier) ? resolve(folder, specifier) : null;
}

function lastChange(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}
