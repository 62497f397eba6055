/** Runs Python statements. */
import { AssertionError, ValueError } from "../../../runtime/base/errors.ts";
import type { Block, Expression, Handler, Statement } from "./ast.ts";
import { setAttribute } from "./attributes.ts";
import { callValue, matchesClass } from "./call.ts";
import { makeClass } from "./classes.ts";
import { binder, evaluate, YIELDED } from "./evaluate.ts";
import { deleteItem, getItem, iterate, setItem } from "./items.ts";
import { moduleAt } from "./modules.ts";
import { augmented, isTrue } from "./operators.ts";
import type { Scope } from "./scope.ts";
import { atLine, rememberLine } from "./stack.ts";
import { isInstance, isModule, PyClass, PyFunction, str, truth, Unsupported } from "./values.ts";

/** How a block ended, when not by running to its end. */
type Completion = { readonly kind: "return"; readonly value: unknown } | { readonly kind: "break" | "continue" } | null;

/** Runs a program, or the body of something in it; `name` is that of the function, for stacks. */
export function executeBlock(block: Block, scope: Scope, name: string): Completion {
  for (const statement of block) {
    const completion = execute(statement, scope, name);
    if (completion !== null) return completion;
  }
  return null;
}

/** Statements with blocks inside run here, the others under a frame of their own line. */
function execute(statement: Statement, scope: Scope, name: string): Completion {
  const { line } = statement;
  const test = (expression: Expression): boolean => onLine(line, name, () => isTrue(evaluate(expression, scope)));
  switch (statement.kind) {
    case "if":
      return executeBlock(test(statement.test) ? statement.whenTrue : statement.otherwise, scope, name);
    case "while":
    case "for":
      return executeLoop(statement, scope, name);
    case "try":
      return executeTry(statement, scope, name);
    case "with":
      return executeWith(statement, scope, name);
    default:
      return onLine(line, name, () => executeSimple(statement, scope));
  }
}

function onLine<T>(line: number, name: string, run: () => T): T {
  try {
    return atLine(line, name, run);
  } catch (thrown) {
    rememberLine(thrown, line);
    throw thrown;
  }
}

type Simple = Exclude<Statement, { kind: "if" | "while" | "for" | "try" | "with" }>;

function executeSimple(statement: Simple, scope: Scope): Completion {
  switch (statement.kind) {
    case "expression":
      evaluate(statement.value, scope);
      return null;
    case "assign": {
      const value = evaluate(statement.value, scope);
      for (const target of statement.targets) assign(target, value, scope);
      return null;
    }
    case "augment":
      augment(statement.operator, statement.target, evaluate(statement.value, scope), scope);
      return null;
    case "return":
      return { kind: "return", value: statement.value === null ? null : evaluate(statement.value, scope) };
    case "raise":
      throw raised(statement.error === null ? null : evaluate(statement.error, scope));
    case "assert":
      if (!isTrue(evaluate(statement.test, scope)))
        throw new AssertionError(statement.message === null ? "" : str(evaluate(statement.message, scope)));
      return null;
    case "delete":
      for (const target of statement.targets) remove(target, scope);
      return null;
    case "pass":
      return null;
    case "break":
    case "continue":
      return { kind: statement.kind };
    case "scope":
      scope.declare(statement.names, statement.level);
      return null;
    case "import":
      importModule(statement.path, statement.alias, scope);
      return null;
    case "from":
      importNames(statement.path, statement.names, scope);
      return null;
    case "def":
      scope.set(statement.name, decorated(makeFunction(statement, scope), statement.decorators, scope));
      return null;
    case "class":
      scope.set(statement.name, decorated(defineClass(statement, scope), statement.decorators, scope));
      return null;
  }
}

/** Assigns to a name, an attribute, an item, or a tuple of them. */
export function assign(target: Expression, value: unknown, scope: Scope): void {
  switch (target.kind) {
    case "name":
      scope.set(target.id, value);
      return;
    case "attribute":
      setAttribute(evaluate(target.of, scope), target.name, value);
      return;
    case "item":
      setItem(evaluate(target.of, scope), evaluate(target.index, scope), value);
      return;
    case "tuple":
    case "list":
      unpack(target.items, [...iterate(value)], scope);
      return;
    default:
      throw new Unsupported(`assignment to a ${target.kind}`);
  }
}

function unpack(targets: readonly Expression[], values: readonly unknown[], scope: Scope): void {
  const star = targets.findIndex(({ kind }) => kind === "starred");
  const after = targets.length - 1 - star;
  const given =
    star < 0
      ? values
      : [...values.slice(0, star), values.slice(star, values.length - after), ...values.slice(values.length - after)];
  if (given.length > targets.length) throw new ValueError(`too many values to unpack (expected ${targets.length})`);
  if (given.length < targets.length)
    throw new ValueError(`not enough values to unpack (expected ${targets.length}, got ${given.length})`);
  targets.forEach((target, i) => {
    assign(target.kind === "starred" ? target.value : target, given[i], scope);
  });
}

function augment(operator: string, target: Expression, value: unknown, scope: Scope): void {
  if (target.kind === "item") {
    const owner = evaluate(target.of, scope);
    const index = evaluate(target.index, scope);
    setItem(owner, index, augmented(operator, getItem(owner, index), value));
  } else {
    assign(target, augmented(operator, evaluate(target, scope), value), scope);
  }
}

function remove(target: Expression, scope: Scope): void {
  if (target.kind === "name") scope.delete(target.id);
  else if (target.kind === "item") deleteItem(evaluate(target.of, scope), evaluate(target.index, scope));
  else throw new Unsupported(`del of a ${target.kind}`);
}

/** The error that `raise` throws: an error as it is, a class of errors called without arguments. */
function raised(error: unknown): unknown {
  const made = error instanceof PyClass || error instanceof PyFunction ? callValue(error, [], new Map()) : error;
  if (made instanceof Error) return made;
  throw new TypeError("exceptions must derive from BaseException");
}

function executeLoop(statement: Extract<Statement, { kind: "for" | "while" }>, scope: Scope, name: string): Completion {
  const { body, otherwise } = statement;
  for (const _ of turns(statement, scope, name)) {
    const completion = executeBlock(body, scope, name);
    if (completion?.kind === "return") return completion;
    if (completion?.kind === "break") return null;
  }
  return executeBlock(otherwise, scope, name);
}

/** Each turn of a loop, after its name is assigned. */
function* turns(statement: Extract<Statement, { kind: "for" | "while" }>, scope: Scope, name: string): Generator<null> {
  const { line } = statement;
  if (statement.kind === "while") {
    while (onLine(line, name, () => isTrue(evaluate(statement.test, scope)))) yield null;
    return;
  }
  for (const item of onLine(line, name, () => iterate(evaluate(statement.items, scope)))) {
    onLine(line, name, () => assign(statement.target, item, scope));
    yield null;
  }
}

function executeTry(
  { body, handlers, otherwise, last }: Extract<Statement, { kind: "try" }>,
  scope: Scope,
  name: string,
): Completion {
  try {
    return executeBlock(body, scope, name) ?? executeBlock(otherwise, scope, name);
  } catch (thrown) {
    if (thrown instanceof Unsupported) throw thrown;
    const handler = handlers.find((one) => handles(one, thrown, scope));
    if (handler === undefined) throw thrown;
    if (handler.name !== null) scope.set(handler.name, thrown);
    return executeBlock(handler.body, scope, name);
  } finally {
    executeBlock(last, scope, name);
  }
}

function handles({ type }: Handler, thrown: unknown, scope: Scope): boolean {
  if (type === null) return true;
  const classes = evaluate(type, scope);
  return (Array.isArray(classes) ? classes : [classes]).some((one) => matchesClass(thrown, one));
}

/** What a manager of the interpreter's own does around a block. */
export interface Manager {
  around(body: () => void): void;
}

function isManager(value: unknown): value is Manager {
  return typeof value === "object" && value !== null && "around" in value && typeof value.around === "function";
}

function executeWith(
  { line, manager, target, body }: Extract<Statement, { kind: "with" }>,
  scope: Scope,
  name: string,
): Completion {
  const made = onLine(line, name, () => evaluate(manager, scope));
  let completion: Completion = null;
  const run = (value: unknown): void => {
    if (target !== null) assign(target, value, scope);
    completion = executeBlock(body, scope, name);
  };
  if (isManager(made)) onLine(line, name, () => made.around(() => run(made)));
  else withMethods(made, run);
  return completion;
}

/** `__enter__` and `__exit__` of an object of the program. */
function withMethods(manager: unknown, run: (value: unknown) => void): void {
  if (!isInstance(manager)) throw new Unsupported("with of this object");
  const method = (name: string, ...args: readonly unknown[]) =>
    callValue(manager.pyClass.find(name), [manager, ...args], new Map());
  const value = method("__enter__");
  try {
    run(value);
  } catch (thrown) {
    if (!truth(method("__exit__", null, thrown, null))) throw thrown;
    return;
  }
  method("__exit__", null, null, null);
}

function importModule(path: string, alias: string | null, scope: Scope): void {
  const module = moduleAt(path, scope);
  const head = path.split(".")[0] ?? path;
  scope.set(alias ?? head, alias === null ? moduleAt(head, scope) : module);
}

function importNames(path: string, names: readonly (readonly [string, string])[], scope: Scope): void {
  const module = moduleAt(path, scope);
  if (!isModule(module)) throw new Unsupported(`import ${path}`);
  for (const [name, alias] of names) {
    if (name === "*") throw new Unsupported(`from ${path} import *`);
    scope.set(alias, module.get(name));
  }
}

function makeFunction(
  { name, parameters, body, isGenerator }: Extract<Statement, { kind: "def" }>,
  scope: Scope,
): PyFunction {
  const bind = binder(name, parameters, scope);
  return new PyFunction(name, (args, keywords) => {
    const inner = bind(args, keywords);
    // Generators run to their end at once: their items are a list.
    const yielded: unknown[] = [];
    if (isGenerator) inner.set(YIELDED, yielded);
    const completion = executeBlock(body, inner, name);
    if (isGenerator) return yielded;
    return completion?.kind === "return" ? completion.value : null;
  });
}

function decorated(value: unknown, decorators: readonly Expression[], scope: Scope): unknown {
  return decorators.reduceRight((inner, decorator) => callValue(evaluate(decorator, scope), [inner], new Map()), value);
}

function defineClass({ name, bases, body }: Extract<Statement, { kind: "class" }>, scope: Scope): unknown {
  // Methods see the class that they are defined in, as the cell that `super()` reads.
  const cell = scope.inner("function");
  const inner = cell.inner("class");
  executeBlock(body, inner, name);
  const made = makeClass(
    name,
    bases.map((base) => evaluate(base, scope)),
    inner.names,
  );
  cell.set("__class__", made);
  return made;
}
