/** Kernels as readable text, for debugging and for tests; `parse.ts` reads it back. */
import { Complex } from "../array/complex.ts";
import type { Scalar } from "../array/dtype.ts";
import { isLeaf } from "../scalar/expr.ts";
import { signatureOf } from "../scalar/table.ts";
import type { Access, Expr, Kernel, Statement, Subscript } from "./ir.ts";

/**
 * A kernel as indented text:
 * ```
 * kernel dot(in in0: float64[2], in in1: float64[1], out out0: float64[1])
 *   axes i = in0.0 = out0.0, k = in0.1 = in1.0
 *   loop i
 *     reduce k
 *       acc: float64 = add of mul(in0[i, k], in1[k])
 *     out0[i] = acc
 * ```
 */
export function kernelText(kernel: Kernel): string {
  const { name, buffers, axes, body } = kernel;
  const parameters = buffers.map((buffer) => `${buffer.access} ${buffer.name}: ${buffer.dtype}[${buffer.ndim}]`);
  const bindings = axes.map(
    (axis) => `${axis.name} = ${axis.extent.map(({ buffer, dim }) => `${buffers[buffer].name}.${dim}`).join(" = ")}`,
  );
  return [
    `kernel ${name}(${parameters.join(", ")})`,
    ...(bindings.length === 0 ? [] : [`  axes ${bindings.join(", ")}`]),
    ...body.flatMap((statement) => statementLines(kernel, statement, "  ")),
  ].join("\n");
}

function statementLines(kernel: Kernel, statement: Statement, indent: string): string[] {
  const inner = `${indent}  `;
  const lines = (body: readonly Statement[]) => body.flatMap((part) => statementLines(kernel, part, inner));
  switch (statement.kind) {
    case "loop":
      return [`${indent}loop ${statement.axis}`, ...lines(statement.body)];
    case "reduce":
      return [
        `${indent}reduce ${statement.axes.join(", ")}`,
        ...lines(statement.body),
        ...statement.accumulators.map(
          ({ name, dtype, op, value }) => `${inner}${name}: ${dtype} = ${op} of ${exprText(kernel, value)}`,
        ),
      ];
    case "let":
      return [`${indent}let ${statement.name} = ${exprText(kernel, statement.value)}`];
    case "store":
      return [
        `${indent}${accessText(kernel, statement.access)} ${statement.adds ? "+=" : "="} ${exprText(kernel, statement.value)}`,
      ];
  }
}

/** An expression as nested calls. */
function exprText(kernel: Kernel, expr: Expr): string {
  if (isLeaf(expr)) {
    if (expr.kind === "load") return `${expr.padded ? "?" : ""}${accessText(kernel, expr.access)}`;
    return expr.kind === "local" ? expr.name : expr.axis;
  }
  if (expr.kind === "const") return `${numberText(expr.value)}:${expr.dtype}`;
  const { output } = signatureOf(
    expr.op,
    expr.args.map((arg) => arg.dtype),
    "float64",
  );
  // What the arguments do not tell: the quotient of two integers has the dtype of floatX.
  const dtype = output === expr.dtype ? "" : `:${expr.dtype}`;
  return `${expr.op}${dtype}(${expr.args.map((arg) => exprText(kernel, arg)).join(", ")})`;
}

/** A number so that it can be read back: the sign of zero, and both parts of a complex one. */
function numberText(value: Scalar): string {
  if (value instanceof Complex) return `[${numberText(value.re)} ${numberText(value.im)}]`;
  return Object.is(value, -0) ? "-0" : String(value);
}

function accessText(kernel: Kernel, { buffer, index }: Access): string {
  return `${kernel.buffers[buffer].name}[${index.map(subscriptText).join(", ")}]`;
}

function subscriptText({ terms, offset, position, lengths = [] }: Subscript): string {
  if (position !== undefined) return `@${position}`;
  const parted = lengths.map(({ axis, scale, divisor }) => ({
    axis: `#${axis}${divisor === undefined ? "" : `/${divisor}`}`,
    scale,
  }));
  const all = [...terms, ...parted];
  const parts = all.map(({ axis, scale }) => (scale === 1 ? axis : `${scale}*${axis}`));
  return [...parts, ...(offset !== 0 || parts.length === 0 ? [String(offset)] : [])].join(" + ");
}
