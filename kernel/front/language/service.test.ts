import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compilerVersion } from "./installed.ts";
import { TypeScriptService } from "./service.ts";

let folder: string;
let service: TypeScriptService;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "theanotes-service-"));
  service = new TypeScriptService({
    folder,
    compilerOptions: {
      target: "esnext",
      module: "esnext",
      moduleResolution: "bundler",
      strict: true,
      types: [],
      noEmit: true,
      allowImportingTsExtensions: true,
    },
    documents: { "main.theanotes.ts": "" },
  });
});
afterAll(async () => {
  await service.dispose();
  rmSync(folder, { recursive: true });
});

async function messages(text: string): Promise<string[]> {
  const file = await service.check("main.theanotes.ts", text);
  return (await file.semanticErrors()).map((each) => each.text);
}

test("names the compiler's version", () => {
  expect(compilerVersion()).toMatch(/^7\./);
});

test("always answers for the text just written", async () => {
  for (let n = 0; n < 50; n++) {
    expect(await messages(`export const n${n}: string = ${n};`)).toEqual([
      "Type 'number' is not assignable to type 'string'.",
    ]);
    expect((await service.check("main.theanotes.ts", `export const n${n} = 1;`)).tree.statements).toHaveLength(1);
  }
});

test("finds a document that was opened after it", async () => {
  await service.write("other.theanotes.ts", "export const a = 1;");
  expect(await messages('import { a } from "./other.theanotes.ts"; a.x')).toEqual([
    "Property 'x' does not exist on type '1'.",
  ]);
  await service.write("other.theanotes.ts", "export const a = { x: 1 };");
  expect(await messages('import { a } from "./other.theanotes.ts"; a.x;')).toEqual([]);
  await service.close("other.theanotes.ts");
  expect(await messages('import { a } from "./other.theanotes.ts"; a.x ')).toHaveLength(1);
});

test("takes up again when the compiler has ended", async () => {
  await service.write("kept.theanotes.ts", "export const kept = 1;");
  await messages("1");
  const ended = await service.processId();
  const waiting = service.whileAlive(() => new Promise<never>(() => {}));
  process.kill(ended ?? 0, "SIGKILL");
  await expect(waiting).rejects.toThrow("TypeScript's compiler has ended");
  expect(await service.processId()).not.toBe(ended);
  expect(await messages('import { kept } from "./kept.theanotes.ts"; kept.x')).toEqual([
    "Property 'x' does not exist on type '1'.",
  ]);
});
