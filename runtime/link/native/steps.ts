/** Loops over a segment: its plan runs step after step in one foreign call, on rows that move along with the steps. */
import { dtypeInfo } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { sameShape } from "../../array/shape.ts";
import { type Loop, loopFrameSize, type Place, reached, type Walk, writeLoop, writeSteps } from "../../backend/loop.ts";
import { type Created, LOOP, type Machine, type RunProgram } from "../../backend/machine.ts";
import { MemoryError } from "../../base/errors.ts";
import type { Reached, Rows, Steps } from "../../graph/op.ts";
import type { Planned, PlannedResult } from "./plan.ts";
import type { PlannedSegment } from "./planned.ts";

/** Where a graph's inputs and outputs are in the only segment of its program. */
export interface Wiring {
  /** For each input of the segment, which one of the graph it is. */
  readonly inputs: readonly number[];
  /** For each output of the graph, which one of the segment it is, or which input of the graph. */
  readonly outputs: readonly { readonly from: "segment" | "input"; readonly index: number }[];
}

/** Foreign calls cannot be stopped: from about so many milliseconds on, the next steps go into another one. */
const PAUSE = 20;
/** Steps of the first call. */
const FIRST_STEPS = 16;
/** Words before the frame of the loop: a program of one kernel. */
const PROGRAM_WORDS = 3;

/** Runs steps as `InnerFunction.runSteps` says. */
export function runSteps(
  segment: PlannedSegment,
  wiring: Wiring,
  machine: Machine,
  steps: Steps,
  run: RunProgram,
): Reached {
  const nothing = { next: steps.from, hasEnded: false };
  const inputs = wiring.inputs.map((i) => steps.inputs[i]);
  // Shapes that follow from values may change from step to step.
  if (segment.segment.knownInputs.some((i) => !(inputs[i] instanceof NDArray))) return nothing;
  const planned = segment.planFor(inputs.map((input) => rowOf(input, steps.from)));
  if (planned === null) return nothing;
  try {
    const loop = new LoopRun(planned, wiring, machine, steps);
    return loop.isPossible ? loop.run(run) : nothing;
  } catch (error) {
    if (error instanceof MemoryError) return nothing;
    throw error;
  } finally {
    machine.leave();
  }
}

function rowOf(input: NDArray | Rows, step: number): NDArray {
  if (input instanceof NDArray) return input;
  const { data, dtype, shape, strides, offset } = input.array;
  const row = (input.first + step) % shape[0];
  return new NDArray(data, dtype, shape.slice(1), strides.slice(1), offset + row * strides[0]);
}

class LoopRun {
  readonly #planned: Planned;
  readonly #wiring: Wiring;
  readonly #machine: Machine;
  readonly #steps: Steps;
  readonly #walks: Walk[] = [];
  readonly #moves: Loop["moves"][number][] = [];
  readonly #addresses = new Map<NDArray, number>();
  /** Memory that nobody else has while the loop runs. */
  readonly #created: Created[] = [];
  /** Where the new arrays of a step lie. */
  readonly #homes: readonly Place[] | null;
  /** Whether every output can be brought to its rows. */
  readonly isPossible: boolean;

  constructor(planned: Planned, wiring: Wiring, machine: Machine, steps: Steps) {
    this.#planned = planned;
    this.#wiring = wiring;
    this.#machine = machine;
    this.#steps = steps;
    this.isPossible = steps.outputs.every((rows, i) => rows === null || this.#fits(rows, i)) && this.#endFits();
    this.#homes = this.isPossible ? planned.made.map((bytes, root) => this.#homeOf(root, bytes)) : null;
    if (this.isPossible) this.#moveResults();
  }

  run(run: RunProgram): Reached {
    const loop = this.#loop();
    const memory = this.#machine.program(PROGRAM_WORDS + loopFrameSize(loop));
    memory.words.set([1, LOOP, memory.address + 8 * PROGRAM_WORDS]);
    const frame = memory.words.subarray(PROGRAM_WORDS);
    writeLoop(frame, loop);
    this.#planned.program.load();
    const { from, to } = this.#steps;
    let now: Reached = { next: from, hasEnded: false };
    let count = this.#machine.stopsLoops ? to - from : FIRST_STEPS;
    for (let isRefused = false; now.next < to && !now.hasEnded && !isRefused; ) {
      writeSteps(frame, now.next, Math.min(to, now.next + count));
      memory.load();
      const start = performance.now();
      isRefused = run(memory.address) !== 0;
      now = reached(memory, PROGRAM_WORDS);
      if (performance.now() - start < PAUSE / 2) count *= 2;
    }
    for (const array of new Set(this.#written().map((rows) => rows.array)))
      this.#machine.exit(array, this.#addressOf(array));
    this.#created.length = 0;
    return now;
  }

  #loop(): Loop {
    const { program, patches } = this.#planned;
    const { inputs } = this.#wiring;
    const places = [...inputs.map((i) => this.#placeOfInput(i)), ...(this.#homes ?? [])];
    return {
      program: program.address,
      patches: patches.map(({ slot, root, offset }) => ({
        word: program.address + 8 * slot,
        place: moved(places[root], offset),
      })),
      walks: this.#walks,
      moves: this.#moves,
      end: this.#endResult === null ? null : this.#placeOfNew(this.#endResult),
    };
  }

  #written(): readonly Rows[] {
    return this.#steps.outputs.filter((rows) => rows !== null);
  }

  /** The result of a step that an output is; null where it is an input as it stands. */
  #resultOf(output: number): PlannedResult | null {
    const { from, index } = this.#wiring.outputs[output];
    return from === "segment" ? this.#planned.results[index] : null;
  }

  /** Whether an output's value can be copied to its rows as bytes. */
  #fits({ array }: Rows, output: number): boolean {
    const result = this.#resultOf(output);
    if (result?.from.kind === "fixed" || !array.isContiguous || array.size === 0) return false;
    const source = this.#steps.inputs[this.#wiring.outputs[output].index];
    const value = result?.array ?? rowOf(source, this.#steps.from);
    return value.isContiguous && value.dtype === array.dtype && sameShape(value.shape, array.shape.slice(1));
  }

  /** The result that ends the loop; null: there is none. */
  get #endResult(): PlannedResult | null {
    const at = this.#steps.outputs.length;
    return at < this.#wiring.outputs.length ? this.#resultOf(at) : null;
  }

  /** Whether what ends the loop is a byte that a step makes, or nothing does. */
  #endFits(): boolean {
    if (this.#wiring.outputs.length === this.#steps.outputs.length) return true;
    const result = this.#endResult;
    return result?.from.kind === "new" && result.array.nbytes === 1;
  }

  /** The rows of an output where they may serve as memory of the step: nobody reads them in it. Else memory apart. */
  #homeOf(root: number, bytes: number): Place {
    for (const [i, rows] of this.#steps.outputs.entries()) {
      const result = this.#resultOf(i);
      if (rows === null || result?.from.kind !== "new" || result.from.index !== root) continue;
      if (result.array.offset === 0 && result.array.nbytes === bytes && this.#isFree(rows)) return this.#placeOf(rows);
    }
    return this.#scratch(bytes);
  }

  /** Whether no step reads the row that it writes, and no other output goes to the same rows. */
  #isFree({ array, first }: Rows): boolean {
    const isSame = (other: Rows): boolean => (other.first - first) % array.shape[0] === 0;
    const reads = this.#steps.inputs.filter((input): input is Rows => !(input instanceof NDArray));
    const others = this.#written().filter((rows) => rows.array === array);
    return others.length === 1 && !reads.some((rows) => rows.array === array && isSame(rows));
  }

  /** Brings results that do not lie in their rows there. What lies in rows that are written waits apart meanwhile. */
  #moveResults(): void {
    const writes: Loop["moves"][number][] = [];
    const written = new Set(this.#written().map(({ array }) => array));
    this.#steps.outputs.forEach((rows, i) => {
      if (rows === null) return;
      const result = this.#resultOf(i);
      const bytes = rowBytes(rows.array);
      const to = this.#placeOf(rows);
      let from: Place;
      if (result?.from.kind === "new") from = this.#placeOfNew(result);
      else {
        const { index, offset } = this.#inputBehind(i, result);
        const source = this.#steps.inputs[index];
        from = moved(this.#placeOfInput(index), offset * dtypeInfo(rows.array.dtype).bytes);
        if (!(source instanceof NDArray) && written.has(source.array)) {
          const aside = this.#scratch(bytes);
          this.#moves.push({ to: aside, from, bytes });
          from = aside;
        }
      }
      if (from.walk !== to.walk || from.offset !== to.offset) writes.push({ to, from, bytes });
    });
    this.#moves.push(...writes);
  }

  /** Which input of the graph an output shows, and from which element on. */
  #inputBehind(output: number, result: PlannedResult | null): { readonly index: number; readonly offset: number } {
    if (result?.from.kind === "input")
      return { index: this.#wiring.inputs[result.from.index], offset: result.from.offset };
    return { index: this.#wiring.outputs[output].index, offset: 0 };
  }

  /** Where a result lies that a step makes. */
  #placeOfNew({ from, array }: PlannedResult): Place {
    const home = from.kind === "new" ? this.#homes?.[from.index] : undefined;
    if (home === undefined) throw new TypeError("a result that no step makes has no place of its own");
    return moved(home, array.offset * dtypeInfo(array.dtype).bytes);
  }

  #placeOfInput(index: number): Place {
    const input = this.#steps.inputs[index];
    return input instanceof NDArray ? this.#fixed(this.#addressOf(input)) : this.#placeOf(input);
  }

  #placeOf({ array, first }: Rows): Place {
    const bytes = array.strides[0] * dtypeInfo(array.dtype).bytes;
    return this.#walk({ address: this.#addressOf(array), bytes, first, length: array.shape[0] });
  }

  #fixed(address: number): Place {
    return this.#walk({ address, bytes: 0, first: 0, length: 1 });
  }

  #scratch(bytes: number): Place {
    const created = this.#machine.create(bytes);
    this.#created.push(created);
    return this.#fixed(created.address);
  }

  #walk(walk: Walk): Place {
    const { address, first, length } = walk;
    const known = this.#walks.findIndex(
      (other) => other.address === address && other.first === first && other.length === length,
    );
    return { walk: known >= 0 ? known : this.#walks.push(walk) - 1, offset: 0 };
  }

  #addressOf(array: NDArray): number {
    const address = this.#addresses.get(array) ?? this.#machine.enter(array);
    this.#addresses.set(array, address);
    return address;
  }
}

function moved({ walk, offset }: Place, bytes: number): Place {
  return { walk, offset: offset + bytes };
}

function rowBytes({ nbytes, shape }: NDArray): number {
  return nbytes / shape[0];
}
