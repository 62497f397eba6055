/** JupyterLab in a real browser, with the extension and the kernel as they are installed. Pictures: `screenshots/`. */
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProject } from "../../scripts/lib/paths.mjs";
import { launchBrowser } from "./browser.ts";
import { LabPage } from "./lab-page.ts";
import { executedNotebook, sampleOutput } from "./notebooks.ts";
import { type LabServer, startLab } from "./server.ts";

const TIMEOUT = 120_000;
const THEMES = ["Light", "Dark"] as const;

let lab: LabServer;
let browser: Browser;

beforeAll(async () => {
  [lab, browser] = await Promise.all([startLab(), launchBrowser()]);
}, TIMEOUT);

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
}, TIMEOUT);

describe("a notebook that someone else has run, with another kernel", { timeout: TIMEOUT }, () => {
  const [CONFIG, DEBUG, GRAPH, UNREADABLE] = [0, 1, 2, 3];
  let page: LabPage;

  beforeAll(async () => {
    const bundles = [
      await sampleOutput("config"),
      await sampleOutput("debug"),
      await sampleOutput("graph"),
      { "application/vnd.theanotes.debug.v1+json": { schema: "theanotes.debug" }, "text/plain": "plain words" },
    ];
    await writeFile(join(lab.folder, "outputs.ipynb"), executedNotebook("python3", bundles));
    page = await LabPage.open(browser, lab, "outputs.ipynb");
    await page.untilIdle();
  }, TIMEOUT);

  afterAll(() => page?.close());

  test("has no mode switch", async () => {
    expect(await page.modeSwitch.isVisible()).toBe(false);
  });

  test("shows a report: what happened, where, the fields, the values, the graph with the culprit", async () => {
    const report = page.outputsOf(DEBUG).getByRole("article", { name: "InvalidValueError report" });
    await report.waitFor();
    const text = await report.innerText();
    expect(text).toContain("Elemwise{true_div,no_inplace} computed a value that is not finite.");
    expect(text).toMatch(/specific_hint\s+non-finite elements not allowed/);
    expect(text).toMatch(/x\s+float64\s+\(1,\)\s+0\.0\s+0\.0\s+0\s+0\s+\[0\.\]/);
    expect(await report.locator("svg .theanotes-node").count()).toBe(4);
    expect(await report.locator("svg .theanotes-mod-culprit text").allTextContents()).toEqual([
      "Elemwise{true_div,no_inplace}",
    ]);
  });

  test("goes to the line that a report names", async () => {
    await page.outputsOf(DEBUG).getByRole("button", { name: "cell 3, line 1" }).click();
    await page.notebook.locator(".jp-CodeCell.jp-mod-active .jp-InputPrompt", { hasText: "[3]:" }).waitFor();
  });

  test("shows a graph over its text", async () => {
    const figure = page.outputsOf(GRAPH).getByRole("figure");
    expect(await figure.getByRole("img", { name: "Graph of f" }).isVisible()).toBe(true);
    expect(await figure.locator("details pre").textContent()).toContain("Elemwise{true_div,no_inplace} [id A]");
  });

  test("finds flags in the configuration", async () => {
    const table = page.outputsOf(CONFIG).getByRole("region", { name: "Configuration" });
    await table.getByRole("searchbox", { name: "Filter flags" }).fill("patience");
    expect(await table.locator("tbody th").allTextContents()).toEqual(["DebugMode.patience"]);
    expect(await table.getByRole("status").textContent()).toBe("1 of 6 flags");
    await table.getByRole("searchbox", { name: "Filter flags" }).fill("");
    await table.getByRole("checkbox", { name: "only those set" }).check();
    expect(await table.locator("tbody th").allTextContents()).toEqual(["floatX", "mode"]);
    await table.getByRole("checkbox", { name: "only those set" }).uncheck();
  });

  test("shows the plain text of what it cannot read", async () => {
    expect(await page.outputsOf(UNREADABLE).innerText()).toBe("plain words");
  });

  test.each(THEMES)("is shown whole in the %s theme", async (theme) => {
    await page.setTheme(theme);
    expect(Math.max(...(await page.hiddenWidths()))).toBe(0);
    await page.screenshot(page.outputsOf(CONFIG), `sample-configuration-${theme}`);
    await page.screenshot(page.outputsOf(DEBUG), `sample-report-${theme}`);
    await page.screenshot(page.outputsOf(GRAPH), `sample-graph-${theme}`);
  });

  test("wraps reports and configurations in a narrow window", async () => {
    await page.setWidth(800);
    expect(await page.hiddenWidths(".theanotes-Config .theanotes-scroll")).toEqual([0]);
    expect(await page.hiddenWidths(".theanotes-Report")).toEqual([0]);
  });
});

describe("the tutorial with our kernel", { timeout: TIMEOUT }, () => {
  const TUTORIAL = "01-config-and-modes.ipynb";
  let page: LabPage;

  beforeAll(async () => {
    await copyFile(inProject("notebooks", TUTORIAL), join(lab.folder, TUTORIAL));
    page = await LabPage.open(browser, lab, TUTORIAL);
    await page.modeSwitch.waitFor();
    await page.runAll();
  }, TIMEOUT);

  afterAll(() => page?.close());

  test("prints what the seed prints", async () => {
    const printed = await page.notebook.locator(".jp-OutputArea-output[data-mime-type*=stdout]").allTextContents();
    expect(printed.map((text) => text.trim())).toEqual(expect.arrayContaining(["[2.]\n[inf]\n[1.42857143]", "[2.]"]));
  });

  test("shows the report of DebugMode, and goes to the line it names", async () => {
    const report = page.notebook.getByRole("article", { name: "InvalidValueError report" });
    expect(await report.innerText()).toMatch(/specific_hint\s+non-finite elements not allowed/);
    const link = report.getByRole("button", { name: /^cell \d+, line \d+$/ });
    const [, cell] = (await link.innerText()).match(/cell (\d+)/) ?? [];
    await link.click();
    const active = page.notebook.locator(".jp-CodeCell.jp-mod-active .jp-InputPrompt");
    await active.filter({ hasText: `[${cell}]:` }).waitFor();
  });

  test("shows the configuration as a table that can be searched", async () => {
    const table = page.configuration;
    const all = await table.locator("tbody tr").count();
    await table.getByRole("searchbox").fill("floatX");
    const found = await table.locator("tbody th").allTextContents();
    await table.getByRole("searchbox").fill("");
    expect(all).toBeGreaterThanOrEqual(123);
    expect(found[0]).toBe("floatX");
    expect(found.length).toBeLessThan(all);
  });

  test("draws the profile's chart and a graph", async () => {
    expect(await page.coloursOfChart()).toBeGreaterThan(10);
    expect(await page.graph.locator("svg .theanotes-node").count()).toBeGreaterThan(0);
  });

  test.each(THEMES)("can be read in the %s theme: errors, and what stands back in tables", async (theme) => {
    await page.setTheme(theme);
    expect(await page.lowestContrast("[data-mime-type$=error] :is(pre, pre *)")).toBeGreaterThan(3);
    expect(await page.lowestContrast(".theanotes-Output :is(td, th, summary, .theanotes-note)")).toBeGreaterThan(4.5);
  });

  test.each(THEMES)("is shown whole from its file in the %s theme", async (theme) => {
    await page.setTheme(theme);
    await page.reload();
    await page.chart.waitFor();
    expect(Math.max(...(await page.hiddenWidths()))).toBe(0);
    await page.screenshot(page.configuration, `configuration-${theme}`);
    await page.screenshot(page.notebook.getByRole("article"), `report-${theme}`);
    await page.screenshot(page.chart, `profile-${theme}`);
    await page.screenshot(page.graph, `graph-${theme}`);
    await page.screenshot(page.notebook, `notebook-${theme}`);
  });

  test("shows a flag alone without a search", async () => {
    expect(await page.runNewCell("%theano_flags floatX")).toContain("The dtype of JavaScript numbers");
    const tables = page.notebook.getByRole("region", { name: "Configuration" });
    expect(await tables.getByRole("searchbox").count()).toBe((await tables.count()) - 1);
  });

  const kernelsMode = () => page.runNewCell("console.log(theano.config.mode)");

  test.each(["DebugMode", "FAST_RUN"])("the mode switch sets the kernel's mode to %s", async (mode) => {
    await page.modeSwitch.selectOption(mode);
    await page.modeSwitchShows(mode);
    expect((await kernelsMode()).trim()).toBe(mode);
  });

  test("the mode switch is used with the keyboard, and keeps the focus", async () => {
    await page.modeSwitch.focus();
    await page.page.keyboard.type("NanGuard");
    await page.modeSwitchShows("NanGuardMode");
    await page.page.keyboard.press("ArrowUp");
    await page.modeSwitchShows("FAST_RUN");
    expect((await kernelsMode()).trim()).toBe("FAST_RUN");
  });

  test("the mode switch is busy, with what was chosen, until the running cell ends", async () => {
    await page.startNewCell("for (const end = Date.now() + 1500; Date.now() < end; );");
    await page.modeSwitch.selectOption("DebugMode");
    expect(await page.modeSwitch.getAttribute("aria-busy")).toBe("true");
    expect(await page.modeSwitch.inputValue()).toBe("DebugMode");
    await page.modeSwitchShows("DebugMode");
  });

  test("the mode switch follows a change that a cell makes", async () => {
    await page.runNewCell("%mode FAST_COMPILE");
    await page.modeSwitchShows("FAST_COMPILE");
  });

  test("the mode switch shows a new kernel's mode after a restart", async () => {
    await page.restartKernel();
    await page.modeSwitchShows("Mode");
    expect((await kernelsMode()).trim()).toBe("Mode");
  });

  test("the mode switch finds the fresh engine after a cell has crashed the old one", async () => {
    await page.modeSwitch.selectOption("DebugMode");
    await page.modeSwitchShows("DebugMode");
    await page.runNewCell("process.abort()");
    await page.modeSwitchShows("Mode");
    await page.modeSwitch.selectOption("FAST_RUN");
    await page.modeSwitchShows("FAST_RUN");
    expect((await kernelsMode()).trim()).toBe("FAST_RUN");
  });
});
