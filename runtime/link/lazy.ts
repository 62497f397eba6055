/**
 * Lazy evaluation: where a graph has ops that do not always need all of their inputs (`Op.needs`), a step runs only when
 * the value of one of its outputs is asked for. What only branches not taken need is never computed.
 */
import type { NDArray } from "../array/ndarray.ts";
import type { Apply } from "../graph/apply.ts";
import { type CellTable, read, runStep, type Step, type Storage } from "./step.ts";
import type { Tracer } from "./trace.ts";

/** Whether the order in which nodes run depends on values. */
export function isLazy(nodes: readonly Apply[]): boolean {
  return nodes.some((node) => node.op.needs !== undefined);
}

/** The steps of a graph, run on demand. */
export class LazySteps {
  readonly #steps: readonly Step[];
  /** Cell → the step that computes it. */
  readonly #producers = new Map<number, number>();
  /** Cell → how many steps read it. */
  readonly #readers = new Map<number, number>();
  /** Cells that may be forgotten once all their readers have run. */
  readonly #freeable: ReadonlySet<number>;

  constructor(steps: readonly Step[]) {
    this.#freeable = new Set(steps.flatMap((step) => step.frees));
    this.#steps = steps.map((step) => ({ ...step, frees: [] }));
    steps.forEach((step, index) => {
      for (const cell of step.outputs) this.#producers.set(cell, index);
      for (const cell of new Set(step.inputs)) this.#readers.set(cell, (this.#readers.get(cell) ?? 0) + 1);
    });
  }

  /** Computes the wanted cells, and nothing that they do not need. */
  run(wanted: readonly number[], storage: Storage, table: CellTable, tracer: Tracer | null): void {
    const done = new Set<number>();
    const readers = new Map(this.#readers);
    const missing = (cells: readonly number[]): number[] =>
      cells
        .map((cell) => this.#producers.get(cell))
        .filter((producer) => producer !== undefined)
        .filter((producer) => !done.has(producer));
    const todo = missing(wanted).reverse();
    for (let index = todo.at(-1); index !== undefined; index = todo.at(-1)) {
      const step = this.#steps[index];
      const needed = done.has(index) ? [] : neededCells(step, storage, missing);
      const first = missing(needed);
      if (first.length > 0) {
        todo.push(...first.reverse());
        continue;
      }
      todo.pop();
      if (done.has(index)) continue;
      done.add(index);
      runStep(step, index, storage, table, tracer, inputsOf(step, needed, storage));
      this.#forget(step, readers, storage);
    }
  }

  #forget(step: Step, readers: Map<number, number>, storage: Storage): void {
    for (const cell of new Set(step.inputs)) {
      const left = (readers.get(cell) ?? 0) - 1;
      readers.set(cell, left);
      if (left === 0 && this.#freeable.has(cell)) storage[cell] = null;
    }
  }
}

/** The cells that a step reads; of a lazy one whose first input is not there yet, that one. */
function neededCells(step: Step, storage: Storage, missing: (cells: readonly number[]) => number[]): readonly number[] {
  const { op } = step.thunk.node;
  if (op.needs === undefined) return step.inputs;
  const [first] = step.inputs;
  if (missing([first]).length > 0) return [first];
  return [first, ...op.needs(read(storage, first)).map((input) => step.inputs[input])];
}

/** The values of a step's inputs; its first one stands for those that are not needed. */
function inputsOf(step: Step, needed: readonly number[], storage: Storage): readonly NDArray[] {
  if (needed === step.inputs) return needed.map((cell) => read(storage, cell));
  return step.inputs.map((cell) => read(storage, needed.includes(cell) ? cell : step.inputs[0]));
}
