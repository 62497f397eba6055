/** Running a segment: the plan for the shapes of a call, found again or made, and one foreign call. */
import { dtypeInfo, slotsOf, storageIn, type TypedArray } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import type { Created, Machine, RunProgram } from "../../backend/machine.ts";
import { MemoryError } from "../../base/errors.ts";
import { makePlan, type Planned, type PlannedResult, type Segment } from "./plan.ts";

/** Plans of other shapes that are kept; shapes of old calls often come back. */
const KEPT = 8;

/** Why a segment cannot run natively this time. */
export const NO_PLAN = Symbol("no plan");

/** A plan and what calls must look like to use it. */
interface Fitted {
  readonly shapes: readonly (readonly number[])[];
  readonly strides: readonly (readonly number[])[];
  /** The values that decide about shapes, as text. */
  readonly known: string;
  /** null: these calls run without a plan. */
  readonly plan: ReadyPlan | null;
}

/** A plan in the form in which it is run. */
interface ReadyPlan {
  readonly planned: Planned;
  /** The memory of the last results, where it is used again. */
  kept: readonly Created[] | null;
  readonly slots: Int32Array;
  readonly roots: Int32Array;
  readonly offsets: Float64Array;
  readonly ownsResults: boolean;
}

export class PlannedSegment {
  readonly segment: Segment;
  readonly #machine: Machine;
  readonly #reusesResults: boolean;
  readonly #addresses: Float64Array;
  /** The latest first. */
  readonly #fitted: Fitted[] = [];
  #isRunning = false;
  /** Whether the results of the last run have memory that nothing else has, each of its own. */
  ownsResults = false;

  /** @param reusesResults results may lie where those of the last run did: whoever runs it copies them. */
  constructor(segment: Segment, machine: Machine, reusesResults: boolean) {
    this.segment = segment;
    this.#reusesResults = reusesResults;
    this.#machine = machine;
    this.#addresses = new Float64Array(segment.inputs.length + segment.outputs.length);
  }

  /** Values of the segment's outputs, or {@link NO_PLAN} where its nodes have to run one by one. */
  run(inputs: readonly NDArray[], run: RunProgram): NDArray[] | typeof NO_PLAN {
    // A node may call the function that it is part of; frames belong to one run at a time.
    if (this.#isRunning) return NO_PLAN;
    const { plan } = this.#find(inputs);
    if (plan === null || !areFine(plan.planned.checks, inputs)) return NO_PLAN;
    this.#isRunning = true;
    try {
      return this.#invoke(plan, inputs, run);
    } catch (error) {
      // Alone, nodes need less memory; and where that is not enough, either, they say which of them it was.
      if (error instanceof MemoryError) return NO_PLAN;
      throw error;
    } finally {
      this.#machine.leave();
      this.#isRunning = false;
    }
  }

  /** The plan for inputs of these shapes, where it serves whatever their values are; null where there is none. */
  planFor(inputs: readonly NDArray[]): Planned | null {
    const planned = this.#isRunning ? undefined : this.#find(inputs).plan?.planned;
    return planned?.checks.length === 0 ? planned : null;
  }

  #invoke(plan: ReadyPlan, inputs: readonly NDArray[], run: RunProgram): NDArray[] | typeof NO_PLAN {
    const { program, made, results } = plan.planned;
    const { words } = program;
    const addresses = this.#addresses;
    for (let i = 0; i < inputs.length; i++) addresses[i] = this.#machine.enter(inputs[i]);
    const created = plan.kept ?? made.map((bytes) => this.#machine.create(bytes));
    if (this.#reusesResults && this.#machine.resultsStay) plan.kept = created;
    for (let i = 0; i < created.length; i++) addresses[inputs.length + i] = created[i].address;
    const { slots, roots, offsets } = plan;
    for (let i = 0; i < slots.length; i++) words[slots[i]] = addresses[roots[i]] + offsets[i];
    program.load();
    if (run(program.address) !== 0) return NO_PLAN;
    this.ownsResults = plan.ownsResults;
    const values: NDArray[] = [];
    for (const result of results) values.push(resultOf(result, inputs, created));
    return values;
  }

  #find(inputs: readonly NDArray[]): Fitted {
    const { knownInputs } = this.segment;
    const known = knownInputs.length === 0 ? "" : knownInputs.map((i) => inputs[i].toString()).join(";");
    // Most calls look like the one before.
    if (this.#fitted.length > 0 && fits(this.#fitted[0], inputs, known)) return this.#fitted[0];
    const at = this.#fitted.findIndex((fitted) => fits(fitted, inputs, known));
    const fitted = at > 0 ? this.#fitted.splice(at, 1)[0] : this.#fit(inputs, known);
    this.#fitted.unshift(fitted);
    if (this.#fitted.length > KEPT) this.#fitted.pop();
    return fitted;
  }

  #fit(inputs: readonly NDArray[], known: string): Fitted {
    return {
      shapes: inputs.map(({ shape }) => shape),
      strides: inputs.map(({ strides }) => strides),
      known,
      plan: this.#plan(inputs),
    };
  }

  /** null where a node refuses its inputs: run alone it says so, and names what it was given. */
  #plan(inputs: readonly NDArray[]): ReadyPlan | null {
    let planned: Planned;
    try {
      planned = makePlan(this.segment, inputs, this.#machine);
    } catch {
      return null;
    }
    return {
      planned,
      kept: null,
      slots: Int32Array.from(planned.patches, ({ slot }) => slot),
      roots: Int32Array.from(planned.patches, ({ root }) => root),
      offsets: Float64Array.from(planned.patches, ({ offset }) => offset),
      ownsResults: !this.#reusesResults && areOwned(planned.results),
    };
  }
}

/** Whether each result is the whole of a new array of its own. */
function areOwned(results: readonly PlannedResult[]): boolean {
  const made = results.flatMap(({ from }) => (from.kind === "new" ? [from.index] : []));
  return (
    new Set(made).size === results.length && results.every(({ array }) => array.isContiguous && array.offset === 0)
  );
}

function resultOf({ from, array }: PlannedResult, inputs: readonly NDArray[], created: readonly Created[]): NDArray {
  switch (from.kind) {
    case "fixed":
      // The plan's own, which nobody else may change.
      return array.copy();
    case "input": {
      const { data, offset } = inputs[from.index];
      return new NDArray(data, array.dtype, array.shape, array.strides, offset + from.offset);
    }
    case "new": {
      const { buffer, start } = created[from.index].fetch();
      return new NDArray(storageOf(buffer, start, array), array.dtype, array.shape, array.strides, array.offset);
    }
  }
}

/** Storage that begins where the array's does, and ends with it where the array is alone. */
function storageOf(buffer: ArrayBuffer, start: number, { dtype, size, offset, isContiguous }: NDArray): TypedArray {
  if (offset === 0 && isContiguous) return storageIn(buffer, dtype, start, size);
  const room = Math.floor((buffer.byteLength - start) / (dtypeInfo(dtype).bytes / slotsOf(dtype)) / slotsOf(dtype));
  return storageIn(buffer, dtype, start, room);
}

/** Whether all checks pass; the node that refuses a value says so itself when it runs alone. */
function areFine(checks: Planned["checks"], inputs: readonly NDArray[]): boolean {
  if (checks.length === 0) return true;
  try {
    for (const check of checks) check(inputs);
    return true;
  } catch {
    return false;
  }
}

function fits({ shapes, strides, known }: Fitted, inputs: readonly NDArray[], values: string): boolean {
  if (known !== values) return false;
  for (let i = 0; i < inputs.length; i++)
    if (!same(shapes[i], inputs[i].shape) || !same(strides[i], inputs[i].strides)) return false;
  return true;
}

function same(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
