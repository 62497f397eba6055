/** The values of Python expressions. */
import type { Argument, Expression, Formatted, Loop, Parameters } from "./ast.ts";
import { getAttribute } from "./attributes.ts";
import { callValue } from "./call.ts";
import { superOf } from "./classes.ts";
import { formatValue } from "./format.ts";
import { getItem, iterate } from "./items.ts";
import { binary, compare, isTrue, unary } from "./operators.ts";
import type { Scope } from "./scope.ts";
import { type Keywords, PyFunction, PySlice, repr, str, truth, tuple } from "./values.ts";

/** Under which name a call keeps its first argument, for `super()`. */
const SELF = "\0self";

/** Under which name a call of a generator collects what it yields. */
export const YIELDED = "\0yielded";

export function evaluate(expression: Expression, scope: Scope): unknown {
  switch (expression.kind) {
    case "constant":
      return expression.value;
    case "name":
      return scope.get(expression.id);
    case "attribute":
      return getAttribute(evaluate(expression.of, scope), expression.name);
    case "item":
      return getItem(evaluate(expression.of, scope), evaluate(expression.index, scope));
    case "slice": {
      const [start, stop, step] = expression.bounds.map((bound) => (bound === null ? null : evaluate(bound, scope)));
      return new PySlice(start, stop, step);
    }
    case "call": {
      const callee = evaluate(expression.callee, scope);
      const { args, keywords } = evaluateArguments(expression.args, scope);
      const isSuper = expression.callee.kind === "name" && expression.callee.id === "super" && args.length === 0;
      if (isSuper) return superOf(scope.get("__class__"), scope.get(SELF));
      return callValue(callee, args, keywords);
    }
    case "list":
      return evaluateAll(expression.items, scope);
    case "tuple":
      return tuple(evaluateAll(expression.items, scope));
    case "set":
      return new Set(evaluateAll(expression.items, scope));
    case "dict":
      return evaluateDictionary(expression.entries, scope);
    case "yield": {
      const yielded = scope.get(YIELDED);
      if (Array.isArray(yielded)) yielded.push(evaluate(expression.value, scope));
      return null;
    }
    case "starred":
      throw new SyntaxError("can't use starred expression here");
    case "binary":
      return binary(expression.operator, evaluate(expression.left, scope), evaluate(expression.right, scope));
    case "unary":
      return unary(expression.operator, evaluate(expression.operand, scope));
    case "compare":
      return evaluateComparison(evaluate(expression.first, scope), expression.rest, scope);
    case "logic": {
      const left = evaluate(expression.left, scope);
      return isTrue(left) === (expression.operator === "or") ? left : evaluate(expression.right, scope);
    }
    case "choice":
      return evaluate(isTrue(evaluate(expression.test, scope)) ? expression.whenTrue : expression.otherwise, scope);
    case "lambda":
      return makeLambda(expression.parameters, expression.body, scope);
    case "comprehension":
      return evaluateComprehension(expression, scope);
    case "joined":
      return expression.parts.map((part) => (typeof part === "string" ? part : formatted(part, scope))).join("");
  }
}

function evaluateAll(items: readonly Expression[], scope: Scope): unknown[] {
  return items.flatMap((item) =>
    item.kind === "starred" ? [...iterate(evaluate(item.value, scope))] : [evaluate(item, scope)],
  );
}

function evaluateArguments(args: readonly Argument[], scope: Scope): { args: unknown[]; keywords: Keywords } {
  const positional: unknown[] = [];
  const keywords = new Map<string, unknown>();
  for (const { name, stars, value } of args) {
    const given = evaluate(value, scope);
    if (stars === 1) positional.push(...iterate(given));
    else if (stars === 2) for (const key of iterate(given)) keywords.set(str(key), getItem(given, key));
    else if (name === null) positional.push(given);
    else keywords.set(name, given);
  }
  return { args: positional, keywords };
}

function evaluateDictionary(
  entries: readonly (readonly [Expression | null, Expression])[],
  scope: Scope,
): Map<unknown, unknown> {
  const made = new Map<unknown, unknown>();
  for (const [key, item] of entries) {
    const value = evaluate(item, scope);
    if (key !== null) made.set(evaluate(key, scope), value);
    else for (const inner of iterate(value)) made.set(inner, getItem(value, inner));
  }
  return made;
}

/** `a < b < c`: stops at the first that does not hold; the result of the last is the result, also if symbolic. */
function evaluateComparison(first: unknown, rest: readonly (readonly [string, Expression])[], scope: Scope): unknown {
  let left = first;
  let result: unknown = true;
  for (const [i, [operator, expression]] of rest.entries()) {
    const right = evaluate(expression, scope);
    result = compare(operator, left, right);
    if (i < rest.length - 1 && !truth(result)) return result;
    left = right;
  }
  return result;
}

function formatted({ value, conversion, format }: Formatted, scope: Scope): string {
  const found = evaluate(value, scope);
  const converted = conversion === "r" ? repr(found) : conversion === "s" ? str(found) : found;
  return formatValue(converted, format);
}

function evaluateComprehension(
  { makes, key, value, loops }: Extract<Expression, { kind: "comprehension" }>,
  scope: Scope,
): unknown {
  const inner = scope.inner("function");
  const found: [unknown, unknown][] = [];
  const collect = (depth: number): void => {
    const loop = loops[depth];
    if (loop === undefined) found.push([key === null ? null : evaluate(key, inner), evaluate(value, inner)]);
    else runLoop(loop, depth === 0 ? scope : inner, inner, () => collect(depth + 1));
  };
  collect(0);
  if (makes === "dict") return new Map(found);
  const values = found.map(([, item]) => item);
  return makes === "set" ? new Set(values) : values;
}

function runLoop({ target, items, tests }: Loop, outer: Scope, inner: Scope, body: () => void): void {
  for (const item of iterate(evaluate(items, outer))) {
    assignNames(target, item, inner);
    if (tests.every((test) => truth(evaluate(test, inner)))) body();
  }
}

/** Assigns to names and tuples of them, as loops of comprehensions do. */
function assignNames(target: Expression, value: unknown, scope: Scope): void {
  if (target.kind === "name") scope.set(target.id, value);
  else if (target.kind === "tuple" || target.kind === "list") {
    const values = [...iterate(value)];
    target.items.forEach((item, i) => {
      assignNames(item, values[i], scope);
    });
  }
}

function makeLambda(parameters: Parameters, body: Expression, scope: Scope): PyFunction {
  const bind = binder("<lambda>", parameters, scope);
  return new PyFunction("<lambda>", (args, keywords) => evaluate(body, bind(args, keywords)));
}

/** What makes the scope of each call of a function; its defaults are evaluated now, once. */
export function binder(
  name: string,
  { names, keywordOnly, rest, keywords: others }: Parameters,
  scope: Scope,
): (args: readonly unknown[], keywords: Keywords) => Scope {
  const all = [...names, ...keywordOnly];
  const fallbacks = new Map(
    all.flatMap(({ name: own, fallback }) => (fallback === null ? [] : [[own, evaluate(fallback, scope)] as const])),
  );
  return (args, keywords) => {
    const inner = scope.inner("function");
    inner.set(SELF, args[0]);
    if (args.length > names.length && rest === null)
      throw new TypeError(
        `${name}() takes ${names.length} positional argument${names.length === 1 ? "" : "s"} but ${args.length} were given`,
      );
    names.slice(0, args.length).forEach((parameter, i) => {
      inner.set(parameter.name, args[i]);
    });
    if (rest !== null) inner.set(rest, tuple(args.slice(names.length)));
    const extra = new Map<unknown, unknown>();
    for (const [key, value] of keywords) {
      if (all.some((parameter) => parameter.name === key)) inner.set(key, value);
      else if (others !== null) extra.set(key, value);
      else throw new TypeError(`${name}() got an unexpected keyword argument '${key}'`);
    }
    if (others !== null) inner.set(others, extra);
    for (const { name: own } of all) {
      if (inner.names.has(own)) continue;
      if (!fallbacks.has(own)) throw new TypeError(`${name}() missing 1 required positional argument: '${own}'`);
      inner.set(own, fallbacks.get(own));
    }
    return inner;
  };
}
