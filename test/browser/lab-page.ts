import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser, Locator, Page } from "playwright-core";
import type { LabServer } from "./server.ts";

const SCREENSHOTS = fileURLToPath(new URL("screenshots", import.meta.url));
const VIEWPORT = { width: 1200, height: 900 };

export type Theme = "Light" | "Dark";

/** JupyterLab in a browser, with one notebook open. */
export class LabPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Opens a notebook; its kernel may still be starting. */
  static async open(browser: Browser, lab: LabServer, notebook: string): Promise<LabPage> {
    const page = await browser.newPage({ viewport: VIEWPORT, reducedMotion: "reduce" });
    page.setDefaultTimeout(30_000);
    // Without `reset` JupyterLab would open again whatever was open before.
    await page.goto(`${lab.url}/lab/tree/${encodeURIComponent(notebook)}?reset&token=${lab.token}`);
    const opened = new LabPage(page);
    await opened.notebook.waitFor();
    return opened;
  }

  get notebook(): Locator {
    return this.page.locator(".jp-NotebookPanel:visible");
  }

  get modeSwitch(): Locator {
    return this.notebook.getByRole("combobox", { name: "Compilation mode" });
  }

  /** The outputs of a code cell, counted from 0. */
  outputsOf(codeCell: number): Locator {
    return this.notebook.locator(".jp-CodeCell").nth(codeCell).locator(".jp-OutputArea-output");
  }

  /** Waits until the kernel has nothing to do. */
  async untilIdle(): Promise<void> {
    await this.notebook.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor();
  }

  /** Chooses from the main menu: the names of a menu, of its submenus, and of the item. */
  async menu(...path: readonly string[]): Promise<void> {
    const labels = this.page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel");
    for (const name of path) await labels.filter({ hasText: new RegExp(`^${name}$`) }).click();
  }

  async setTheme(theme: Theme): Promise<void> {
    await this.menu("Settings", "Theme", `JupyterLab ${theme}`);
    await this.page.locator(`body[data-jp-theme-name="JupyterLab ${theme}"]`).waitFor({ state: "attached" });
  }

  /** Writes a cell at the end of the notebook, runs it, and returns what it printed. */
  async runNewCell(code: string): Promise<string> {
    const cells = this.notebook.locator(".jp-CodeCell");
    await this.notebook.locator(".jp-Cell").last().click();
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("b");
    await this.page.keyboard.press("Enter");
    await this.page.keyboard.insertText(code);
    await this.page.keyboard.press("Control+Enter");
    const cell = cells.last();
    await cell.locator(".jp-InputPrompt", { hasText: /\[\d+\]/ }).waitFor();
    return (await cell.locator(".jp-OutputArea-output").allTextContents()).join("");
  }

  /** Keeps a picture of a part of the notebook under `screenshots/`, whole, for people to look at. */
  async screenshot(part: Locator, name: string): Promise<void> {
    await mkdir(SCREENSHOTS, { recursive: true });
    const height = (await part.boundingBox())?.height ?? 0;
    await this.page.setViewportSize({ ...VIEWPORT, height: VIEWPORT.height + Math.ceil(height) });
    await part.scrollIntoViewIfNeeded();
    await part.screenshot({ path: `${SCREENSHOTS}/${name}.png`, animations: "disabled" });
    await this.page.setViewportSize(VIEWPORT);
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
