/** The public suite `jupyter_kernel_test`, each of its tests as one of ours. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installKernelspec } from "../../kernel/install.ts";

interface PythonResult {
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  readonly detail: string;
}

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const OWN_PYTHON = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const PYTHON = process.env.THEANOTES_PYTHON ?? OWN_PYTHON;
const TIMEOUT = 180_000;

/** Runs `report.py` and returns what its lines say. */
async function report<Line>(action: "list" | "run", env: NodeJS.ProcessEnv = process.env): Promise<Line[]> {
  if (!existsSync(PYTHON)) {
    throw new Error(
      `There is no Python at ${PYTHON}. \`npm test\` makes it; or name one that has jupyter_kernel_test in THEANOTES_PYTHON.`,
    );
  }
  const { stdout } = await promisify(execFile)(PYTHON, ["-B", "report.py", action, "test_kernel"], {
    cwd: FOLDER,
    env,
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const names = await report<string>("list");

describe("jupyter_kernel_test", () => {
  const prefix = mkdtempSync(join(tmpdir(), "theanotes-kernelspec-"));
  const results = new Map<string, PythonResult>();

  beforeAll(async () => {
    installKernelspec({ prefix });
    const env = { ...process.env, JUPYTER_PATH: join(prefix, "share", "jupyter") };
    for (const result of await report<PythonResult>("run", env)) results.set(result.name, result);
  }, TIMEOUT);

  afterAll(() => rmSync(prefix, { recursive: true, force: true }));

  // One that Python skips is a part that the kernel offers and the samples forgot, so it fails here.
  it.each(names)("%s", (name) => {
    const failure = [...results.values()].find((each) => each.status === "failed")?.detail;
    expect(results.get(name) ?? { status: "not run", detail: failure }).toMatchObject({ status: "passed", detail: "" });
  });
});
