/** Scalar expressions: what one element of an elementwise computation is. Shared subexpressions are shared objects. */
import { castScalar, type DType, type FloatDType, type Scalar } from "../array/dtype.ts";
import { evaluateScalar, implementationKind } from "./evaluate.ts";
import { type ScalarOpName, scalarOp, signatureOf } from "./table.ts";

/** A constant element. */
export interface Const {
  readonly kind: "const";
  readonly value: Scalar;
  readonly dtype: DType;
}

/** An op applied to arguments that already have the dtypes of its signature. */
export interface Applied<Leaf> {
  readonly kind: "apply";
  readonly op: ScalarOpName;
  readonly args: readonly Tree<Leaf>[];
  readonly dtype: DType;
}

/** An expression over leaves of some kind. */
export type Tree<Leaf> = Leaf | Const | Applied<Leaf>;

/** What every leaf has. */
export interface LeafBase {
  readonly kind: string;
  readonly dtype: DType;
}

/** The element of an input. */
export interface Input {
  readonly kind: "input";
  readonly index: number;
  readonly dtype: DType;
}

/** One element of an elementwise computation, over the elements of its inputs. */
export type ScalarExpr = Tree<Input>;

/** The element of input number `index`. */
export function input(index: number, dtype: DType): Input {
  return { kind: "input", index, dtype };
}

/** A constant, converted to `dtype`. */
export function constant(value: Scalar, dtype: DType): Const {
  return { kind: "const", value: castScalar(value, dtype), dtype };
}

/** `expr` as an element of `dtype`. */
export function cast<Leaf extends LeafBase>(expr: Tree<Leaf>, dtype: DType): Tree<Leaf> {
  return expr.dtype === dtype ? expr : { kind: "apply", op: `cast_${dtype}`, args: [expr], dtype };
}

/**
 * `op` applied to arguments of any dtypes, with the casts that its type rule asks for.
 * @throws TypeError when the op does not take them.
 */
export function apply<Leaf extends LeafBase>(
  op: ScalarOpName,
  args: readonly Tree<Leaf>[],
  floatX: FloatDType,
): Applied<Leaf> {
  const { inputs, output } = signatureOf(
    op,
    args.map((arg) => arg.dtype),
    floatX,
  );
  return { kind: "apply", op, args: args.map((arg, i) => cast(arg, inputs[i] ?? arg.dtype)), dtype: output };
}

/** The expression that applies one op to inputs of the given dtypes. */
export function applyToInputs(op: ScalarOpName, dtypes: readonly DType[], floatX: FloatDType): ScalarExpr {
  return apply<Input>(
    op,
    dtypes.map((dtype, index) => input(index, dtype)),
    floatX,
  );
}

/** The same expression over other leaves. What was shared stays shared. */
export function mapLeaves<A extends LeafBase, B extends LeafBase>(
  roots: readonly Tree<A>[],
  leaf: (leaf: A) => Tree<B>,
): Tree<B>[] {
  const done = new Map<Tree<A>, Tree<B>>();
  const map = (tree: Tree<A>): Tree<B> => {
    const known = done.get(tree);
    if (known !== undefined) return known;
    const mapped: Tree<B> = isLeaf(tree)
      ? leaf(tree)
      : tree.kind === "const"
        ? tree
        : { ...tree, args: tree.args.map(map) };
    done.set(tree, mapped);
    return mapped;
  };
  return roots.map(map);
}

/**
 * Sees that every op in `roots` has values for what it is given.
 * @throws TypeError otherwise: the type rules take some complex numbers that the ops do not compute on, as in Theano.
 */
export function requireImplemented<Leaf extends LeafBase>(roots: readonly Tree<Leaf>[]): void {
  const seen = new Set<Tree<Leaf>>();
  const visit = (tree: Tree<Leaf>): void => {
    if (isLeaf(tree) || tree.kind === "const" || seen.has(tree)) return;
    seen.add(tree);
    tree.args.forEach(visit);
    implementationKind(scalarOp(tree.op), tree.args[0].dtype);
  };
  roots.forEach(visit);
}

/** The value of `expr`, given that of its leaves: what every backend must agree with. */
export function evaluate<Leaf extends LeafBase>(expr: Tree<Leaf>, leaf: (leaf: Leaf) => Scalar): Scalar {
  if (isLeaf(expr)) return leaf(expr);
  if (expr.kind === "const") return expr.value;
  return evaluateScalar(
    expr.op,
    { inputs: expr.args.map((arg) => arg.dtype), output: expr.dtype },
    expr.args.map((arg) => evaluate(arg, leaf)),
  );
}

/** Whether `tree` is a leaf, neither a constant nor an application. */
export function isLeaf<Leaf extends LeafBase>(tree: Tree<Leaf>): tree is Leaf {
  return tree.kind !== "const" && tree.kind !== "apply";
}
