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

  /** The first configuration table. */
  get configuration(): Locator {
    return this.notebook.getByRole("region", { name: "Configuration" }).first();
  }

  /** The last drawn graph: reports have one too, those of their own come after. */
  get graph(): Locator {
    return this.notebook.getByRole("figure").last();
  }

  /** The first chart that JupyterLab's own Vega has drawn. */
  get chart(): Locator {
    return this.notebook.locator(".vega-embed").first();
  }

  /** How many colours the chart's canvas shows: one while nothing is drawn, many where there is text. */
  async coloursOfChart(): Promise<number> {
    await this.chart.locator("canvas").waitFor();
    return this.page.evaluate<number>(`(() => {
      const canvas = document.querySelector(".vega-embed canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    })()`);
  }

  /** Runs every cell anew and waits for the last one to end. */
  async runAll(): Promise<void> {
    await this.menu("Edit", "Clear Outputs of All Cells");
    await this.menu("Run", "Run All Cells");
    await this.hasRun(this.notebook.locator(".jp-CodeCell").last());
  }

  /** Waits until a code cell has its number. */
  private async hasRun(cell: Locator): Promise<void> {
    await cell.locator(".jp-InputPrompt", { hasText: /\[\d+\]/ }).waitFor();
  }

  async restartKernel(): Promise<void> {
    await this.menu("Kernel", "Restart Kernel…");
    await this.page.getByRole("button", { name: "Confirm Kernel Restart" }).click();
  }

  /** Waits until the mode switch is at a mode and can be used. */
  async modeSwitchShows(mode: string): Promise<void> {
    await this.modeSwitch.and(this.page.locator('select:enabled[aria-busy="false"]')).waitFor();
    await this.modeSwitch.locator(`option[value="${mode}"]:checked`).waitFor({ state: "attached" });
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
    const cell = await this.startNewCell(code);
    await this.hasRun(cell);
    return (await cell.locator(".jp-OutputArea-output").allTextContents()).join("");
  }

  /** Writes a cell at the end of the notebook and starts it. */
  async startNewCell(code: string): Promise<Locator> {
    await this.notebook.locator(".jp-Cell").last().click();
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("b");
    await this.page.keyboard.press("Enter");
    await this.page.keyboard.insertText(code);
    await this.page.keyboard.press("Control+Enter");
    return this.notebook.locator(".jp-CodeCell").last();
  }

  /** By how many pixels parts of our outputs, without a selector all tables and drawings, are wider than what is seen. */
  async hiddenWidths(selector = ".theanotes-scroll"): Promise<readonly number[]> {
    return this.page.evaluate<number[]>(
      `[...document.querySelectorAll("${selector}")].map((box) => box.scrollWidth - box.clientWidth)`,
    );
  }

  /** The lowest contrast, 1 to 21, between an element of a part of the page and the nearest ground that is painted. */
  async lowestContrast(selector: string): Promise<number> {
    return this.page.evaluate<number>(`(() => {
      const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
      const linear = (channel) => (channel <= 10 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4);
      const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
      const over = ([r, g, b, alpha = 1], ground) => [r, g, b].map((c, i) => c * alpha + ground[i] * (1 - alpha));
      const groundOf = (element) => {
        const own = channels(getComputedStyle(element).backgroundColor);
        return own[3] === 0 ? groundOf(element.parentElement) : own;
      };
      const contrast = (element) => {
        const ground = groundOf(element);
        const text = over(channels(getComputedStyle(element).color), ground);
        const [dark, light] = [luminance(ground), luminance(text)].sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
      };
      return Math.min(...[...document.querySelectorAll("${selector}")].map(contrast));
    })()`);
  }

  async setWidth(width: number): Promise<void> {
    await this.page.setViewportSize({ ...VIEWPORT, width });
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

  /** Saves the notebook and loads the page again: what is shown comes from the file. */
  async reload(): Promise<void> {
    await this.menu("File", "Save Notebook");
    await this.page.locator(".jp-mod-dirty").waitFor({ state: "detached" });
    await this.page.reload();
    await this.notebook.waitFor();
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
