/** Lengths of tensors as expressions, found without computing the tensors. */
import { constant } from "../graph/constant.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { toposort } from "../graph/walk.ts";
import { applyElemwise } from "./elemwise.ts";
import { ShapeI } from "./shape.ts";

/** The lengths of a tensor, as int64 variables without dimensions. */
export type SymbolicShape = readonly Variable[];

/** A known length as an int64 constant. */
export function lengthConstant(length: number): TensorVariable {
  return constant(length, null, "int64");
}

/**
 * Finds lengths by the ops' `inferShape`, each variable's once. Where an op does not tell, and for leaves, the length is
 * the `Shape_i` of the variable; where the type tells, a constant.
 */
export class ShapeInference {
  readonly #known = new Map<Variable, SymbolicShape>();
  /** Whether a result depends on a computed variable, which a rewrite may replace. */
  #readsComputed = false;

  lengths(variable: Variable): SymbolicShape {
    for (const node of toposort([variable], this.#known)) {
      const shapes = node.op.inferShape?.(
        node,
        node.inputs.map((x) => this.#lengthsOfInput(x)),
      );
      this.#readsComputed ||= shapes === undefined;
      node.outputs.forEach((output, i) => {
        this.#known.set(output, refined(output, shapes?.[i]));
      });
    }
    return this.#lengthsOfInput(variable);
  }

  /** Forgets what may name variables that a change of the graph took away. */
  graphChanged(): void {
    if (!this.#readsComputed) return;
    this.#known.clear();
    this.#readsComputed = false;
  }

  #lengthsOfInput(variable: Variable): SymbolicShape {
    const known = this.#known.get(variable) ?? refined(variable);
    this.#known.set(variable, known);
    return known;
  }
}

/** The lengths that the type knows, and `lengths` or `Shape_i` for the others. */
function refined(variable: Variable, lengths?: SymbolicShape): SymbolicShape {
  return variable.type.shape.map((dim, axis) =>
    dim !== null ? lengthConstant(dim) : (lengths?.[axis] ?? new ShapeI(axis).apply(variable).out),
  );
}

/** The lengths of a tensor as expressions of those of the leaves of its graph. */
export function inferLengths(variable: Variable): SymbolicShape {
  return new ShapeInference().lengths(variable);
}

/** The number of elements of a part `start:stop:step` of a dimension; `step` is known. */
export function partLength(length: Variable, start: Variable | null, stop: Variable | null, step: number): Variable {
  const [low, high] = step > 0 ? [0, length] : [-1, applyElemwise("sub", length, 1)];
  const from = start === null ? (step > 0 ? low : high) : bound(start, length, low, high);
  const to = stop === null ? (step > 0 ? high : low) : bound(stop, length, low, high);
  const [first, last] = step > 0 ? [from, to] : [to, from];
  if (first === 0 && step === 1) return atLeastZero(last);
  const distance = applyElemwise("sub", last, first);
  const size = Math.abs(step);
  const count = size === 1 ? distance : applyElemwise("int_div", applyElemwise("add", distance, size - 1), size);
  return applyElemwise("maximum", count, 0);
}

function atLeastZero(bound: Variable | number): TensorVariable {
  return typeof bound === "number" ? lengthConstant(bound) : bound;
}

/** A bound in Python's meaning, from `low` to `high`: negative ones count from the end. */
function bound(position: Variable, length: Variable, low: number, high: Variable): Variable {
  const fromEnd = applyElemwise("maximum", applyElemwise("add", position, length), low);
  const fromStart = applyElemwise("minimum", position, high);
  return applyElemwise("switch", applyElemwise("lt", position, 0), fromEnd, fromStart);
}
