/** Attributes of values. */
import { NDArray } from "../../../runtime/array/ndarray.ts";
import { AttributeError } from "../../../runtime/base/errors.ts";
import { Apply, isTheanoFunction, TensorType, TensorVariable } from "../../../runtime/index.ts";
import { camelCase, isRuntimeObject, lookUp, RuntimeFunction, runtimeMember } from "./binding.ts";
import { callValue } from "./call.ts";
import { operandOf, plainOf } from "./convert.ts";
import { collectionMethod } from "./methods.ts";
import { arrayAttribute } from "./numpy-methods.ts";
import { isInstance, isModule, PyClass, PyFunction, tuple, typeName, Unsupported } from "./values.ts";

/** `owner.name`. @throws AttributeError where Python would; Unsupported where the runtime lacks something. */
export function getAttribute(owner: unknown, name: string): unknown {
  if (isModule(owner)) return owner.get(name);
  if (isInstance(owner)) {
    const found = instanceAttribute(owner, name);
    if (found !== undefined) return found;
  }
  if (owner instanceof PyClass) return classAttribute(owner, name);
  if (owner instanceof NDArray) return arrayAttribute(owner, name);
  if (owner instanceof PyFunction) return functionAttribute(owner, name);
  if (owner instanceof TensorVariable) return variableAttribute(owner, name);
  if (owner instanceof RuntimeFunction) return memberOf(owner.callee, name, owner.path);
  if (isTheanoFunction(owner)) return compiledAttribute(owner, name);
  if (isNoGradient(owner) && name === "type") return "DisconnectedType";
  const method = collectionMethod(owner, name);
  if (method !== undefined) return method;
  if (owner instanceof Error) return errorAttribute(owner, name);
  if (isRuntimeObject(owner)) return memberOf(owner, name, typeName(owner));
  throw new AttributeError(`'${typeName(owner)}' object has no attribute '${name}'`);
}

function memberOf(owner: object, name: string, path: string): unknown {
  if (owner instanceof TensorType && name === "__call__") return owner;
  if (owner instanceof TensorType && name === "make_variable")
    return new PyFunction(name, (args, keywords) => callValue(owner, args, keywords));
  const found = runtimeMember(owner, name);
  if (found === null && !(camelCase(name) in owner)) throw new Unsupported(`${path}.${name}`);
  return owner instanceof TensorType && name === "broadcastable" ? tuple(owner.broadcastable) : found;
}

function isNoGradient(value: unknown): boolean {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "disconnected";
}

function instanceAttribute(owner: { pyClass: PyClass; fields: Map<string, unknown> }, name: string): unknown {
  if (owner.fields.has(name)) return owner.fields.get(name);
  if (name === "__class__") return owner.pyClass;
  if (name === "__dict__") return owner.fields;
  const member = owner.pyClass.find(name);
  return member instanceof PyFunction ? bound(owner, member) : member;
}

/** A method with its object. */
function bound(owner: unknown, method: PyFunction): PyFunction {
  return new PyFunction(method.name, (args, keywords) => method.run([owner, ...args], keywords));
}

function classAttribute(owner: PyClass, name: string): unknown {
  if (name === "__name__") return owner.name;
  const found = owner.find(name);
  if (found === undefined) throw new AttributeError(`type object '${owner.name}' has no attribute '${name}'`);
  return found;
}

function functionAttribute(owner: PyFunction, name: string): unknown {
  if (name === "__name__") return owner.name;
  if (owner.fields.has(name)) return owner.fields.get(name);
  throw new AttributeError(`'function' object has no attribute '${name}'`);
}

/** Arithmetic that a program calls by the names of Python's methods. */
const SPECIAL: Readonly<Record<string, string>> = {
  __div__: "T.div_proxy",
  __truediv__: "T.true_div",
  __add__: "T.add",
  __mul__: "T.mul",
  __sub__: "T.sub",
};

function variableAttribute(owner: TensorVariable, name: string): unknown {
  const special = SPECIAL[name];
  if (special !== undefined)
    return new PyFunction(name, (args) => callValue(lookUp(special), [owner, ...args], new Map()));
  if (name === "broadcastable") return tuple(owner.broadcastable);
  if (name === "tag") return tagOf(owner);
  if (name === "type") return owner.type;
  if (!(name in owner || camelCase(name) in owner)) throw new Unsupported(`.${name}`);
  return runtimeMember(owner, name);
}

/** `x.tag`, whose names are Theano's. */
function tagOf(owner: TensorVariable): unknown {
  return {
    module: "tag",
    get: (name: string) => {
      const value: unknown = Reflect.get(owner.tag, camelCase(name));
      if (value === undefined) throw new AttributeError(`'scratchpad' object has no attribute '${name}'`);
      return value;
    },
    set: (name: string, value: unknown) => Reflect.set(owner.tag, camelCase(name), plainOf(value)),
  };
}

/** A compiled function has no maker here: what is in it are members of the function. */
function compiledAttribute(owner: object, name: string): unknown {
  if (name === "maker" || name === "fn") return owner;
  return memberOf(owner, name, "function");
}

function errorAttribute(owner: Error, name: string): unknown {
  if (name === "args") return tuple([owner.message]);
  if (name === "message") return owner.message;
  return memberOf(owner, name, owner.constructor.name);
}

/** `owner.name = value`. */
export function setAttribute(owner: unknown, name: string, value: unknown): void {
  if (isModule(owner) && owner.set !== undefined) owner.set(name, value);
  else if (isInstance(owner) || owner instanceof PyFunction) owner.fields.set(name, value);
  else if (owner instanceof PyClass) owner.members.set(name, value);
  else if (owner instanceof TensorVariable) setMember(owner, name, operandOf(value));
  else if (owner instanceof Apply || isRuntimeObject(owner) || typeof owner === "function")
    setMember(owner, name, plainOf(value));
  else throw new AttributeError(`'${typeName(owner)}' object has no attribute '${name}'`);
}

function setMember(owner: object, name: string, value: unknown): void {
  const own = camelCase(name);
  if (!(own in owner)) throw new Unsupported(`.${name} = …`);
  if (!Reflect.set(owner, own, value)) throw new AttributeError(`can't set attribute '${name}'`);
}
