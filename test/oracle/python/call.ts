/** Calls of whatever a program may call. */
import { Op, TensorType, TensorVariable } from "../../../runtime/index.ts";
import { isA } from "../errors-match.ts";
import { callRuntime, isCallable, isRuntimeObject, RuntimeFunction, runtimeMember } from "./binding.ts";
import { instantiate, PythonOp } from "./classes.ts";
import { fromRuntime, operandOf } from "./convert.ts";
import { isInstance, type Keywords, PyClass, PyFunction, PyType, typeName, Unsupported } from "./values.ts";

const NONE: Keywords = new Map();

/**
 * Calls a function, a class, an op, a type of variables, or an object of the runtime that has a `call`.
 * @throws TypeError when the value is nothing to call.
 */
export function callValue(callee: unknown, args: readonly unknown[], keywords: Keywords): unknown {
  if (callee instanceof PyFunction) return callee.run(args, keywords);
  if (callee instanceof PyClass) return instantiate(callee, args, keywords);
  if (callee instanceof RuntimeFunction) return callRuntime(callee.path, callee, args, keywords);
  if (callee instanceof TensorType) return new TensorVariable(callee, named(args, keywords));
  if (callee instanceof PythonOp) return callOp(callee, args);
  if (isInstance(callee)) {
    const method = callee.pyClass.find("__call__");
    if (method !== undefined) return callValue(method, [callee, ...args], keywords);
  }
  if (isCallable(callee)) return callRuntime(callee.name, callee, args, keywords);
  if (isRuntimeObject(callee)) {
    for (const name of ["call", "__call__"]) {
      const method = runtimeMember(callee, name);
      if (method instanceof RuntimeFunction) return callRuntime(`.${name}`, method, args, keywords);
    }
    if (callee instanceof Op) return callOp(callee, args);
    if (isVariableType(callee)) return fromRuntime(callee.variable(named(args, keywords)));
  }
  throw new TypeError(`'${typeName(callee)}' object is not callable`);
}

function named(args: readonly unknown[], keywords: Keywords): string | null {
  const name = args[0] ?? keywords.get("name");
  return typeof name === "string" ? name : null;
}

function isVariableType(value: object): value is { variable(name: string | null): unknown } {
  return "variable" in value && typeof value.variable === "function";
}

/** An op applied: its only output, or the list of them. */
function callOp(op: Op, args: readonly unknown[]): unknown {
  const inputs = args.map((arg) => {
    const operand = operandOf(arg);
    if (operand instanceof TensorVariable || op instanceof PythonOp) return operand;
    throw new Unsupported(`${op} of a value`);
  });
  const { outputs } =
    op instanceof PythonOp ? op.node(inputs) : op.apply(...inputs.filter((i) => i instanceof TensorVariable));
  return outputs.length === 1 ? outputs[0] : [...outputs];
}

/** Whether an error is one of those that a handler or `isinstance` names. */
export function matchesClass(value: unknown, type: unknown): boolean {
  if (Array.isArray(type)) return type.some((one) => matchesClass(value, one));
  if (type instanceof PyType) return type.has(value);
  if (type instanceof PyClass) return isInstance(value) && value.pyClass.derivesFrom(type);
  if (type instanceof RuntimeFunction)
    return value instanceof Error ? isA(value, type.callee.name) : isKind(value, type.callee);
  throw new Unsupported("isinstance of this type");
}

function isKind(value: unknown, type: unknown): boolean {
  return typeof type === "function" && value instanceof type;
}

export function callMethod(owner: unknown, method: unknown, ...args: readonly unknown[]): unknown {
  return callValue(method, [owner, ...args], NONE);
}
