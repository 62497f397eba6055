/** The value of a scalar op on elements: the definition that backends agree with. */
import { carrierOf, castScalar, complexOf, type DType, integerOf, type Scalar } from "../array/dtype.ts";
import type { ImplementationKind, ScalarOp, Signature } from "./op.ts";
import { type ScalarOpName, scalarOp } from "./table.ts";

/**
 * Which implementation of `op` computes on arguments of dtype `first`.
 * @throws TypeError when there is none: some ops take complex numbers by their type rule, as in Theano, and have no
 * values for them.
 */
export function implementationKind(op: ScalarOp, first: DType): ImplementationKind {
  const kind = op.evaluate.any === undefined ? carrierOf(first) : "any";
  if (op.evaluate[kind] === undefined) throw new TypeError(`${op.name} does not compute on ${first}`);
  return kind;
}

/** Whether an op computes on arguments of a signature: its type rule may take dtypes that it has no values for. */
export function isImplemented(op: ScalarOp, { inputs: [first = "float64"] }: Signature): boolean {
  return op.evaluate.any !== undefined || op.evaluate[carrierOf(first)] !== undefined;
}

/**
 * The value of an op on elements of the signature's dtypes, as an element of its output dtype: integers wrap, float16 and
 * float32 are rounded once, and a variadic op rounds after each step from the left.
 */
export function evaluateScalar(name: ScalarOpName, signature: Signature, args: readonly Scalar[]): Scalar {
  const op = scalarOp(name);
  const [first = "float64"] = signature.inputs;
  const kind = implementationKind(op, first);
  const compute = (values: readonly Scalar[]): Scalar => castScalar(computeOn(op, kind, values), signature.output);
  if (op.arity !== "variadic") return compute(args);
  const [start = 0, ...rest] = args;
  return rest.reduce<Scalar>((sum, value) => compute([sum, value]), castScalar(start, signature.output));
}

function computeOn({ name, evaluate }: ScalarOp, kind: ImplementationKind, args: readonly Scalar[]): Scalar {
  const result =
    kind === "big"
      ? evaluate.big?.(...args.map(integerOf))
      : kind === "bool"
        ? evaluate.bool?.(...args.map(Boolean))
        : kind === "any"
          ? evaluate.any?.(...args)
          : kind === "complex"
            ? evaluate.complex?.(...args.map(complexOf))
            : evaluate[kind]?.(...args.map(Number));
  if (result === undefined) throw new TypeError(`${name} has no implementation for ${kind}`);
  return result;
}
