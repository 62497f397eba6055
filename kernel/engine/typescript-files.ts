/** The user's TypeScript files as JavaScript, those too that Node itself refuses: with enums, namespaces and the like. */
import { createRequire, setSourceMapsSupport } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Leaves blanks where types were; only where that is not enough, the file is translated, with a source map.
 * Throws a `SyntaxError` that names the file and the line.
 */
export function toJavaScript(source: string, path: string): string {
  // Loaded when it is needed, because most notebooks have no such file.
  const { transformSync }: typeof import("amaro") = require("amaro");
  try {
    return transformSync(source, { mode: "strip-only", module: true }).code;
  } catch (error) {
    if (field(error, "code") !== "UnsupportedSyntax") throw syntaxError(error, path);
  }
  // Only now: with it, Node also reads the maps of what it loads.
  setSourceMapsSupport(true, { nodeModules: false });
  const { code, map = "" } = transformSync(source, {
    mode: "transform",
    module: true,
    filename: path,
    sourceMap: true,
    transform: { verbatimModuleSyntax: true, nativeClassProperties: true },
  });
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString("base64")}`;
}

/** What the package throws is no `Error`: an object with a message and the place. */
function syntaxError(thrown: unknown, path: string): SyntaxError {
  const place = field(thrown, "startLine");
  return new SyntaxError(`${path}${place === undefined ? "" : `:${place}`}: ${field(thrown, "message")}`);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
