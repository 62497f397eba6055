/** TypeScript's compiler as npm installed it. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** The installed compiler's version. */
export function compilerVersion(): string {
  return (require("typescript/package.json") as { readonly version: string }).version;
}

/**
 * The compiler's executable.
 * @throws {Error} when TypeScript's package for this system is not installed.
 */
export function compilerPath(): string {
  const platform = `@typescript/typescript-${process.platform}-${process.arch}`;
  const fromTypescript = createRequire(require.resolve("typescript/package.json"));
  try {
    const folder = dirname(fromTypescript.resolve(`${platform}/package.json`));
    return join(folder, "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
  } catch {
    throw new Error(
      `TypeScript's compiler for this system is missing (npm package ${platform}). ` +
        `Install without leaving out optional dependencies.`,
    );
  }
}
