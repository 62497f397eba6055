/**
 * Who may import whom: the floors of the runtime, and the walls between runtime, kernel and extension.
 * Imports of types alone count too: a floor that names a type of a higher one knows too much.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseAst } from "vitest/node";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The folders of runtime/, from the ground up; runtime/index.ts is the roof. */
const FLOORS = [
  "base",
  "config",
  "array",
  "scalar",
  "loop",
  "graph",
  "ops",
  "grad",
  "rewrite",
  "print",
  "backend",
  "link",
  "compile",
  "index.ts",
];

/** Types of what travels between processes, and the pure layout of graphs drawn on both sides: every room may use them. */
const CONTRACTS = new Set(["runtime/print/json.ts", "runtime/print/layout.ts", "kernel/comm-config.ts"]);

test("every import of our own stays on its floor or goes down", () => {
  const files = globSync("{runtime,kernel,extension/src}/**/*.{ts,tsx}", { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !/\.test\.tsx?$|\/(dist|node_modules)\//.test(file));
  expect(files.length).toBeGreaterThan(50);
  const complaints = files.flatMap((file) => checkFile(file, readFileSync(join(root, file), "utf8")));
  expect(complaints).toEqual([]);
});

test.each([
  ["runtime/array/shape.ts", `import { walk } from "../graph/walk.ts";`, "array is below graph"],
  ["runtime/array/shape.ts", `import type { Op } from "../graph/op.ts";`, "array is below graph"],
  ["runtime/base/errors.ts", `export * from "../index.ts";`, "base is below index.ts"],
  ["runtime/base/errors.ts", `const { x } = await import("../config/flags.ts");`, "base is below config"],
  ["runtime/base/errors.ts", `let x: import("../config/flags.ts").Flag;`, "base is below config"],
  ["runtime/graph/op.ts", `import { T } from "@theanotes/runtime";`, "graph is below index.ts"],
  ["runtime/graph/op.ts", `import "../attic/old.ts";`, "attic is no floor"],
  ["runtime/graph/op.ts", `import "../../kernel/messages.ts";`, "the runtime knows neither kernel nor extension"],
  ["kernel/front/wire.ts", `import "@theanotes/runtime";`, "the front process does without the runtime"],
  ["kernel/front/wire.ts", `import "../engine/main.ts";`, "the front process runs no user code"],
  ["kernel/engine/main.ts", `import "../front/wire.ts";`, "the engine process knows nothing of sockets"],
  ["extension/src/index.ts", `import "@theanotes/runtime";`, "the extension shares types only"],
  ["extension/src/index.ts", `import "../../kernel/messages.ts";`, "the extension shares types only"],
])("%s may not say %s", (file, source, reason) => {
  expect(checkFile(file, `\n${source}`)).toEqual([expect.stringMatching(`^${file}:2 .*: ${reason}$`)]);
});

test.each([
  ["runtime/graph/op.ts", `import { shape } from "../array/shape.ts"; import { Apply } from "./apply.ts";`],
  ["runtime/base/errors.ts", `import type { DebugJson } from "../print/json.ts"; import ini from "ini";`],
  ["runtime/index.ts", `export * from "./print/debugprint.ts";`],
  ["kernel/engine/main.ts", `import { theano } from "@theanotes/runtime"; import "../messages.ts";`],
  ["kernel/front/wire.ts", `import type { DebugJson } from "@theanotes/runtime/json"; import "zeromq";`],
  ["extension/src/index.ts", `import type { Hello } from "@theanotes/kernel/comm-config";`],
  ["runtime/base/pretty.ts", `const text = 'import "../graph/op.ts"';`],
])("%s may say %s", (file, source) => {
  expect(checkFile(file, source)).toEqual([]);
});

/** The complaints about the imports of one file, each with the file's name and line. */
function checkFile(file: string, source: string): string[] {
  return importsOf(file, source).flatMap(({ specifier, line }) => {
    const target = resolve(file, specifier);
    const reason = target === undefined || CONTRACTS.has(target) ? undefined : objection(file, target);
    return reason === undefined ? [] : [`${file}:${line} imports ${target}: ${reason}`];
  });
}

/** Why a file may not import another, both as paths from the project's folder. */
function objection(file: string, target: string): string | undefined {
  const [from, fromRoom = ""] = file.split("/");
  const [to, toRoom = ""] = target.split("/");
  if (from === "runtime") {
    if (to !== "runtime") return "the runtime knows neither kernel nor extension";
    for (const room of [fromRoom, toRoom]) if (!FLOORS.includes(room)) return `${room} is no floor`;
    return FLOORS.indexOf(fromRoom) < FLOORS.indexOf(toRoom) ? `${fromRoom} is below ${toRoom}` : undefined;
  }
  if (from === "extension") return to === "extension" ? undefined : "the extension shares types only";
  if (to === "extension") return "the kernel knows nothing of the extension";
  if (fromRoom === "front") {
    if (to === "runtime") return "the front process does without the runtime";
    if (toRoom === "engine" || toRoom === "magics") return "the front process runs no user code";
  }
  const inEngine = fromRoom === "engine" || fromRoom === "magics";
  return inEngine && toRoom === "front" ? "the engine process knows nothing of sockets" : undefined;
}

/** The file of ours that a specifier means; undefined for packages of others and for Node's own modules. */
function resolve(file: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return join(dirname(file), specifier);
  const [, folder, entry] = /^@theanotes\/(runtime|kernel)(.*)$/.exec(specifier) ?? [];
  return folder === undefined
    ? undefined
    : join(folder, entryPoints(folder)[`.${entry}`]?.["@theanotes/source"] ?? "?");
}

/** The `exports` of one of our packages. */
function entryPoints(folder: string): Record<string, Record<string, string> | undefined> {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).exports;
}

/** Everything that a file imports, exports from elsewhere, or imports a type of. */
function importsOf(file: string, source: string): { specifier: string; line: number }[] {
  const found: { specifier: string; line: number }[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if ("source" in node && isText(node.source)) {
      found.push({ specifier: node.source.value, line: source.slice(0, node.source.start).split("\n").length });
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseAst(source, { lang: file.endsWith("x") ? "tsx" : "ts" }));
  return found;
}

/** Whether a syntax node is a text literal. */
function isText(node: unknown): node is { value: string; start: number } {
  if (typeof node !== "object" || node === null || !("type" in node) || !("value" in node)) return false;
  return node.type === "Literal" && typeof node.value === "string";
}
