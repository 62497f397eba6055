import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { inProject } from "../../scripts/lib/paths.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome", "chrome.exe"];

/**
 * A headless Chromium: the one that CHROME_PATH names, or an installed one, or the one that comes from npm.
 *
 * @throws Error when there is none: the one from npm is for Linux on x64
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROME_PATH ?? installed() ?? (await unpacked());
  // The sandbox needs rights that containers do not give; the pages are our own.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

function installed(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path));
}

/**
 * The Chromium of `@sparticuz/chromium`, unpacked once. The package itself unpacks into the folder for temporary files
 * and takes whatever is there under that name, which may be half a browser; we rename when it is whole.
 */
async function unpacked(): Promise<string> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error("No Chromium was found: install one, or name one in CHROME_PATH.");
  }
  const entry = import.meta.resolve("@sparticuz/chromium");
  const { version } = JSON.parse(await readFile(new URL("../package.json", entry), "utf8"));
  const path = inProject(".cache", `chromium-${version}`);
  if (existsSync(path)) return path;
  await mkdir(inProject(".cache"), { recursive: true });
  const part = `${path}.${process.pid}`;
  const packed = createReadStream(new URL("../bin/chromium.br", entry));
  await pipeline(packed, createBrotliDecompress(), createWriteStream(part, { mode: 0o755 }));
  await rename(part, path);
  return path;
}
