/** One node of a linked graph among the others: where its thunk finds inputs and puts outputs. */
import type { NDArray } from "../array/ndarray.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { raiseWithOp } from "./report.ts";
import type { Thunk } from "./thunk.ts";
import type { Tracer } from "./trace.ts";

/** The values of a program's variables during a call, by the numbers of their cells; null: not computed, or freed. */
export type Storage = (NDArray | null)[];

/** A graph and where the values of its variables are. */
export interface CellTable {
  readonly fgraph: FunctionGraph;
  readonly cells: ReadonlyMap<Variable, number>;
}

/** A thunk and its cells. */
export interface Step {
  readonly thunk: Thunk;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Cells nobody reads after this step. */
  readonly frees: readonly number[];
  /** Outputs that a later step overwrites, and that must not show the memory of an input. */
  readonly owned: readonly number[];
}

/** Runs a step on the values of its cells. @throws what the node throws, with a report on it. */
export function runStep(
  step: Step,
  index: number,
  storage: Storage,
  table: CellTable,
  tracer: Tracer | null,
  inputs: readonly NDArray[] = step.inputs.map((cell) => read(storage, cell)),
): void {
  const start = tracer?.now() ?? 0;
  let outputs: readonly NDArray[];
  try {
    outputs = step.thunk.run(inputs);
  } catch (error) {
    throw raiseWithOp(error, {
      node: step.thunk.node,
      index,
      inputs,
      fgraph: table.fgraph,
      values: valuesIn(storage, table),
    });
  }
  tracer?.ran(index, step.thunk, inputs, outputs, start);
  step.outputs.forEach((cell, i) => {
    storage[cell] = step.owned.includes(i) ? notSharedWith(inputs, outputs[i]) : outputs[i];
  });
  for (const cell of step.frees) storage[cell] = null;
}

function valuesIn(storage: Readonly<Storage>, { cells }: CellTable): ReadonlyMap<Variable, NDArray> {
  const values = new Map<Variable, NDArray>();
  for (const [variable, cell] of cells) {
    const value = storage[cell];
    if (value !== null) values.set(variable, value);
  }
  return values;
}

/** The array, or a copy where an op gave an input back without saying so. */
function notSharedWith(inputs: readonly NDArray[], output: NDArray): NDArray {
  return inputs.some((input) => input.data.buffer === output.data.buffer) ? output.copy() : output;
}

/** The value of a cell. @throws Error when it was not computed. */
export function read(storage: Readonly<Storage>, cell: number): NDArray {
  const value = storage[cell];
  if (value === null) throw new Error(`cell ${cell} was read before it was written: the order of the nodes is wrong`);
  return value;
}
