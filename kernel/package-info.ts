/** The kernel's own package: where it lies and which version it is. */
import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";

/** The folder of the kernel's package. Throws when its `package.json` is missing. */
export function packageFolder(): string {
  const file = findPackageJSON(import.meta.url);
  if (file === undefined) throw new Error("The kernel's package.json is missing: install the package again.");
  return dirname(file);
}

/** The kernel's version, as its package states it. */
export function kernelVersion(): string {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(join(packageFolder(), "package.json"), "utf8"),
  );
  return manifest.version;
}
