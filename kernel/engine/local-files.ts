/**
 * Which edition of the user's own files is loaded. Node never loads a module URL twice, so an edited file needs a new URL:
 * its generation, as a query. A file is also new when a file that it imports is.
 */
import { statSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const EDITION = "?edition=";

/** The URL of a file, whichever edition of it is meant. */
export function withoutEdition(url: string): string {
  const [file = url] = url.split(EDITION);
  return file;
}

interface LocalFile {
  modified: number;
  generation: number;
  /** The files it imports, with the generation that it was linked to. */
  readonly imports: Map<string, number>;
}

export class LocalFiles {
  readonly #files = new Map<string, LocalFile>();

  /** True for a URL under which a file of the user was loaded. */
  knows(url: string): boolean {
    return url.startsWith("file:") && this.#files.has(fileURLToPath(url));
  }

  /**
   * The URL of a file's present edition.
   * @param importer the URL of the file that imports it, when it is not a cell.
   */
  edition(url: string, importer: string | null): string {
    const path = fileURLToPath(url);
    const generation = this.#generation(path, new Set());
    if (importer !== null) this.#files.get(fileURLToPath(importer))?.imports.set(path, generation);
    const { href } = pathToFileURL(path);
    return generation === 0 ? href : `${href}${EDITION}${generation}`;
  }

  #generation(path: string, visited: Set<string>): number {
    const modified = statSync(path).mtimeMs;
    const known = this.#files.get(path);
    if (!known) {
      this.#files.set(path, { modified, generation: 0, imports: new Map() });
      return 0;
    }
    if (visited.has(path)) return known.generation;
    visited.add(path);
    const stale = [...known.imports].filter(([file, linked]) => this.#generation(file, visited) !== linked);
    if (known.modified !== modified || stale.length > 0) {
      known.modified = modified;
      known.generation += 1;
      known.imports.clear();
    }
    return known.generation;
  }
}
