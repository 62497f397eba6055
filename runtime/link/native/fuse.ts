/** Which nodes of a segment run as one kernel: what computes elements one by one joins the only one that reads them. */
import type { Apply } from "../../graph/apply.ts";
import { destroyedInputs, viewRoot } from "../../graph/destroy.ts";
import type { Lowered } from "../../graph/op.ts";
import type { Variable } from "../../graph/variable.ts";
import { inlineProducer } from "../../loop/inline.ts";
import type { Kernel } from "../../loop/ir.ts";

/** A node whose kernel joined that of another one. */
export interface Joined {
  readonly node: Apply;
  readonly lowered: Lowered;
}

/** A kernel of one node, or of several. */
export interface Fused extends Joined {
  readonly kernel: Kernel;
  /** What the kernel reads, in the order of its buffers. */
  readonly operands: readonly Variable[];
  /** The nodes that joined, in their order; `node` is the last one. */
  readonly joined: readonly Joined[];
}

/** A step of a segment: a kernel, or a node that runs otherwise. */
export type Draft =
  | { readonly kind: "kernel"; readonly fused: Fused }
  | { readonly kind: "other"; readonly node: Apply };

/** The steps with kernels joined where that saves storing values; `isWanted` tells what is read elsewhere. */
export function fuseKernels(drafts: readonly Draft[], isWanted: (variable: Variable) => boolean): readonly Draft[] {
  const steps: (Draft | null)[] = [...drafts];
  const readers = new Map<Variable, number[]>();
  drafts.forEach((draft, at) => {
    for (const input of new Set(nodeOf(draft).inputs)) readers.set(input, [...(readers.get(input) ?? []), at]);
  });
  const destroyers = drafts.flatMap((draft, at) => (destroyedInputs(nodeOf(draft).op).length > 0 ? [at] : []));
  drafts.forEach((_, at) => {
    const producer = steps[at];
    if (producer?.kind !== "kernel" || producer.fused.node.outputs.length !== 1) return;
    const [output] = producer.fused.node.outputs;
    const [reader, another] = readers.get(output) ?? [];
    const consumer = steps[reader];
    if (isWanted(output) || another !== undefined || consumer?.kind !== "kernel") return;
    const between = destroyers.filter((other) => at < other && other <= reader).map((other) => nodeOf(drafts[other]));
    if (isOverwritten(producer.fused.operands, between, output)) return;
    const fused = join(producer.fused, consumer.fused, output);
    if (fused === null) return;
    steps[at] = null;
    steps[reader] = { kind: "kernel", fused };
  });
  return steps.filter((step) => step !== null);
}

function nodeOf(draft: Draft): Apply {
  return draft.kind === "kernel" ? draft.fused.node : draft.node;
}

/** Whether a later node overwrites what a kernel reads, so that it must run before; `output` itself may be. */
function isOverwritten(operands: readonly Variable[], later: readonly Apply[], output: Variable): boolean {
  const read = new Set(operands.map(viewRoot));
  read.delete(viewRoot(output));
  return later.some(({ op, inputs }) =>
    destroyedInputs(op).some((input) => inputs[input] !== output && read.has(viewRoot(inputs[input]))),
  );
}

function join(producer: Fused, consumer: Fused, output: Variable): Fused | null {
  let { kernel, operands } = consumer;
  for (let at = operands.indexOf(output); at >= 0; at = operands.indexOf(output)) {
    const inlined = inlineProducer(kernel, at, producer.kernel);
    if (inlined === null) return null;
    kernel = inlined;
    operands = [...operands.slice(0, at), ...operands.slice(at + 1), ...producer.operands];
  }
  const { node, lowered, joined } = producer;
  return { ...consumer, kernel, operands, joined: [...joined, { node, lowered }, ...consumer.joined] };
}
