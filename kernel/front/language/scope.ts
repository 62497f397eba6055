/**
 * Under which names V8 knows what cells declare.
 *
 * V8's REPL scope is the global scope of the whole process: a `URL` there would be the `URL` of every package and of
 * the kernel itself. So a cell's own `URL` lives there as `URLʹ`, in that cell and in all that mention it later.
 */
import type { Edit } from "./edited.ts";
import { type Identifier, isBindingElement, isObjectBindingPattern, type Node, SyntaxKind } from "./syntax.ts";

/** A letter (modifier letter prime) that may stand in a name and hardly ever does. */
const PRIME = "ʹ";

const PLATFORM: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(globalThis));

/** Leads a name in a cell to its name in V8's scope. */
export type ScopeNames = (name: string) => string;

/** @param isOwn whether a name is one that cells have declared. */
export function scopeNames(isOwn: (name: string) => boolean): ScopeNames {
  return (name) => (PLATFORM.has(name) && isOwn(name) ? name + PRIME : name);
}

/**
 * The edit that renames an identifier, wherever it is bound: that is right for inner names too, which are renamed with
 * all their uses. Null for names of properties, for types (`text` has blanks there), and where nothing changes.
 */
export function renaming(node: Identifier, text: string, scopeName: ScopeNames): Edit | null {
  const name = scopeName(node.text);
  const start = node.getStart();
  if (name === node.text || !text.startsWith(node.text, start) || isPropertyName(node)) return null;
  return { start, end: node.end, text: isShorthand(node) ? `${node.text}:${name}` : name };
}

function isPropertyName(node: Identifier): boolean {
  const { parent } = node;
  switch (parent.kind) {
    case SyntaxKind.PropertyAccessExpression:
    case SyntaxKind.PropertyAssignment:
    case SyntaxKind.PropertyDeclaration:
    case SyntaxKind.MethodDeclaration:
    case SyntaxKind.GetAccessor:
    case SyntaxKind.SetAccessor:
      return "name" in parent && parent.name === node;
    default:
      return isBindingElement(parent) && parent.propertyName === node;
  }
}

/** `{ URL }`, which names a property and a variable at once. */
function isShorthand({ parent }: Node): boolean {
  if (parent.kind === SyntaxKind.ShorthandPropertyAssignment) return true;
  const takesProperty = isBindingElement(parent) && !parent.propertyName && !parent.dotDotDotToken;
  return takesProperty && isObjectBindingPattern(parent.parent);
}
