/** Takes the types out of a cell, with the `amaro` package (the type stripper that Node itself uses). */
import { SourceMap } from "node:module";
import { transformSync } from "amaro";
import { type EditedText, Lines } from "./edited.ts";
import { hasModifier, modifiers } from "./names.ts";
import {
  isEnumDeclaration,
  isImportEqualsDeclaration,
  isModuleDeclaration,
  type Node,
  type SourceFile,
  SyntaxKind,
} from "./syntax.ts";

/** Leaves blanks where types were: every place stays the same. */
export function blankTypes(code: EditedText): EditedText {
  // The stripper takes some names (`module`) at the very end for the beginning of a declaration.
  const { code: text } = transformSync(`${code.text}\n`, { mode: "strip-only", module: true });
  return code.withText(text.slice(0, -1));
}

/** Translates what is more than types (enums, namespaces, parameter properties, `<T>x`); places are kept by a source map. */
export function lowerSyntax(code: EditedText): EditedText {
  const { code: text, map } = transformSync(`${code.text}\n`, {
    mode: "transform",
    module: true,
    sourceMap: true,
    transform: { verbatimModuleSyntax: true, nativeClassProperties: true, noEmptyExport: true },
  });
  return code.withPlaces(text, map === undefined ? [] : placesOf(text, code.text, map));
}

/** The points of a source map as offsets. */
function placesOf(text: string, source: string, map: string): [number, number][] {
  const sourceMap = new SourceMap(JSON.parse(map));
  const here = new Lines(text);
  const there = new Lines(source);
  const places: [number, number][] = [];
  let lastKey = "";
  for (let line = 0; line < here.count; line++) {
    for (let offset = here.start(line); offset <= here.end(line) && offset < text.length; offset++) {
      const entry = sourceMap.findEntry(line, offset - here.start(line));
      if (!("originalLine" in entry)) continue;
      const key = `${entry.generatedLine}:${entry.generatedColumn}`;
      if (key === lastKey) continue;
      lastKey = key;
      places.push([offset, there.offset(entry.originalLine, entry.originalColumn)]);
    }
  }
  return places;
}

/** Whether a cell has syntax that cannot be taken out by leaving blanks. */
export function needsLowering(tree: SourceFile): boolean {
  const visit = (node: Node): boolean =>
    isLowered(node) || (node.forEachChild((child) => visit(child) || undefined) ?? false);
  return visit(tree);
}

function isLowered(node: Node): boolean {
  if (hasModifier(node, SyntaxKind.DeclareKeyword)) return false;
  if (node.kind === SyntaxKind.TypeAssertionExpression) return true;
  if (isEnumDeclaration(node) || isModuleDeclaration(node) || isImportEqualsDeclaration(node)) return true;
  if (node.kind === SyntaxKind.Parameter) return modifiers(node).length > 0;
  return false;
}
