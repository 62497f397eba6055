/**
 * Operators on symbolic variables: `10 / x` becomes `T.trueDiv(10, x)` where the types say that an operand is symbolic.
 * Ordinary operands keep ordinary JavaScript.
 */
import type { Edit } from "./edited.ts";
import { type Checker, type Type, TypeFlags } from "./server.ts";
import type { CheckedFile } from "./service.ts";
import {
  type BinaryExpression,
  type Expression,
  isBinaryExpression,
  isIdentifier,
  isParenthesizedExpression,
  isPrefixUnaryExpression,
  isPropertyAccessExpression,
  type Node,
  type PrefixUnaryExpression,
  SyntaxKind,
} from "./syntax.ts";

/** The property that marks the types of symbolic variables. */
const BRAND = "__symbolic";

/** The ops' namespace, out of reach of user variables named `T`. */
const OPS = "globalThis.T";

const BINARY: ReadonlyMap<SyntaxKind, string> = new Map([
  [SyntaxKind.PlusToken, "add"],
  [SyntaxKind.MinusToken, "sub"],
  [SyntaxKind.AsteriskToken, "mul"],
  [SyntaxKind.SlashToken, "trueDiv"],
  [SyntaxKind.PercentToken, "mod"],
  [SyntaxKind.AsteriskAsteriskToken, "pow"],
  [SyntaxKind.LessThanToken, "lt"],
  [SyntaxKind.LessThanEqualsToken, "le"],
  [SyntaxKind.GreaterThanToken, "gt"],
  [SyntaxKind.GreaterThanEqualsToken, "ge"],
  [SyntaxKind.EqualsEqualsToken, "eq"],
  [SyntaxKind.ExclamationEqualsToken, "neq"],
  [SyntaxKind.AmpersandToken, "and_"],
  [SyntaxKind.BarToken, "or_"],
  [SyntaxKind.CaretToken, "xor"],
]);

const COMPOUND: ReadonlyMap<SyntaxKind, string> = new Map([
  [SyntaxKind.PlusEqualsToken, "add"],
  [SyntaxKind.MinusEqualsToken, "sub"],
  [SyntaxKind.AsteriskEqualsToken, "mul"],
  [SyntaxKind.SlashEqualsToken, "trueDiv"],
  [SyntaxKind.PercentEqualsToken, "mod"],
  [SyntaxKind.AsteriskAsteriskEqualsToken, "pow"],
  [SyntaxKind.AmpersandEqualsToken, "and_"],
  [SyntaxKind.BarEqualsToken, "or_"],
  [SyntaxKind.CaretEqualsToken, "xor"],
]);

const UNARY: ReadonlyMap<SyntaxKind, string> = new Map([
  [SyntaxKind.MinusToken, "neg"],
  [SyntaxKind.TildeToken, "invert"],
]);

type Operation = BinaryExpression | PrefixUnaryExpression;

/**
 * One round: the edits for every operator whose operands' types are final. Operands that contain a rewritten operator
 * deeper inside (an argument of a call, say) have another type once that is done, so their operators wait for the
 * next round; there are no more rounds to come when a round has no edits.
 */
export async function symbolicEdits(file: CheckedFile): Promise<Edit[]> {
  const operations = collect(file.tree);
  if (operations.length === 0) return [];
  const operands = operations.flatMap(operandsOf).map(bare);
  const asked = operands.filter((operand) => !isOperation(operand));
  const types = await file.types(asked);
  const brands = await brandsOf(file.checker, types);
  const kinds = new Map<Node, Operand>();
  asked.forEach((operand, index) => {
    kinds.set(operand, operandKind(types[index], brands));
  });
  const round = new Round(kinds);
  for (const operation of operations) round.visit(operation);
  return round.edits;
}

/** What an operand is, as far as operators care. */
type Operand = "symbolic" | "text" | "nothing" | "other";

function operandKind(type: Type | undefined, brands: ReadonlySet<number>): Operand {
  if (!type) return "other";
  if (type.flags & TypeFlags.StringLike) return "text";
  if (type.flags & (TypeFlags.Null | TypeFlags.Undefined | TypeFlags.Void)) return "nothing";
  return brands.has(type.id) ? "symbolic" : "other";
}

/** Which of the types carry the brand; for a union, all of its members must. */
async function brandsOf(checker: Checker, types: readonly (Type | undefined)[]): Promise<ReadonlySet<number>> {
  const candidates = new Map<number, Type>();
  const mask = TypeFlags.Object | TypeFlags.UnionOrIntersection | TypeFlags.TypeParameter;
  for (const type of types) if (type && type.flags & mask) candidates.set(type.id, type);
  const branded = await Promise.all(
    [...candidates.values()].map(async (type) => {
      const property = await checker.getPropertyOfType(type, BRAND);
      return property ? [type.id] : [];
    }),
  );
  return new Set(branded.flat());
}

class Round {
  readonly edits: Edit[] = [];
  readonly #kinds: ReadonlyMap<Node, Operand>;
  readonly #symbolic = new Map<Operation, boolean>();
  readonly #visited = new Set<Operation>();

  constructor(kinds: ReadonlyMap<Node, Operand>) {
    this.#kinds = kinds;
  }

  /** Decides about an outermost operator and, unless done already, everything below it. */
  visit(operation: Operation): void {
    if (this.#visited.has(operation)) return;
    this.#visited.add(operation);
    if (this.#isSymbolic(operation)) this.#rewrite(operation);
    else for (const operand of operandsOf(operation)) this.#operand(operand);
  }

  #operand(operand: Node): void {
    const inner = bare(operand);
    if (isOperation(inner)) this.visit(inner);
  }

  #isSymbolic(operation: Operation): boolean {
    const known = this.#symbolic.get(operation);
    if (known !== undefined) return known;
    const kinds = operandsOf(operation).map((operand) => this.#kindOf(operand));
    const symbolic =
      kinds.includes("symbolic") && !kinds.includes("text") && !kinds.includes("nothing") && isAllowed(operation);
    this.#symbolic.set(operation, symbolic);
    return symbolic;
  }

  #kindOf(operand: Node): Operand {
    const inner = bare(operand);
    if (isOperation(inner)) return this.#isSymbolic(inner) ? "symbolic" : this.#isText(inner) ? "text" : "other";
    const kind = this.#kinds.get(inner) ?? "other";
    return kind === "symbolic" && this.#hasOpenWork(inner) ? "other" : kind;
  }

  /** `"x = " + x` is text, and so is what is added to it. */
  #isText(operation: Operation): boolean {
    if (isPrefixUnaryExpression(operation) || operation.operatorToken.kind !== SyntaxKind.PlusToken) return false;
    return operandsOf(operation).some((operand) => this.#kindOf(operand) === "text");
  }

  /** Whether an operator below is rewritten in this round, or waits for another: its type may change then. */
  #hasOpenWork(node: Node): boolean {
    const isOpen = (child: Node): boolean =>
      (isOperation(child) && this.#isSymbolic(child)) || this.#hasOpenWork(child);
    return node.forEachChild((child) => isOpen(child) || undefined) ?? false;
  }

  #rewrite(operation: Operation): void {
    if (isPrefixUnaryExpression(operation)) this.#rewriteUnary(operation);
    else if (COMPOUND.has(operation.operatorToken.kind)) this.#rewriteCompound(operation);
    else this.#rewriteBinary(operation);
  }

  #rewriteUnary(operation: PrefixUnaryExpression): void {
    const start = operation.getStart();
    const name = UNARY.get(operation.operator);
    this.edits.push({ start, end: start + 1, text: name ? `${OPS}.${name}(` : "(" });
    this.#operand(operation.operand);
    this.#insert(operation.end, ")");
  }

  #rewriteBinary(operation: BinaryExpression): void {
    const { left, operatorToken, right } = operation;
    const call = `${OPS}.${BINARY.get(operatorToken.kind)}(`;
    // `-x ** 2` has no meaning in JavaScript; here it is the negative of a power, as in Python and in mathematics.
    const negated =
      operatorToken.kind === SyntaxKind.AsteriskAsteriskToken && isPrefixUnaryExpression(left) && isOperation(left);
    if (negated) {
      const start = left.getStart();
      const outer = UNARY.get(left.operator);
      this.#visited.add(left);
      this.edits.push({ start, end: start + 1, text: `${outer ? `${OPS}.${outer}` : ""}(${call}` });
      this.#operand(left.operand);
    } else {
      this.#insert(left.getStart(), call);
      this.#operand(left);
    }
    this.edits.push({ start: operatorToken.getStart(), end: operatorToken.end, text: "," });
    this.#operand(right);
    this.#insert(operation.end, negated ? "))" : ")");
  }

  #rewriteCompound(operation: BinaryExpression): void {
    const { left, operatorToken, right } = operation;
    const text = `=${OPS}.${COMPOUND.get(operatorToken.kind)}(${left.getText()},`;
    this.edits.push({ start: operatorToken.getStart(), end: operatorToken.end, text });
    this.#operand(right);
    this.#insert(operation.end, ")");
  }

  #insert(at: number, text: string): void {
    this.edits.push({ start: at, end: at, text });
  }
}

/** The operators that could be symbolic, outer ones before inner ones. */
function collect(root: Node): Operation[] {
  const found: Operation[] = [];
  const visit = (node: Node): void => {
    if (isOperation(node)) found.push(node);
    node.forEachChild(visit);
  };
  root.forEachChild(visit);
  return found;
}

function isOperation(node: Node): node is Operation {
  if (isPrefixUnaryExpression(node)) return UNARY.has(node.operator) || node.operator === SyntaxKind.PlusToken;
  return isBinaryExpression(node) && (BINARY.has(node.operatorToken.kind) || COMPOUND.has(node.operatorToken.kind));
}

function operandsOf(operation: Operation): readonly Expression[] {
  return isPrefixUnaryExpression(operation) ? [operation.operand] : [operation.left, operation.right];
}

function bare(node: Node): Node {
  return isParenthesizedExpression(node) ? bare(node.expression) : node;
}

/** A compound assignment names its target twice: that must not run anything twice. */
function isAllowed(operation: Operation): boolean {
  if (isPrefixUnaryExpression(operation) || !COMPOUND.has(operation.operatorToken.kind)) return true;
  return isPlainReference(operation.left);
}

function isPlainReference(node: Node): boolean {
  if (isPropertyAccessExpression(node)) return isPlainReference(node.expression);
  return isIdentifier(node) || node.kind === SyntaxKind.ThisKeyword;
}
