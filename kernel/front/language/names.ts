/** The names that a cell declares at its top level. */
import {
  type BindingName,
  isArrayBindingPattern,
  isClassDeclaration,
  isEnumDeclaration,
  isFunctionDeclaration,
  isIdentifier,
  isImportDeclaration,
  isImportEqualsDeclaration,
  isInterfaceDeclaration,
  isModuleDeclaration,
  isNamespaceImport,
  isObjectBindingPattern,
  isTypeAliasDeclaration,
  isVariableStatement,
  type Node,
  type Statement,
  SyntaxKind,
} from "./syntax.ts";

/** How a name was declared; what later cells may do with it follows from it. */
export type NameKind = "constant" | "variable" | "function" | "class" | "enum" | "namespace" | "import" | "type";

export interface DeclaredName {
  readonly name: string;
  readonly kind: NameKind;
  /** It has a value at run time; a type or an ambient declaration has none. */
  readonly value: boolean;
  /** The cell itself says `export`. */
  readonly exported: boolean;
}

/** The names that statements declare, in order; a name that is declared in several ways comes once per declaration. */
export function declaredNames(statements: readonly Statement[]): DeclaredName[] {
  return statements.flatMap(namesOf);
}

function namesOf(statement: Statement): DeclaredName[] {
  const exported = hasModifier(statement, SyntaxKind.ExportKeyword);
  const value = !hasModifier(statement, SyntaxKind.DeclareKeyword);
  const one = (name: Node | undefined, kind: NameKind, hasValue = value): DeclaredName[] =>
    name && isIdentifier(name) ? [{ name: name.text, kind, value: hasValue, exported }] : [];

  if (isVariableStatement(statement)) {
    const keyword = variableKeyword(statement.declarationList);
    // What `using` declares is disposed of when its cell ends: it is no name for later cells.
    if (keyword === "using") return [];
    const kind = keyword === "const" ? "constant" : "variable";
    return statement.declarationList.declarations
      .flatMap((declaration) => boundNames(declaration.name))
      .map((name) => ({ name, kind, value, exported }));
  }
  if (isFunctionDeclaration(statement)) return one(statement.name, "function");
  if (isClassDeclaration(statement)) return one(statement.name, "class");
  if (isEnumDeclaration(statement)) return one(statement.name, "enum");
  if (isModuleDeclaration(statement)) return one(statement.name, "namespace");
  if (isInterfaceDeclaration(statement) || isTypeAliasDeclaration(statement)) return one(statement.name, "type", false);
  if (isImportEqualsDeclaration(statement)) return one(statement.name, "import", value && !statement.isTypeOnly);
  if (isImportDeclaration(statement)) {
    return importedNames(statement).map(({ name, typeOnly }) => ({ name, kind: "import", value: !typeOnly, exported }));
  }
  return [];
}

function importedNames(statement: Statement): { name: string; typeOnly: boolean }[] {
  const clause = isImportDeclaration(statement) ? statement.importClause : undefined;
  if (!clause) return [];
  const typeOnly = clause.phaseModifier === SyntaxKind.TypeKeyword;
  const names = clause.name ? [{ name: clause.name.text, typeOnly }] : [];
  if (!clause.namedBindings) return names;
  if (isNamespaceImport(clause.namedBindings)) return [...names, { name: clause.namedBindings.name.text, typeOnly }];
  const elements = clause.namedBindings.elements;
  return [...names, ...elements.map((each) => ({ name: each.name.text, typeOnly: typeOnly || each.isTypeOnly }))];
}

/** The identifiers of a binding: one name, or those of a destructuring pattern. */
export function boundNames(binding: BindingName): string[] {
  if (isIdentifier(binding)) return [binding.text];
  if (isObjectBindingPattern(binding) || isArrayBindingPattern(binding)) {
    return binding.elements.flatMap((element) => (element.name ? boundNames(element.name) : []));
  }
  return [];
}

/** `using` stands for `await using` too. */
export function variableKeyword(list: Node): "const" | "let" | "var" | "using" {
  const text = list.getSourceFile().text.slice(list.getStart());
  const keyword = /^(?:const|let|var)\b/.exec(text)?.[0];
  return keyword === "const" || keyword === "let" || keyword === "var" ? keyword : "using";
}

export function hasModifier(node: Node, kind: SyntaxKind): boolean {
  return modifiers(node).some((modifier) => modifier.kind === kind);
}

/** The modifiers of a declaration, in order. */
export function modifiers(node: Node): readonly Node[] {
  return "modifiers" in node && Array.isArray(node.modifiers) ? node.modifiers : [];
}

const DECLARATION =
  /\b(?:const|let|var|using|function\s*\*?|class|enum|interface|type|namespace|module)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;

/** A guess, before parsing, at the names that a cell declares. It saves a round; the tree has the last word. */
export function guessedDeclarations(code: string): ReadonlySet<string> {
  return new Set([...code.matchAll(DECLARATION)].flatMap((found) => found[1] ?? []));
}
