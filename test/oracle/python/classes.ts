/** Classes of programs: plain ones, errors, and ops that derive from `theano.Op`. */
import { NDArray } from "../../../runtime/array/ndarray.ts";
import {
  Apply,
  DISCONNECTED,
  type NoGradient,
  Op,
  T,
  TensorType,
  TensorVariable,
  type Variable,
} from "../../../runtime/index.ts";
import { isA } from "../errors-match.ts";
import { isCallable, RuntimeFunction } from "./binding.ts";
import { callMethod, callValue } from "./call.ts";
import { operandOf } from "./convert.ts";
import { iterate } from "./items.ts";
import { asArray } from "./numpy-elementwise.ts";
import {
  type Instance,
  type Keywords,
  type Module,
  PyClass,
  PyFunction,
  PyInstance,
  PyType,
  repr,
  str,
  tuple,
  Unsupported,
} from "./values.ts";

export function makeClass(name: string, bases: readonly unknown[], members: Map<string, unknown>): PyClass {
  return new PyClass(name, bases, members);
}

/** An object of a class: an op, an error, or a plain object. */
export function instantiate(pyClass: PyClass, args: readonly unknown[], keywords: Keywords): unknown {
  const made = isOpClass(pyClass)
    ? new PythonOp(pyClass)
    : isErrorClass(pyClass)
      ? errorOf(pyClass, args)
      : new PyInstance(pyClass);
  const init = pyClass.find("__init__");
  if (init !== undefined) callValue(init, [made, ...args], keywords);
  return made;
}

/** `super()`: the members of the bases of a class, bound to an object. */
export function superOf(pyClass: unknown, self: unknown): Module {
  return {
    module: "super",
    get(name) {
      const bases = pyClass instanceof PyClass ? pyClass.bases : [];
      const found = bases
        .map((base) => (base instanceof PyClass ? base.find(name) : undefined))
        .find((one) => one !== undefined);
      // The classes of the runtime have nothing to construct in Python.
      if (found === undefined && name === "__init__") return new PyFunction(name, () => null);
      if (found === undefined) throw new Unsupported(`super().${name}`);
      return found instanceof PyFunction
        ? new PyFunction(name, (args, keywords) => found.run([self, ...args], keywords))
        : found;
    },
  };
}

/** The roots of the classes that a class derives from. */
function rootsOf(pyClass: PyClass): unknown[] {
  return pyClass.bases.flatMap((base) => (base instanceof PyClass ? rootsOf(base) : [base]));
}

function isOpClass(pyClass: PyClass): boolean {
  return rootsOf(pyClass).some((root) => root instanceof RuntimeFunction && /(^|\.)Op$/.test(root.path));
}

function isErrorClass(pyClass: PyClass): boolean {
  return rootsOf(pyClass).some(
    (root) => root instanceof PyType && (root.name === "Exception" || /Error$/.test(root.name)),
  );
}

/** An error of a program's class, which JavaScript can throw and which Python's handlers know by its classes. */
class ProgramError extends Error implements Instance {
  readonly pyClass: PyClass;
  readonly fields = new Map<string, unknown>();

  constructor(pyClass: PyClass, message: string) {
    super(message);
    this.pyClass = pyClass;
    this.name = pyClass.name;
  }
}

function errorOf(pyClass: PyClass, args: readonly unknown[]): ProgramError {
  return new ProgramError(pyClass, args.length === 1 ? str(args[0]) : args.length === 0 ? "" : repr(tuple(args)));
}

/** An op that a program defines by Python's methods. */
export class PythonOp extends Op implements Instance {
  readonly pyClass: PyClass;
  readonly fields = new Map<string, unknown>();
  readonly #identity: string;
  static #count = 0;

  constructor(pyClass: PyClass) {
    super();
    this.pyClass = pyClass;
    PythonOp.#count += 1;
    this.#identity = String(PythonOp.#count);
    Object.assign(this, { destroys: this.#map("destroy_map"), views: this.#map("view_map") });
    this.#hide("infer_shape", "inferShape");
    this.#hide("grad", "gradient", "L_op");
  }

  /** Takes away an optional member of ops for which the class has no method. */
  #hide(method: string, member: "inferShape" | "gradient", other = method): void {
    if (this.pyClass.find(method) === undefined && this.pyClass.find(other) === undefined)
      Object.defineProperty(this, member, { value: undefined });
  }

  /** Ops with the same `__props__` are the same. */
  get key(): string {
    const props = this.pyClass.find("__props__");
    if (!Array.isArray(props)) return `${this.pyClass.name}#${this.#identity}`;
    return `${this.pyClass.name}{${props.map((name) => `${str(name)}=${repr(this.fields.get(str(name)))}`).join(", ")}}`;
  }

  get family(): string {
    return this.pyClass.name;
  }

  /** `{0: [1]}` as `{0: 1}`. */
  #map(name: string): Readonly<Record<number, number>> {
    const declared = this.fields.get(name) ?? this.pyClass.find(name);
    if (!(declared instanceof Map)) return {};
    return Object.fromEntries([...declared].map(([output, [input]]) => [Number(output), Number(input)]));
  }

  toString(): string {
    const own = this.pyClass.find("__str__");
    if (own !== undefined) return str(callMethod(this, own));
    const props = this.pyClass.find("__props__");
    if (!Array.isArray(props) || props.length === 0) return this.pyClass.name;
    return `${this.pyClass.name}{${props.map((name) => `${str(name)}=${repr(this.fields.get(str(name)))}`).join(", ")}}`;
  }

  apply(...inputs: readonly Variable[]): Apply {
    return this.node(inputs);
  }

  /** `make_node`, or what `itypes` and `otypes` say. */
  node(inputs: readonly unknown[]): Apply {
    const make = this.pyClass.find("make_node");
    if (make !== undefined) {
      const node = callMethod(this, make, ...inputs);
      if (node instanceof Apply) return node;
      throw new TypeError(`${this.pyClass.name}.make_node must return an Apply`);
    }
    const types = this.pyClass.find("otypes");
    if (!Array.isArray(types)) throw new Unsupported(`${this.pyClass.name} without make_node`);
    const given = inputs.map((input) => (input instanceof TensorVariable ? input : T.asTensorVariable(asArray(input))));
    return new Apply(this, given, types.map(typeOf));
  }

  override gradient(node: Apply, outputGradients: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const gradients = outputGradients.map((gradient, i) => gradient ?? T.zerosLike(node.outputs[i] ?? T.dscalar()));
    const grad = this.pyClass.find("grad");
    const terms =
      grad !== undefined
        ? callMethod(this, grad, [...node.inputs], gradients)
        : callMethod(this, this.pyClass.find("L_op"), [...node.inputs], [...node.outputs], gradients);
    return [...iterate(terms)].map((term) => {
      if (term instanceof TensorVariable) return term;
      if (isNoGradient(term)) return term;
      const operand = operandOf(term);
      return operand === null ? DISCONNECTED : T.asTensorVariable(asArray(term));
    });
  }

  override perform(node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const perform = this.pyClass.find("perform");
    if (perform === undefined) throw new Unsupported(`${this.pyClass.name} without perform`);
    const storage: unknown[][] = node.outputs.map(() => [null]);
    callMethod(this, perform, node, [...inputs], storage);
    return storage.map(([value], i) => {
      if (value === null) throw new TypeError(`${this.pyClass.name}.perform did not set output ${i}`);
      return value instanceof NDArray ? value : asArray(value, node.outputs[i]?.dtype);
    });
  }

  override inferShape(node: Apply, inputs: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    const shapes = callMethod(this, this.pyClass.find("infer_shape"), node, inputs.map(tuple));
    return [...iterate(shapes)].map((shape) =>
      [...iterate(shape)].map((length) =>
        length instanceof TensorVariable ? length : T.asTensorVariable(asArray(length, "int64")),
      ),
    );
  }
}

function isNoGradient(value: unknown): value is NoGradient {
  return typeof value === "object" && value !== null && "kind" in value;
}

function typeOf(value: unknown): TensorType {
  if (value instanceof TensorType) return value;
  const made: unknown = value instanceof RuntimeFunction ? Reflect.apply(value.callee, undefined, []) : null;
  if (made instanceof TensorVariable) return made.type;
  throw new Unsupported("an output type that is no tensor's");
}

/** `theano.Apply(op, inputs, outputs)`: the node takes the types of the outputs. */
export function makeApply(op: unknown, inputs: unknown, outputs: unknown): Apply {
  if (!(op instanceof Op)) throw new Unsupported("Apply of no op");
  const given = [...iterate(inputs)].map((input) => {
    if (input instanceof TensorVariable) return input;
    throw new TypeError(`The 'inputs' argument to Apply must contain Variable instances, not ${str(input)}`);
  });
  const types = [...iterate(outputs)].map((output) => {
    if (output instanceof TensorVariable) return output.type;
    throw new TypeError(`The 'outputs' argument to Apply must contain Variable instances, not ${str(output)}`);
  });
  return new Apply(op, given, types);
}

/** Whether an error is of a class by its name, be it the program's or the runtime's. */
export function isErrorOf(error: unknown, name: string): boolean {
  if (error instanceof ProgramError) {
    const names = [
      error.pyClass.name,
      ...rootsOf(error.pyClass).map((root) => (root instanceof PyType ? root.name : "")),
    ];
    return names.includes(name) || name === "Exception";
  }
  return isA(error, name);
}

export { isCallable };
