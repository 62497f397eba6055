import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import bundledChromium from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome", "chrome.exe"];

/**
 * A headless Chromium: the one that CHROME_PATH names, or an installed one, or the one that comes from npm (Linux on
 * x64 only).
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROME_PATH ?? installed() ?? (await bundledChromium.executablePath());
  // The sandbox needs rights that containers do not give; the pages are our own.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

function installed(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path));
}
