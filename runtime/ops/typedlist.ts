/**
 * Typed lists: any number of tensors of one dtype and rank, under Theano's names (`theano.typed_list`). A graph holds
 * nothing but tensors, so a list is two of them: the elements' values one after the other, and the elements' shapes.
 */
import { inspect } from "node:util";
import { NDArray, type NDArrayLike } from "../array/ndarray.ts";
import { IndexError, ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { zeros } from "./alloc.ts";
import { conform } from "./conform.ts";
import { join } from "./join.ts";
import { shapeI } from "./shape.ts";

/** The tensors that a list consists of. */
export interface ListParts {
  /** All values of all elements, one after the other, as a vector. */
  readonly values: TensorVariable;
  /** The shape of each element, as a row of an int64 matrix. */
  readonly shapes: TensorVariable;
}

/** The type of a list: that of its elements. `new TypedListType(T.fvector).variable("l")`. */
export class TypedListType {
  readonly element: TensorType;

  /** @param element a type, or a constructor of variables such as `T.fvector`. */
  constructor(element: TensorType | ((name?: string) => TensorVariable)) {
    this.element = element instanceof TensorType ? element : element().type;
  }

  /** A symbolic list. */
  variable(name: string | null = null): TypedListVariable {
    const part = (type: TensorType, what: string): TensorVariable =>
      new TensorVariable(type, name === null ? null : `${name}_${what}`);
    return new TypedListVariable(
      this,
      {
        values: part(TensorType.ofRank(this.element.dtype, 1), "values"),
        shapes: part(TensorType.ofRank("int64", 2), "shapes"),
      },
      name,
    );
  }

  /**
   * The values of the parts for a list of arrays.
   * @throws TypeError when it is no list, or an element is not of the type.
   */
  takeApart(list: unknown): readonly [values: NDArray, shapes: NDArray] {
    if (!Array.isArray(list)) throw new TypeError(`${this} takes a list of arrays, got ${list}.`);
    return this.pack(list.map((element: NDArrayLike) => this.element.filter(element)));
  }

  /** The values of the parts for elements of the type. */
  pack(elements: readonly NDArray[]): readonly [values: NDArray, shapes: NDArray] {
    const { dtype, ndim } = this.element;
    const total = elements.reduce((sum, { size }) => sum + size, 0);
    const values = NDArray.zeros([total], dtype);
    const shapes = NDArray.zeros([elements.length, ndim], "int64");
    let at = 0;
    elements.forEach((element, row) => {
      const flat = element.copy().reshape([-1]);
      for (let i = 0; i < flat.size; i++) values.data[at + i] = flat.data[i];
      at += flat.size;
      element.shape.forEach((length, axis) => {
        shapes.data[row * ndim + axis] = BigInt(length);
      });
    });
    return [values, shapes];
  }

  /** The elements behind the values of the parts. */
  unpack(values: NDArray, shapes: NDArray): NDArray[] {
    let at = 0;
    return Array.from({ length: shapes.shape[0] }, (_, row) => {
      const shape = Array.from({ length: shapes.shape[1] }, (_axis, axis) => Number(shapes.get(row, axis)));
      const size = shape.reduce((product, length) => product * length, 1);
      at += size;
      return values
        .slice({ start: at - size, stop: at })
        .copy()
        .reshape(shape);
    });
  }

  /** `TypedList <TensorType(float32, vector)>`. */
  toString(): string {
    return `TypedList <${this.element}>`;
  }
}

/** A symbolic list. */
export class TypedListVariable implements ListParts {
  readonly type: TypedListType;
  readonly values: TensorVariable;
  readonly shapes: TensorVariable;
  readonly name: string | null;

  constructor(type: TypedListType, parts: ListParts, name: string | null = null) {
    this.type = type;
    this.values = parts.values;
    this.shapes = parts.shapes;
    this.name = name;
  }

  /** The element at a position; negative ones count from the end. */
  at(index: TensorLike): TensorVariable {
    return getitem(this, index);
  }

  /** The name, or the type in angle brackets. */
  toString(): string {
    return this.name ?? `<${this.type}>`;
  }

  /** What `console.log` prints. */
  [inspect.custom](): string {
    return this.toString();
  }
}

/** What an operation does with the elements of lists; `args` are its other arguments. */
interface Operation {
  readonly name: string;
  /** Whether it gives a list, one element, or an int64 number. */
  readonly result: "list" | "element" | "number";
  run(elements: readonly NDArray[], args: readonly NDArray[]): readonly NDArray[] | NDArray | number;
}

const sameAs = (x: NDArray) => (element: NDArray) => element.equals(x);

/** @throws IndexError outside of the list. */
function positionIn(elements: readonly NDArray[], index: NDArray): number {
  const at = Number(index.item());
  if (at >= -elements.length && at < elements.length) return at < 0 ? at + elements.length : at;
  throw new IndexError(`list index out of range: ${at} in a list of ${elements.length}`);
}

/** @throws ValueError when there is no such element. */
function positionOf(elements: readonly NDArray[], x: NDArray): number {
  const at = elements.findIndex(sameAs(x));
  if (at < 0) throw new ValueError(`${x.repr()} is not in list`);
  return at;
}

const OPERATIONS = {
  append: { name: "Append", result: "list", run: (elements, [x]) => [...elements, x] },
  insert: {
    name: "Insert",
    result: "list",
    run: (elements, [index, x]) => elements.toSpliced(Number(index.item()), 0, x),
  },
  remove: {
    name: "Remove",
    result: "list",
    run: (elements, [x]) => elements.toSpliced(positionOf(elements, x), 1),
  },
  reverse: { name: "Reverse", result: "list", run: (elements) => elements.toReversed() },
  getitem: { name: "GetItem", result: "element", run: (elements, [index]) => elements[positionIn(elements, index)] },
  index: { name: "Index", result: "number", run: (elements, [x]) => positionOf(elements, x) },
  count: { name: "Count", result: "number", run: (elements, [x]) => elements.filter(sameAs(x)).length },
  makeList: { name: "MakeList", result: "list", run: (_, args) => args },
} as const satisfies Readonly<Record<string, Operation>>;

/** An operation on a list: the inputs are the list's parts, then the other arguments. It has no gradient, as in Theano. */
export class TypedListOp extends Op {
  readonly family: string;
  readonly key: string;
  readonly operation: keyof typeof OPERATIONS;
  readonly type: TypedListType;

  constructor(operation: keyof typeof OPERATIONS, type: TypedListType) {
    super();
    this.operation = operation;
    this.type = type;
    this.family = OPERATIONS[operation].name;
    this.key = `${this.family}{${type.element.key}}`;
  }

  toString(): string {
    return `${this.family}{inplace=False}`;
  }

  apply(...inputs: readonly Variable[]): Apply {
    const { element } = this.type;
    const outputs = {
      list: [TensorType.ofRank(element.dtype, 1), TensorType.ofRank("int64", 2)],
      element: [element],
      number: [TensorType.ofRank("int64", 0)],
    };
    return new Apply(this, inputs, outputs[OPERATIONS[this.operation].result]);
  }

  /** @throws IndexError outside of the list; ValueError for an element that is not in it. */
  override perform(_node: Apply, [values, shapes, ...args]: readonly NDArray[]): readonly NDArray[] {
    const operation: Operation = OPERATIONS[this.operation];
    const result = operation.run(this.type.unpack(values, shapes), args);
    if (typeof result === "number") return [NDArray.scalar(BigInt(result), "int64")];
    return result instanceof NDArray ? [result.copy()] : this.type.pack(result);
  }
}

function apply(operation: keyof typeof OPERATIONS, list: TypedListVariable, ...args: readonly Variable[]): Apply {
  return new TypedListOp(operation, list.type).apply(list.values, list.shapes, ...args);
}

function listFrom(type: TypedListType, { outputs: [values, shapes] }: Apply): TypedListVariable {
  return new TypedListVariable(type, { values, shapes });
}

/** @throws TypeError when the value is not of the type of the list's elements. */
function elementOf(list: TypedListVariable, x: TensorLike): TensorVariable {
  return conform(list.type.element, x);
}

/** The list with one more element. */
function append(list: TypedListVariable, x: TensorLike): TypedListVariable {
  return listFrom(list.type, apply("append", list, elementOf(list, x)));
}

/** The list with an element before position `index`. */
function insert(list: TypedListVariable, index: TensorLike, x: TensorLike): TypedListVariable {
  return listFrom(list.type, apply("insert", list, asTensor(index), elementOf(list, x)));
}

/** The list without the first element that equals `x`. */
function remove(list: TypedListVariable, x: TensorLike): TypedListVariable {
  return listFrom(list.type, apply("remove", list, elementOf(list, x)));
}

/** The elements of two lists. @throws TypeError when their types differ. */
function extend(list: TypedListVariable, other: TypedListVariable): TypedListVariable {
  if (!list.type.element.equals(other.type.element))
    throw new TypeError(`extend: the lists are of different types, ${list.type} and ${other.type}.`);
  return new TypedListVariable(list.type, {
    values: join(0, list.values, other.values),
    shapes: join(0, list.shapes, other.shapes),
  });
}

/** The list in opposite order. */
function reverse(list: TypedListVariable): TypedListVariable {
  return listFrom(list.type, apply("reverse", list));
}

/** The element at a position; negative ones count from the end. */
function getitem(list: TypedListVariable, index: TensorLike): TensorVariable {
  return apply("getitem", list, asTensor(index)).out;
}

/** The position of the first element that equals `x`, as an int64 scalar. */
function index(list: TypedListVariable, x: TensorLike): TensorVariable {
  return apply("index", list, elementOf(list, x)).out;
}

/** How many elements equal `x`, as an int64 scalar. */
function count(list: TypedListVariable, x: TensorLike): TensorVariable {
  return apply("count", list, elementOf(list, x)).out;
}

/** The number of elements, as an int64 scalar. */
function length(list: TypedListVariable): TensorVariable {
  return shapeI(list.shapes, 0);
}

/** A list of tensors of one type. @throws TypeError when the types differ; ValueError without any tensor. */
function makeList(tensors: readonly TensorLike[]): TypedListVariable {
  const [first, ...rest] = tensors.map((x) => asTensor(x));
  if (first === undefined)
    throw new ValueError("makeList needs at least one tensor, whose type is that of the elements.");
  const type = new TypedListType(first.type.with({ shape: first.type.shape.map((dim) => (dim === 1 ? 1 : null)) }));
  const empty = new TypedListVariable(type, {
    values: zeros([0], { dtype: first.dtype }),
    shapes: zeros([0, first.ndim], { dtype: "int64" }),
  });
  return listFrom(type, apply("makeList", empty, first, ...rest.map((x) => elementOf(empty, x))));
}

/** `theano.typed_list`. */
export const typedList = {
  TypedListType,
  append,
  extend,
  insert,
  remove,
  reverse,
  getitem,
  index,
  count,
  length,
  makeList,
};
