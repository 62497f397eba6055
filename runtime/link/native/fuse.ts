/**
 * Which nodes of a segment run as one kernel: what computes elements one by one joins those who read them, and programs of
 * the same rows become one.
 */
import type { Apply } from "../../graph/apply.ts";
import { destroyedInputs, viewRoot } from "../../graph/destroy.ts";
import type { Lowered } from "../../graph/op.ts";
import type { Variable } from "../../graph/variable.ts";
import { inlineProducer, isCheap } from "../../loop/inline.ts";
import type { Kernel } from "../../loop/ir.ts";
import { paysAsRows } from "../../loop/rowcosts.ts";
import { joinRows } from "../../loop/rowwise.ts";
import { expansionOf, throughViews } from "./views.ts";

/** A node in a kernel; without a lowered form it only shows the memory of an earlier one otherwise. */
export interface FusedNode {
  readonly node: Apply;
  readonly lowered: Lowered | null;
}

/** A kernel of one node, or of several. */
export interface Fused {
  readonly kernel: Kernel;
  /** What the kernel reads, in the order of its buffers. */
  readonly operands: readonly Variable[];
  /** What it stores, in the order of its buffers. */
  readonly outputs: readonly Variable[];
  /** In the order of the graph. */
  readonly nodes: readonly FusedNode[];
  /** Whether outputs may lie where the last node overwrites its inputs. */
  readonly overwrites: boolean;
}

/** A step of a segment: a kernel, or a node that runs otherwise. */
export type Draft =
  | { readonly kind: "kernel"; readonly fused: Fused }
  | { readonly kind: "other"; readonly node: Apply };

/** The draft of a node that runs as a kernel. */
export function kernelDraft(node: Apply, lowered: Lowered): Draft {
  const { kernel } = lowered;
  const { inputs: operands, outputs } = node;
  return { kind: "kernel", fused: { kernel, operands, outputs, nodes: [{ node, lowered }], overwrites: true } };
}

/** The steps with kernels joined where that saves storing values; `isWanted` tells what is read elsewhere. */
export function fuseKernels(drafts: readonly Draft[], isWanted: (variable: Variable) => boolean): readonly Draft[] {
  const fusion = new Fusion(drafts, isWanted);
  drafts.forEach((_, at) => {
    fusion.inline(at);
  });
  drafts.forEach((_, at) => {
    fusion.joinRows(at);
  });
  return fusion.steps.filter((step) => step !== null);
}

class Fusion {
  readonly steps: (Draft | null)[];
  readonly #isWanted: (variable: Variable) => boolean;
  /** Where nodes stand that overwrite something. */
  readonly #destroyers: readonly { readonly at: number; readonly node: Apply }[];
  /** Who reads a variable: kernels among their operands, and other nodes. */
  readonly #readers = new Map<Variable, Set<number>>();

  constructor(drafts: readonly Draft[], isWanted: (variable: Variable) => boolean) {
    this.#isWanted = isWanted;
    const nodes = drafts.map((draft) => (draft.kind === "kernel" ? draft.fused.nodes[0].node : draft.node));
    this.#destroyers = nodes.flatMap((node, at) => (destroyedInputs(node.op).length > 0 ? [{ at, node }] : []));
    const others = new Set(drafts.flatMap((draft) => (draft.kind === "other" ? [draft.node] : [])));
    this.steps = drafts.map((draft) => {
      if (draft.kind === "other") return draft;
      const { fused } = draft;
      return {
        kind: "kernel",
        fused: { ...fused, ...throughViews(fused.kernel, fused.operands, (n) => others.has(n)) },
      };
    });
    this.steps.forEach((step, at) => {
      for (const variable of readBy(step)) this.#readersOf(variable).add(at);
    });
  }

  #readersOf(variable: Variable): Set<number> {
    const known = this.#readers.get(variable) ?? new Set();
    this.#readers.set(variable, known);
    return known;
  }

  #replace(at: number, step: Draft | null): void {
    for (const variable of readBy(this.steps[at])) this.#readersOf(variable).delete(at);
    this.steps[at] = step;
    for (const variable of readBy(step)) this.#readersOf(variable).add(at);
  }

  #fusedAt(at: number): Fused | null {
    const step = this.steps[at];
    return step?.kind === "kernel" ? step.fused : null;
  }

  /** The kernels that read a variable, in their order. */
  #kernelsReading(variable: Variable): number[] {
    return [...this.#readersOf(variable)].filter((at) => this.#fusedAt(at) !== null).sort((a, b) => a - b);
  }

  /** Whether somebody other than kernels needs a variable: views that nobody reads any more do not count. */
  #isNeededElsewhere(variable: Variable): boolean {
    return this.#isWanted(variable) || [...this.#readersOf(variable)].some((at) => this.#needsElements(at));
  }

  /** Whether a step that is no kernel needs the elements of what it reads. */
  #needsElements(at: number): boolean {
    const step = this.steps[at];
    if (step?.kind !== "other") return false;
    const [view] = step.node.outputs;
    return expansionOf(step.node) === null || this.#isNeededElsewhere(view) || this.#kernelsReading(view).length > 0;
  }

  /** Takes the views of a variable up to a step out; they are nodes of whoever computes it. */
  #takeViews(variable: Variable, last = Infinity): FusedNode[] {
    return [...this.#readersOf(variable)].flatMap((at) => {
      const step = this.steps[at];
      if (at > last || step?.kind !== "other" || expansionOf(step.node) === null) return [];
      this.#replace(at, null);
      return [{ node: step.node, lowered: null }, ...this.#takeViews(step.node.outputs[0], last)];
    });
  }

  /** Puts what a kernel computes into all those who read it. */
  inline(at: number): void {
    const producer = this.#fusedAt(at);
    if (producer?.outputs.length !== 1) return;
    const [output] = producer.outputs;
    const readers = this.#kernelsReading(output);
    const last = readers.at(-1);
    if (last === undefined || this.#isNeededElsewhere(output)) return;
    if (readers.length > 1 && !isCheap(producer.kernel)) return;
    if (this.#isOverwritten(producer.operands, at, last, output)) return;
    const joined = readers.map((reader) => inlined(producer, this.#fusedAt(reader), output));
    if (joined.some((one) => one === null)) return;
    const nodes = [...producer.nodes, ...this.#takeViews(output)];
    this.#replace(at, null);
    joined.forEach((fused, i) => {
      if (fused !== null)
        this.#replace(readers[i], { kind: "kernel", fused: { ...fused, nodes: [...nodes, ...fused.nodes] } });
    });
  }

  /** Makes a kernel part of the next one that runs over the same rows. */
  joinRows(at: number): void {
    const first = this.#fusedAt(at);
    if (first === null) return;
    const readers = first.outputs.flatMap((output) => [...this.#readersOf(output)]);
    const hosts = readers.filter((reader) => this.#needsElements(reader));
    const next = Math.min(...readers.filter((reader) => this.#fusedAt(reader) !== null));
    const to = Number.isFinite(next) ? next : this.#nextAlike(at, first);
    if (to === null || hosts.some((host) => host < to)) return;
    const second = this.#fusedAt(to);
    if (second === null || !paysAsRows(first.kernel, second.kernel)) return;
    if (this.#isOverwritten(first.operands, at, to, null)) return;
    const keeps = first.outputs.map(
      (output) => this.#isNeededElsewhere(output) || this.#kernelsReading(output).some((reader) => reader !== to),
    );
    const fused = joinedRows(first, second, keeps);
    if (fused === null) return;
    const views = first.outputs.flatMap((output, i) => this.#takeViews(output, keeps[i] ? to : Infinity));
    this.#replace(at, null);
    this.#replace(to, { kind: "kernel", fused: { ...fused, nodes: [...first.nodes, ...views, ...second.nodes] } });
  }

  /** The next kernel that reads something that this one reads, too. */
  #nextAlike(at: number, { operands }: Fused): number | null {
    const alike = operands.flatMap((operand) => this.#kernelsReading(operand)).filter((other) => other > at);
    return alike.length === 0 ? null : Math.min(...alike);
  }

  /** Whether a later node overwrites what a kernel reads, so that it must run before; `output` itself may be. */
  #isOverwritten(operands: readonly Variable[], at: number, last: number, output: Variable | null): boolean {
    const read = new Set(operands.map(viewRoot));
    if (output !== null) read.delete(viewRoot(output));
    return this.#destroyers.some(
      ({ at: other, node: { op, inputs } }) =>
        at < other &&
        other <= last &&
        destroyedInputs(op).some((input) => inputs[input] !== output && read.has(viewRoot(inputs[input]))),
    );
  }
}

function readBy(step: Draft | null): readonly Variable[] {
  if (step === null) return [];
  return step.kind === "kernel" ? step.fused.operands : step.node.inputs;
}

/** A consumer that computes what it read from a producer; null where that does not pay. */
function inlined(producer: Fused, consumer: Fused | null, output: Variable): Fused | null {
  if (consumer === null) return null;
  let { kernel, operands } = consumer;
  for (let at = operands.indexOf(output); at >= 0; at = operands.indexOf(output)) {
    const joined = inlineProducer(kernel, at, producer.kernel);
    if (joined === null) return null;
    kernel = joined;
    operands = [...operands.slice(0, at), ...operands.slice(at + 1), ...producer.operands];
  }
  return { ...consumer, kernel, operands };
}

/** Two kernels as one; null where they do not run over the same rows. */
function joinedRows(first: Fused, second: Fused, keeps: readonly boolean[]): Fused | null {
  const ofFirst = [...first.operands, ...first.outputs];
  const same = [...second.operands, ...second.outputs].map((variable, i) => {
    const at = i < second.operands.length ? ofFirst.indexOf(variable) : -1;
    return at < 0 ? null : at;
  });
  const kernel = joinRows(first.kernel, second.kernel, { same, keeps });
  if (kernel === null) return null;
  return {
    kernel,
    operands: [...first.operands, ...second.operands.filter((_, i) => same[i] === null)],
    outputs: [...first.outputs.filter((_, i) => keeps[i]), ...second.outputs],
    nodes: [],
    overwrites: false,
  };
}
