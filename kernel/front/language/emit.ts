/**
 * Turns a cell's JavaScript, with its tree, into a program for V8's REPL scope. Pure: text in, text out.
 *
 * The text is edited in place and no line moves. Every top-level declaration becomes an assignment to a name that is
 * declared outside of the cell's function, so that any later cell can declare the name again as anything, and
 * closures see its newest value.
 */
import type { Edit, EditedText } from "./edited.ts";
import { HOOKS } from "./hooks.ts";
import { declaredNames, hasModifier, modifiers, variableKeyword } from "./names.ts";
import { renaming, type ScopeNames } from "./scope.ts";
import {
  type ClassDeclaration,
  type FunctionDeclaration,
  type ImportClause,
  type ImportDeclaration,
  isCallExpression,
  isClassDeclaration,
  isExportAssignment,
  isExportDeclaration,
  isExpressionStatement,
  isFunctionDeclaration,
  isIdentifier,
  isImportDeclaration,
  isMetaProperty,
  isNamespaceImport,
  isStringLiteral,
  isVariableStatement,
  type Node,
  type Statement,
  SyntaxKind,
  type VariableStatement,
} from "./syntax.ts";

/** A program without its cell's number and source. */
export interface Emitted {
  readonly hoist: string;
  /** The body, whose places are those of the cell. */
  readonly body: EditedText;
}

export interface EmitOptions {
  /** The `%%magic` around the cell. */
  readonly around: { readonly name: string; readonly argument: string } | null;
  /** What `import.meta` stands for, as JavaScript. */
  readonly importMeta: string;
  /** The names that V8 is to know the cell's by. */
  readonly scopeName: ScopeNames;
  /** Where the cell begins in the text; what stands before it is left out. */
  readonly start: number;
}

/**
 * @param code the cell as JavaScript: types are blanks already.
 * @param statements its statements, with positions that hold in `code`.
 */
export function emitCell(code: EditedText, statements: readonly Statement[], options: EmitOptions): Emitted {
  const { scopeName } = options;
  const inside = statements.map((statement) => insideEdits(code.text, statement, options));
  const isAsync = inside.some((each) => each.awaits) || statements.some(isImportDeclaration);
  const running = statements.filter(runs);
  const last = running.findLast((statement) => !isBareVar(statement));
  const { head, tail } = wrapping(isAsync, options.around);
  const split = passes(code.text, running);
  const edits: Edit[] = [{ start: 0, end: options.start, text: head }, ...split.edits];
  statements.forEach((statement, index) => {
    edits.push(...statementEdits(code.text, statement, statement === last, scopeName));
    edits.push(...(inside[index]?.edits ?? []));
  });
  edits.push({ start: code.text.length, end: code.text.length, text: split.tail + tail });
  const names = new Set(
    declaredNames(statements)
      .filter((each) => each.value)
      .map((each) => scopeName(each.name)),
  );
  return {
    hoist: names.size > 0 ? `let ${[...names].join(", ")};` : "",
    body: code.apply(edits),
  };
}

/** What stands around the cell's statements: its function, within the call of its magic. */
function wrapping(isAsync: boolean, around: EmitOptions["around"]): { readonly head: string; readonly tail: string } {
  const head = `${isAsync ? "async " : ""}()=>{"use strict";`;
  if (!around) return { head, tail: "\n}" };
  const magic = `${HOOKS}.cellMagic(${JSON.stringify(around.name)},${JSON.stringify(around.argument)},`;
  return { head: `()=>${magic}${head}`, tail: "\n})" };
}

/** Whether a statement does something at run time. */
function runs(statement: Statement): boolean {
  switch (statement.kind) {
    case SyntaxKind.InterfaceDeclaration:
    case SyntaxKind.TypeAliasDeclaration:
    case SyntaxKind.EmptyStatement:
    case SyntaxKind.ExportDeclaration:
      return false;
    case SyntaxKind.FunctionDeclaration:
      return isFunctionDeclaration(statement) && statement.body !== undefined;
    default:
      return !hasModifier(statement, SyntaxKind.DeclareKeyword);
  }
}

/** `var a`, which changes nothing: namespaces are translated into it, behind all that the user wrote. */
function isBareVar(statement: Statement): boolean {
  if (!isVariableStatement(statement) || variableKeyword(statement.declarationList) !== "var") return false;
  return statement.declarationList.declarations.every((each) => each.initializer === undefined);
}

/**
 * Functions exist before the statements above them run. Where that matters, the cell's function goes over its
 * statements twice: first it makes the functions, then it runs the rest.
 */
function passes(
  text: string,
  running: readonly Statement[],
): { readonly edits: readonly Edit[]; readonly tail: string } {
  // Imports alone do not matter: they call nothing of the cell's.
  const firstOther = running.findIndex((one) => !isFunctionDeclaration(one) && !isImportDeclaration(one));
  const needed = firstOther >= 0 && running.slice(firstOther).some(isFunctionDeclaration);
  if (!needed) return { edits: [], tail: "" };
  let pass = "pass";
  while (text.includes(pass)) pass += "_";
  const edits: Edit[] = [];
  running.forEach((statement, index) => {
    const isFunction = isFunctionDeclaration(statement);
    const previous = running[index - 1];
    if (previous && isFunctionDeclaration(previous) === isFunction) return;
    const before = previous ? "}" : `for(let ${pass}=0;${pass}<2;${pass}++){`;
    const start = statement.getStart();
    edits.push({ start, end: start, text: `${before}if(${isFunction ? "!" : ""}${pass}){` });
  });
  return { edits, tail: "\n}}" };
}

function statementEdits(text: string, statement: Statement, isLast: boolean, scopeName: ScopeNames): Edit[] {
  if (!runs(statement)) return isExportDeclaration(statement) ? [blank(text, statement.getStart(), statement.end)] : [];
  if (isVariableStatement(statement)) return variableEdits(text, statement);
  if (isFunctionDeclaration(statement)) return functionEdits(text, statement, scopeName);
  if (isClassDeclaration(statement)) return classEdits(text, statement, scopeName);
  if (isImportDeclaration(statement)) return importEdits(text, statement, scopeName);
  if (isExportAssignment(statement)) {
    const blanked = blank(text, statement.getStart(), statement.expression.getStart());
    return isLast ? [blanked, ...returned(statement.expression)] : [blanked];
  }
  return isLast && isExpressionStatement(statement) ? returned(statement.expression) : [];
}

function returned(expression: Node): Edit[] {
  const start = expression.getStart();
  return [
    { start, end: start, text: "return (" },
    { start: expression.end, end: expression.end, text: ")" },
  ];
}

/** `const a = 1, {b} = o` becomes `;(a = 1, {b} = o)`, in the columns of the original. */
function variableEdits(text: string, statement: VariableStatement): Edit[] {
  const list = statement.declarationList;
  const keyword = variableKeyword(list);
  if (keyword === "using") return [];
  const start = list.getStart();
  const names = list.declarations.map((declaration) => declaration.name);
  const pattern = names.some((name) => !isIdentifier(name));
  const opening = (pattern ? ";(" : ";").padStart(keyword.length);
  const edits: Edit[] = [
    blank(text, statement.getStart(), start),
    { start, end: start + keyword.length, text: opening },
  ];
  for (const declaration of list.declarations) {
    // `let a` makes `a` undefined each time it is run; `var a` leaves what is there.
    const reset = !declaration.initializer && keyword !== "var";
    if (reset) edits.push({ start: declaration.name.end, end: declaration.name.end, text: "=void 0" });
  }
  if (pattern) edits.push({ start: list.end, end: list.end, text: ")" });
  return edits;
}

/** `function f(` becomes `f=function(`: as long, and without a binding of its own that would hide the shared one. */
function functionEdits(text: string, statement: FunctionDeclaration, scopeName: ScopeNames): Edit[] {
  const { name } = statement;
  const start = afterExport(statement);
  const blanked = blank(text, statement.getStart(), start);
  const end: Edit = { start: statement.end, end: statement.end, text: ";" };
  if (!name) return [blanked, { start, end: start, text: ";(" }, { ...end, text: ");" }];
  const target = scopeName(name.text);
  // Under another name the shared binding is not hidden, and the function keeps the one it shows.
  if (target !== name.text) return [blanked, { start, end: start, text: `${target}=` }, end];
  const nameStart = name.getStart();
  const hasBlank = text[nameStart - 1] === " ";
  return [
    blanked,
    { start, end: start, text: `${target}=` },
    { start: hasBlank ? nameStart - 1 : nameStart, end: name.end, text: "" },
    end,
  ];
}

function classEdits(text: string, statement: ClassDeclaration, scopeName: ScopeNames): Edit[] {
  const start = afterExport(statement);
  const target = statement.name ? `;${scopeName(statement.name.text)}=` : ";(";
  return [
    blank(text, statement.getStart(), start),
    { start, end: start, text: target },
    { start: statement.end, end: statement.end, text: statement.name ? ";" : ");" },
  ];
}

/** Where a declaration begins behind its `export` and `default`. */
function afterExport(statement: Statement): number {
  const start = statement.getStart();
  const exporting = modifiers(statement).filter(
    (each) => each.kind === SyntaxKind.ExportKeyword || each.kind === SyntaxKind.DefaultKeyword,
  );
  const end = exporting.at(-1)?.end;
  if (end === undefined) return start;
  const { text } = statement.getSourceFile();
  return end + (/^\s*/.exec(text.slice(end))?.[0].length ?? 0);
}

/** `import d, {a as b} from "m"` becomes `;({default:d,a:b}=await hooks.import("m"));`, with as many line breaks. */
function importEdits(text: string, statement: ImportDeclaration, scopeName: ScopeNames): Edit[] {
  const start = statement.getStart();
  const written = text.slice(start, statement.end);
  const clause = statement.importClause;
  const breaks = "\n".repeat(written.split("\n").length - 1);
  if (clause && importsOnlyTypes(clause)) return [blank(text, start, statement.end)];
  const specifier = isStringLiteral(statement.moduleSpecifier) ? statement.moduleSpecifier.text : "";
  const loaded = `await ${HOOKS}.import(${JSON.stringify(specifier)})`;
  const parts = clause?.name ? [`default:${scopeName(clause.name.text)}`] : [];
  let source = loaded;
  if (clause?.namedBindings) {
    if (isNamespaceImport(clause.namedBindings)) {
      source = `${scopeName(clause.namedBindings.name.text)}=${loaded}`;
    } else {
      for (const element of clause.namedBindings.elements) {
        if (element.isTypeOnly) continue;
        const from = (element.propertyName ?? element.name).getText();
        const to = scopeName(element.name.text);
        parts.push(from === to ? to : `${from}:${to}`);
      }
    }
  }
  const assigned = parts.length > 0 ? `({${parts.join(",")}}=${source})` : source;
  return [{ start, end: statement.end, text: `;${assigned};${breaks}` }];
}

/** `import type …` and `import {type A, type B} …` load nothing. */
function importsOnlyTypes(clause: ImportClause): boolean {
  if (clause.phaseModifier === SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name || !bindings || isNamespaceImport(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

/** Replaces a stretch by blanks, so that everything behind it stays in its column. */
function blank(text: string, start: number, end: number): Edit {
  return { start, end, text: text.slice(start, end).replace(/[^\r\n]/g, " ") };
}

/** What has to change within a statement, and whether the cell's function must wait because of it. */
function insideEdits(text: string, statement: Statement, options: EmitOptions): { edits: Edit[]; awaits: boolean } {
  const edits: Edit[] = [];
  // What a function or class is called is not what it is known by.
  const shownName = isFunctionDeclaration(statement) || isClassDeclaration(statement) ? statement.name : undefined;
  let awaits = false;
  const visit = (node: Node, inFunction: boolean): void => {
    if (!inFunction) awaits ||= isAwait(node);
    if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
      edits.push({ start: node.expression.getStart(), end: node.expression.end, text: `${HOOKS}.import` });
    } else if (isMetaProperty(node) && node.keywordToken === SyntaxKind.ImportKeyword) {
      edits.push({ start: node.getStart(), end: node.end, text: options.importMeta });
    } else if (isIdentifier(node) && node !== shownName) {
      const edit = renaming(node, text, options.scopeName);
      if (edit) edits.push(edit);
    }
    const nested = inFunction || isFunctionLike(node);
    node.forEachChild((child) => visit(child, nested));
  };
  if (!isImportDeclaration(statement) && !isExportDeclaration(statement)) visit(statement, false);
  return { edits, awaits };
}

function isAwait(node: Node): boolean {
  if (node.kind === SyntaxKind.AwaitExpression) return true;
  if (node.kind === SyntaxKind.ForOfStatement) return "awaitModifier" in node && node.awaitModifier !== undefined;
  return node.kind === SyntaxKind.VariableDeclarationList && /^await\b/.test(node.getText());
}

function isFunctionLike(node: Node): boolean {
  switch (node.kind) {
    case SyntaxKind.FunctionDeclaration:
    case SyntaxKind.FunctionExpression:
    case SyntaxKind.ArrowFunction:
    case SyntaxKind.MethodDeclaration:
    case SyntaxKind.Constructor:
    case SyntaxKind.GetAccessor:
    case SyntaxKind.SetAccessor:
    case SyntaxKind.PropertyDeclaration:
    case SyntaxKind.ClassStaticBlockDeclaration:
      return true;
    default:
      return false;
  }
}
