/**
 * Plans: for one set of shapes, what a run of native nodes does, down to addresses. Making one walks through the nodes with
 * arrays that have shapes and strides but no elements; running one writes the addresses of its inputs and results into
 * frames that are otherwise complete, and makes one foreign call.
 */
import { allocate, dtypeInfo } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { sameShape } from "../../array/shape.ts";
import { arrange, type Operands } from "../../backend/arrange.ts";
import { COPY, type Machine, type ProgramMemory } from "../../backend/machine.ts";
import type { Apply } from "../../graph/apply.ts";
import { destroyedInputs } from "../../graph/destroy.ts";
import type { Lowered, ValueCheck } from "../../graph/op.ts";
import { TensorConstant, type Variable } from "../../graph/variable.ts";
import type { Collapsed } from "../../loop/collapse.ts";
import { addressSlots, frameSize, writeLayout } from "../../loop/frame.ts";
import type { Kernel } from "../../loop/ir.ts";
import { checkedLengths } from "../../loop/lengths.ts";
import { checkStretch } from "../../ops/incsubtensor.ts";
import type { Thunk } from "../thunk.ts";
import { planArena } from "./arena.ts";
import type { Fused } from "./fuse.ts";

/** Nodes that run as one kernel of native code. */
export interface KernelPart {
  readonly kind: "kernel";
  readonly fused: Fused;
  /** Those of its nodes. */
  readonly thunks: readonly Thunk[];
  /** What was compiled: the kernel, or the same with axes merged. */
  readonly compiled: Kernel;
  readonly collapsed: Collapsed | null;
  /** Its number in the unit. */
  readonly number: number;
  /** Buffers that may lie in any way; the others are dense along their last dimension. */
  readonly free: ReadonlySet<number>;
}

/** A node that shows memory in another way, or whose value follows from shapes; or one that makes memory of a known shape. */
export interface HostPart {
  readonly kind: "known" | "view" | "alloc";
  readonly node: Apply;
  readonly thunk: Thunk;
}

/** Neighbouring nodes that need no JavaScript between them. */
export interface Segment {
  readonly parts: readonly (KernelPart | HostPart)[];
  /** Read, but not computed here; constants are not among them. */
  readonly inputs: readonly Variable[];
  /** Computed here and read elsewhere. */
  readonly outputs: readonly Variable[];
  /** Inputs whose values decide about shapes. */
  readonly knownInputs: readonly number[];
}

/** Where the memory of values comes from. */
type Root =
  | { readonly kind: "input"; readonly index: number; readonly array: NDArray }
  | { readonly kind: "fixed"; readonly array: NDArray }
  /** Made by a kernel or a copy; whether it outlives the run is known in the end. */
  | { readonly kind: "made"; readonly bytes: number; readonly from: number; to: number };

/** A value: how it lies in the memory of its root. */
interface Placed {
  readonly array: NDArray;
  readonly root: number;
}

/** One call of a kernel, or a copy. */
interface Call {
  readonly number: number;
  readonly size: number;
  write(frame: Float64Array): void;
  /** Where in the frame which value's address goes. */
  readonly addresses: readonly { readonly slot: number; readonly placed: Placed }[];
}

export interface PlannedResult {
  /** Which of the run's new arrays, or which input, holds it; or the value itself. */
  readonly from:
    | { readonly kind: "new"; readonly index: number }
    /** So many elements after the first one of the input. */
    | { readonly kind: "input"; readonly index: number; readonly offset: number }
    | { readonly kind: "fixed" };
  readonly array: NDArray;
}

/** What running a plan needs. */
export interface Planned {
  readonly program: ProgramMemory;
  /** Frame slots to be filled with the address of a root: first the inputs, then the new arrays. */
  readonly patches: readonly { readonly slot: number; readonly root: number; readonly offset: number }[];
  /** Bytes of the new arrays. */
  readonly made: readonly number[];
  readonly results: readonly PlannedResult[];
  /** Looks at the values of a call. @throws ValueError for a value that is refused. */
  readonly checks: readonly ((inputs: readonly NDArray[]) => void)[];
  /** What addresses point to, kept alive. */
  readonly held: readonly unknown[];
}

/** Plans a segment for inputs of these shapes. @throws what the shapes of a node throw; PlanError where no plan is possible. */
export function makePlan(segment: Segment, inputs: readonly NDArray[], machine: Machine): Planned {
  return new Planner(segment, inputs, machine).plan();
}

/** Why there is no plan: the node has to run by itself. */
export class PlanError extends Error {
  override readonly name = "PlanError";
}

class Planner {
  readonly #segment: Segment;
  readonly #machine: Machine;
  readonly #roots: Root[] = [];
  readonly #placed = new Map<Variable, Placed>();
  readonly #calls: Call[] = [];
  readonly #checks: ((inputs: readonly NDArray[]) => void)[] = [];

  constructor(segment: Segment, inputs: readonly NDArray[], machine: Machine) {
    this.#segment = segment;
    this.#machine = machine;
    segment.inputs.forEach((variable, index) => {
      const array = inputs[index];
      this.#placed.set(variable, { array, root: this.#addRoot({ kind: "input", index, array }) });
    });
  }

  plan(): Planned {
    for (const part of this.#segment.parts) {
      if (part.kind === "kernel") this.#kernel(part);
      else if (part.kind === "alloc") this.#alloc(part.node);
      else this.#host(part);
    }
    return this.#finish();
  }

  #addRoot(root: Root): number {
    this.#roots.push(root);
    return this.#roots.length - 1;
  }

  #fixed(array: NDArray): Placed {
    return { array, root: this.#addRoot({ kind: "fixed", array }) };
  }

  #get(variable: Variable): Placed {
    const known = this.#placed.get(variable);
    if (known !== undefined) return known;
    if (!(variable instanceof TensorConstant)) throw new PlanError(`${variable} has no value`);
    const placed = this.#fixed(variable.value);
    this.#placed.set(variable, placed);
    return placed;
  }

  /** The lengths are the last inputs; a value to be stretched comes before them. */
  #alloc(node: Apply): void {
    const inputs = node.inputs.map((input) => this.#get(input));
    const [value, lengths] = node.op.family === "Alloc" ? [inputs[0], inputs.slice(1)] : [null, inputs];
    const shape = lengths.map(({ array }) => Number(array.item()));
    if (shape.some((length) => length < 0)) throw new PlanError(`${node} is asked for negative lengths`);
    const { dtype } = node.outputs[0];
    if (value === null) this.#placed.set(node.outputs[0], this.#make(shape, dtype));
    else {
      checkStretch(node.inputs[0].type.shape, value.array.shape, shape);
      const stretched = { ...value, array: value.array.broadcastTo(shape) };
      this.#placed.set(node.outputs[0], this.#copy(stretched));
    }
  }

  #host({ kind, node, thunk }: HostPart): void {
    let inputs = node.inputs.map((input) => this.#get(input));
    // Elements under another shape are a view only where they lie densely.
    if (kind === "view" && node.op.family === "Reshape" && !inputs[0].array.isContiguous)
      inputs = [this.#copy(inputs[0]), ...inputs.slice(1)];
    // What is known stays known: a node that overwrites its input gets a copy.
    const written = kind === "known" ? destroyedInputs(node.op) : [];
    const outputs = thunk.run(inputs.map(({ array }, i) => (written.includes(i) ? array.copy() : array)));
    node.outputs.forEach((output, i) => {
      const viewed = node.op.views[i];
      if (kind === "known") this.#placed.set(output, this.#fixed(outputs[i]));
      else if (outputs[i].data.buffer === inputs[viewed].array.data.buffer)
        this.#placed.set(output, { array: outputs[i], root: inputs[viewed].root });
      else throw new PlanError(`${node} is no view here`);
    });
  }

  #kernel(part: KernelPart): void {
    const { fused, compiled, collapsed, free } = part;
    const given = fused.operands.map((operand) => this.#get(operand));
    this.#nodes(part);
    const outputs = fused.outputs.map((output) => this.#get(output));
    const placed = [...given, ...outputs];
    checkedLengths(
      fused.kernel,
      placed.map(({ array }) => array),
    );
    if (outputs.every(({ array }) => array.size === 0)) return;
    const { items: operands, views } = arrange(placed, this.#dense, collapsed, free);
    const slots = addressSlots(compiled);
    this.#call({
      number: part.number,
      size: frameSize(compiled),
      write: (frame) => writeLayout(compiled, frame, views),
      addresses: operands.map((operand, i) => ({ slot: slots[i], placed: operand })),
    });
  }

  /** The outputs of a kernel's nodes: memory for those that are stored, and the shapes of the others. */
  #nodes({ fused, thunks }: KernelPart): void {
    const stored = new Set(fused.outputs);
    fused.nodes.forEach(({ node, lowered }, at) => {
      if (lowered === null) {
        this.#host({ kind: "view", node, thunk: thunks[at] });
        return;
      }
      const shapes = this.#shapes(node, lowered);
      const overwrites = fused.overwrites && at === fused.nodes.length - 1;
      const places = node.outputs.map((output, i): Placed => {
        if (!stored.has(output)) return { array: shapeOnly(shapes[i], output.dtype), root: NOWHERE };
        return overwrites ? this.#output(node, i, shapes[i], output.dtype) : this.#make(shapes[i], output.dtype);
      });
      node.outputs.forEach((output, i) => {
        this.#placed.set(output, places[i]);
      });
    });
  }

  /** Looks at values before each run; those that are looked at are inputs of the segment. */
  #check(check: ValueCheck, node: Apply, given: readonly Placed[]): void {
    const sources = node.inputs.map((input) => this.#segment.inputs.indexOf(input));
    this.#checks.push((inputs) => check.run(given.map(({ array }, i) => inputs[sources[i]] ?? array)));
  }

  /** The shapes of a node's outputs; its checks join those of the plan. */
  #shapes(node: Apply, lowered: Lowered): readonly (readonly number[])[] {
    const given = node.inputs.map((input) => this.#get(input));
    if (lowered.check !== undefined) this.#check(lowered.check, node, given);
    const arrays = given.map(({ array }) => array);
    return lowered.shapes(
      arrays.map(({ shape }) => shape),
      arrays,
    );
  }

  /** Memory for an output: new, or that of an input which the node overwrites, where that was made here. */
  #output(node: Apply, index: number, shape: readonly number[], dtype: Variable["dtype"]): Placed {
    const overwritten = node.op.destroys[index];
    if (overwritten !== undefined) {
      const placed = this.#get(node.inputs[overwritten]);
      const { array } = placed;
      if (
        placed.root !== NOWHERE &&
        this.#roots[placed.root].kind === "made" &&
        sameShape(array.shape, shape) &&
        array.isContiguous
      )
        return placed;
    }
    return this.#make(shape, dtype);
  }

  #make(shape: readonly number[], dtype: Variable["dtype"]): Placed {
    const array = shapeOnly(shape, dtype);
    const at = this.#calls.length;
    return { array, root: this.#addRoot({ kind: "made", bytes: array.nbytes, from: at, to: at }) };
  }

  readonly #dense: Operands<Placed> = { array: ({ array }) => array, copy: (placed) => this.#copy(placed) };

  /** A dense copy. */
  #copy(source: Placed): Placed {
    const target = this.#make(source.array.shape, source.array.dtype);
    const { shape, strides, dtype } = source.array;
    const { bytes } = dtypeInfo(dtype);
    this.#call({
      number: COPY,
      size: 4 + 2 * shape.length,
      write: (frame) => frame.set([bytes, shape.length, ...shape, ...strides], 2),
      addresses: [
        { slot: 0, placed: target },
        { slot: 1, placed: source },
      ],
    });
    return target;
  }

  #call(call: Call): void {
    for (const { placed } of call.addresses) {
      const root = this.#roots[placed.root];
      if (root.kind === "made") root.to = this.#calls.length;
    }
    this.#calls.push(call);
  }

  #finish(): Planned {
    const outputs = this.#segment.outputs.map((output) => this.#get(output));
    const results = new Map<number, number>();
    for (const { root } of outputs)
      if (this.#roots[root].kind === "made" && !results.has(root)) results.set(root, results.size);
    const inner = this.#roots.flatMap((root, i) => (root.kind === "made" && !results.has(i) ? [{ root, i }] : []));
    const arena = planArena(inner.map(({ root }) => root));
    const block = this.#machine.reserve(arena.bytes);
    const places = new Map(inner.map(({ i }, n) => [i, block.address + arena.offsets[n]]));
    const { program, patches, kept } = this.#write(places, results);
    return {
      program,
      patches,
      made: [...results.keys()].map((root) => madeBytes(this.#roots[root])),
      results: outputs.map((placed) => ({ from: this.#source(placed, results), array: placed.array })),
      checks: this.#checks,
      held: [block, kept],
    };
  }

  #source({ root, array }: Placed, results: ReadonlyMap<number, number>): PlannedResult["from"] {
    const made = results.get(root);
    if (made !== undefined) return { kind: "new", index: made };
    const found = this.#roots[root];
    return found.kind === "input"
      ? { kind: "input", index: found.index, offset: array.offset - found.array.offset }
      : { kind: "fixed" };
  }

  /** The program and its frames in one row of numbers. */
  #write(
    places: ReadonlyMap<number, number>,
    results: ReadonlyMap<number, number>,
  ): Pick<Planned, "program" | "patches"> & { readonly kept: readonly unknown[] } {
    const start = 1 + 2 * this.#calls.length;
    const program = this.#machine.program(start + this.#calls.reduce((sum, { size }) => sum + size, 0));
    const { words, address: base } = program;
    const constants = this.#roots.map((root) => (root.kind === "fixed" ? this.#machine.keep(root.array) : null));
    const patches: Planned["patches"][number][] = [];
    words[0] = this.#calls.length;
    let at = start;
    this.#calls.forEach(({ number, size, write, addresses }, i) => {
      words[1 + 2 * i] = number;
      words[2 + 2 * i] = base + 8 * at;
      write(words.subarray(at, at + size));
      for (const { slot, placed } of addresses) {
        const offset = placed.array.offset * dtypeInfo(placed.array.dtype).bytes;
        const root = this.#roots[placed.root];
        const place = places.get(placed.root);
        if (place !== undefined) words[at + slot] = place + offset;
        else if (root.kind === "fixed") {
          const start = root.array.offset * dtypeInfo(root.array.dtype).bytes;
          words[at + slot] = (constants[placed.root]?.address ?? 0) + offset - start;
        } else {
          const isInput = root.kind === "input";
          const index = isInput ? root.index : this.#segment.inputs.length + (results.get(placed.root) ?? 0);
          // Another call's input may begin elsewhere in its storage.
          const start = isInput ? root.array.offset * dtypeInfo(root.array.dtype).bytes : 0;
          patches.push({ slot: at + slot, root: index, offset: offset - start });
        }
      }
      at += size;
    });
    return { program, patches, kept: constants };
  }
}

/** The root of values that are never stored. */
const NOWHERE = -1;

/** An array that stands for one without elements to be looked at. */
function shapeOnly(shape: readonly number[], dtype: Variable["dtype"]): NDArray {
  return new NDArray(allocate(dtype, 0), dtype, shape);
}

function madeBytes(root: Root): number {
  return root.kind === "made" ? root.bytes : 0;
}
