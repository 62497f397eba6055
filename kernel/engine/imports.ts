/** `import` in a cell: packages, `node:` modules and files, all seen from the notebook's folder. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { type ResolveFnOutput, type ResolveHookContext, registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { LocalFiles } from "./local-files.ts";
import { toJavaScript } from "./typescript-files.ts";

/** Resolved from the kernel itself, so that cells and the bound `theano` share one instance. */
const OWN_PACKAGE = /^@theanotes\/runtime(\/|$)/;
const PATH_SPECIFIER = /^(\.{0,2}\/|file:)/;
const TYPESCRIPT_FILE = /\.m?ts(\?|$)/;
const PACKAGE_NAME = /^(@[^/]+\/)?[^/]+/;
/** What TypeScript lets an import leave out. */
const OMITTED_ENDINGS = [".ts", ".js", ".mts", ".mjs", ".json", "/index.ts", "/index.js"];

type NextResolve = (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput;

/**
 * Makes the function that stands for every `import` of a cell.
 * @param folder the notebook's folder.
 */
export function createImporter(folder: string): (specifier: string) => Promise<unknown> {
  const notebook = pathToFileURL(join(folder, "notebook.ts")).href;
  const files = new LocalFiles();

  registerHooks({
    resolve(specifier, context, next) {
      if (context.parentURL === import.meta.url) {
        return next(specifier, OWN_PACKAGE.test(specifier) ? context : { ...context, parentURL: notebook });
      }
      const importer = context.parentURL ?? "";
      if (!PATH_SPECIFIER.test(specifier) || !files.knows(importer)) return next(specifier, context);
      const resolved = resolveFile(specifier, context, next);
      return { ...resolved, url: files.edition(resolved.url, importer) };
    },
    load(url, context, next) {
      if (!TYPESCRIPT_FILE.test(url) || !files.knows(url)) return next(url, context);
      const path = fileURLToPath(url);
      return { format: "module", source: toJavaScript(readFileSync(path, "utf8"), path), shortCircuit: true };
    },
  });

  return async (specifier) => {
    if (PATH_SPECIFIER.test(specifier)) {
      const file = withEnding(new URL(specifier, notebook));
      if (!existsSync(file)) throw fileNotFound(specifier, folder);
      const url = files.edition(file.href, null);
      return file.pathname.endsWith(".json") ? import(url, { with: { type: "json" } }) : import(url);
    }
    try {
      return await import(specifier);
    } catch (error) {
      throw isNotFound(error, specifier) ? packageNotFound(specifier, folder, error) : error;
    }
  };
}

function resolveFile(specifier: string, context: ResolveHookContext, next: NextResolve): ResolveFnOutput {
  return next(withEnding(new URL(specifier, context.parentURL)).href, context);
}

/** The file that a path means: itself, or the one with an ending that TypeScript lets one leave out or call `.js`. */
function withEnding(url: URL): URL {
  const path = fileURLToPath(url);
  if (isFile(path)) return url;
  const candidates = [...OMITTED_ENDINGS.map((ending) => path + ending), path.replace(/\.([cm]?)js$/, ".$1ts")];
  const found = candidates.find(isFile);
  return found === undefined ? url : pathToFileURL(found);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function fileNotFound(specifier: string, folder: string): Error {
  const endings = OMITTED_ENDINGS.join(", ");
  return new Error(
    `Cannot find the file "${specifier}". Paths start at the notebook's folder, ${folder}; ${endings} may be left out.`,
  );
}

/** True when it is `specifier` itself that is missing, not something that it imports. */
function isNotFound(error: unknown, specifier: string): boolean {
  const name = PACKAGE_NAME.exec(specifier)?.[0] ?? specifier;
  return (
    error instanceof Error &&
    "code" in error &&
    error.code === "ERR_MODULE_NOT_FOUND" &&
    error.message.includes(`'${name}' imported from`) &&
    error.message.includes("notebook.ts")
  );
}

function packageNotFound(specifier: string, folder: string, cause: unknown): Error {
  const name = PACKAGE_NAME.exec(specifier)?.[0] ?? specifier;
  const message = `Cannot find the package "${name}". Install it where the notebook is: run \`npm install ${name}\` in ${folder}.`;
  return Object.assign(new Error(message), {
    code: cause instanceof Error && "code" in cause ? cause.code : undefined,
  });
}
