/** What the extension shows of a notebook that someone else has run, without a kernel of ours. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "./browser.ts";
import { LabPage } from "./lab-page.ts";
import { executedNotebook, sampleOutput } from "./notebooks.ts";
import { type LabServer, startLab } from "./server.ts";

const TIMEOUT = 120_000;

let lab: LabServer;
let browser: Browser;
let page: LabPage;

const [CONFIG, DEBUG, GRAPH, UNREADABLE] = [0, 1, 2, 3];

beforeAll(async () => {
  [lab, browser] = await Promise.all([startLab(), launchBrowser()]);
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

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
}, TIMEOUT);

describe("a notebook from someone else, with another kernel", { timeout: TIMEOUT }, () => {
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

  test.each(["Light", "Dark"] as const)("can be looked at in the %s theme", async (theme) => {
    await page.setTheme(theme);
    await page.screenshot(page.outputsOf(CONFIG), `sample-configuration-${theme}`);
    await page.screenshot(page.outputsOf(DEBUG), `sample-report-${theme}`);
    await page.screenshot(page.outputsOf(GRAPH), `sample-graph-${theme}`);
  });
});
