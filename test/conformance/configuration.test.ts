/** The configuration that a kernel starts with: what its environment and its files say, and what is wrong with them. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KernelClient, streamText } from "./client.ts";

const SHOW = "console.log(theano.config.floatX, theano.config.device, theano.config.nvcc.fastmath)";

function rcFile(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "theanotes-rc-")), "theanorc");
  writeFileSync(path, text);
  return path;
}

/** Starts a kernel, waits until it is up and idle, and shows three flags in its first cell. */
async function firstCell(env: Readonly<Record<string, string>>): Promise<{ out: string; err: string }> {
  const kernel = await KernelClient.start({ env: { THEANO_FLAGS: "", THEANORC: "", ...env } });
  try {
    // As JupyterLab does: a comm is open before any cell runs, and must not take what belongs to the first cell.
    await kernel.request("complete_request", { code: "theano.conf", cursor_pos: 11 });
    kernel.send("comm_open", { comm_id: "panel", target_name: "theanotes.config", data: { op: "hello", api: 1 } });
    await kernel.publication(({ type, content }) => type === "comm_msg" && content.comm_id === "panel");
    const { outputs } = await kernel.execute(SHOW);
    return { out: streamText(outputs, "stdout"), err: streamText(outputs, "stderr") };
  } finally {
    await kernel.close();
  }
}

describe("the same configuration in both places", { timeout: 60_000 }, () => {
  test.each([
    ["THEANO_FLAGS", { THEANO_FLAGS: "floatX=float32,device=cpu,nvcc.fastmath=True" }],
    ["a .theanorc", { THEANORC: rcFile("[global]\nfloatX = float32\ndevice = cpu\n\n[nvcc]\nfastmath = True\n") }],
  ])("from %s", async (_, env) => {
    expect(await firstCell(env)).toEqual({ out: "float32 cpu true\n", err: "" });
  });

  test("THEANO_FLAGS wins over files", async () => {
    const env = { THEANO_FLAGS: "floatX=float64", THEANORC: rcFile("[global]\nfloatX = float32\n") };
    expect((await firstCell(env)).out).toBe("float64 cpu false\n");
  });
});

describe("what is malformed is said in the first cell, and the kernel works", { timeout: 60_000 }, () => {
  test.each([
    ["an unknown flag", { THEANO_FLAGS: "floatx=float32" }, /floatx \(from THEANO_FLAGS\)\. Did you mean "floatX"\?/],
    ["a bad value", { THEANO_FLAGS: "floatX=float63" }, /"float63".*"floatX".*from THEANO_FLAGS/],
    ["a bad number", { THEANO_FLAGS: "traceback.limit=abc" }, /\(abc\).*"traceback\.limit".*from THEANO_FLAGS/],
    ["an unclosed quote", { THEANO_FLAGS: 'floatX="float32' }, /No closing quotation.*THEANO_FLAGS/],
    ["a bad device", { THEANO_FLAGS: "device=tpu" }, /tpu.*device.*from THEANO_FLAGS/],
    ["a removed flag", { THEANO_FLAGS: "home=/tmp" }, /home.*base_compiledir/],
    ["a bad context map", { THEANO_FLAGS: "contexts=a-b" }, /Malformed context map: a-b/],
    ["a file without a section", { THEANORC: rcFile("floatX = float32\n") }, /theanorc:1: .*section/],
    ["a bad value in a file", { THEANORC: rcFile("[global]\nfloatX = x\n") }, /"x".*"floatX".*theanorc:2/],
  ])("%s", async (_, env, complaint) => {
    const { out, err } = await firstCell(env);
    expect(err).toMatch(complaint);
    expect(out).toBe("float64 cpu false\n");
  });
});

test("a value that a cell gave remembers the cell and the line", async () => {
  const kernel = await KernelClient.start();
  try {
    await kernel.execute('\ntheano.config.floatX = "float32"');
    const { outputs } = await kernel.execute('console.log(theano.config.describe("floatX").originDetail)');
    expect(streamText(outputs, "stdout")).toBe("cell 1, line 2\n");
  } finally {
    await kernel.close();
  }
}, 60_000);
