/** Imports of cells: files of the notebook's folder, packages, and Node's own modules. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KernelClient, resultText } from "./client.ts";

const TIMEOUT = 60_000;

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
}, TIMEOUT);
afterAll(() => kernel.close(), TIMEOUT);

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("imports", { timeout: TIMEOUT }, () => {
  const write = (name: string, text: string) => writeFileSync(join(kernel.folder, name), text);

  it("load files of the notebook's folder, and again when they or what they import were edited", async () => {
    write("inner.ts", "export const n: number = 1;");
    write("outer.ts", "import { n } from './inner.ts'; export const twice = (): number => 2 * n;");
    const cell = "import { twice } from './outer.ts'; twice()";
    expect(resultText((await kernel.execute(cell)).outputs)).toBe("2");
    await sleep(20);
    write("inner.ts", "export const n: number = 21;");
    expect(resultText((await kernel.execute(cell)).outputs)).toBe("42");
    expect(resultText((await kernel.execute("import * as again from './outer'; again.twice()")).outputs)).toBe("42");
  });

  it("load files with more than types, and name their lines in errors, edited or not", async () => {
    const fails =
      "export function fails(): never {\n  const word: string = 'no'; throw new Error(word + Level.High);\n}\n";
    for (const above of ["enum Level { High = 7 }\n", "// edited\n\nenum Level { High = 7 }\n"]) {
      write("levels.ts", above + fails);
      const { reply } = await kernel.execute("import { fails } from './levels.ts'\nfails()");
      const line = above.split("\n").length + 1;
      expect(reply.content.evalue).toBe("no7");
      expect(reply.content.traceback?.join("\n")).toContain(`${kernel.folder}/levels.ts:${line}:36)`);
      await sleep(20);
    }
  });

  it("name the file and the line that are no TypeScript", async () => {
    write("broken.ts", "export const a = 1;\nexport const b = ;");
    const { reply } = await kernel.execute("await import('./broken.ts' as string)");
    expect(reply.content).toMatchObject({ ename: "SyntaxError", evalue: expect.stringContaining("broken.ts:2: ") });
  });

  it("work by require too", async () => {
    write("old.cjs", "module.exports = { answer: 42 };");
    expect(resultText((await kernel.execute("require('./old.cjs').answer")).outputs)).toBe("42");
  });

  it("that take names of the platform leave its own to packages", async () => {
    await kernel.execute("import { setTimeout } from 'node:timers/promises'; const URL = 'own'");
    write(
      "waits.ts",
      "export const waits = new Promise((done) => setTimeout(() => done(new URL('file:///x').href), 1));",
    );
    const { outputs } = await kernel.execute(
      "import { waits } from './waits.ts'; [await waits, await setTimeout(1, URL)]",
    );
    expect(resultText(outputs)).toBe("[ 'file:///x', 'own' ]");
  });

  it("load node: modules, packages of the notebook's folder and JSON", async () => {
    mkdirSync(join(kernel.folder, "node_modules", "esm-only"), { recursive: true });
    write("node_modules/esm-only/package.json", '{ "type": "module", "exports": { "import": "./main.js" } }');
    write("node_modules/esm-only/main.js", "export default 'from a package';");
    write("data.json", "[1, 2, 3]");
    const names = ["'node:os'", "'esm-only'", "'./data.json'"];
    const loads = names.map((name) => `(await import(String(${name}))).default`).join(", ");
    const { outputs } = await kernel.execute(`const [os, text, data] = [${loads}]; [typeof os.cpus, text, data]`);
    expect(resultText(outputs)).toBe("[ 'function', 'from a package', [ 1, 2, 3 ] ]");
  });
});
