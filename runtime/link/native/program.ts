/**
 * Native programs: the nodes of a graph in stretches that run in one foreign call each, and single nodes between them
 * that only JavaScript can run. Until the compiler is done, and wherever a stretch has no plan, the loop VM's thunks do
 * the work.
 */
import type { NDArray } from "../../array/ndarray.ts";
import type { Machine, RunProgram } from "../../backend/machine.ts";
import { type NativeForm, nativeForm } from "../../backend/native.ts";
import type { Apply } from "../../graph/apply.ts";
import type { Reached, Steps } from "../../graph/op.ts";
import type { Variable } from "../../graph/variable.ts";
import { hoistInvariants } from "../../loop/invariant.ts";
import type { Kernel } from "../../loop/ir.ts";
import { stage } from "../../loop/stage.ts";
import { reduceTogether } from "../../loop/together.ts";
import { boundsOf } from "../../ops/indexing.ts";
import { Subtensor } from "../../ops/subtensor.ts";
import { read, runStep, type Step, type Storage } from "../step.ts";
import type { LoopProgram, Program } from "../vm.ts";
import { type Draft, fuseKernels, kernelDraft } from "./fuse.ts";
import type { Member, NativeGroup, NativeUnit } from "./group.ts";
import type { Segment } from "./plan.ts";
import { NO_PLAN, PlannedSegment } from "./planned.ts";
import { type Role, rolesOf } from "./roles.ts";
import { boundaryOf, cutStretches, type Stretch } from "./segment.ts";
import { runSteps, type Wiring } from "./steps.ts";

/** A stretch as it runs. */
type Stage =
  | {
      readonly kind: "native";
      readonly segment: PlannedSegment;
      readonly inputs: readonly number[];
      readonly outputs: readonly number[];
      /** The same nodes one by one. */
      readonly steps: readonly { readonly step: Step; readonly index: number }[];
    }
  | { readonly kind: "host"; readonly step: Step; readonly index: number };

/** The stretches of a loop's nodes as they run; null where nothing runs natively. */
function stagesOf(loop: LoopProgram, unit: NativeUnit, reusesResults: boolean): readonly Stage[] | null {
  const roles = rolesOf(loop.nodes, (kernel) => unit.machine.refuses(kernel) === null);
  const stretches = cutStretches(loop.nodes, roles);
  if (!stretches.some(({ kind }) => kind === "native")) return null;
  const readers = readersOf(stretches, loop);
  const indexOf = new Map(loop.nodes.map((node, i) => [node, i]));
  return stretches.map((stretch): Stage => {
    if (stretch.kind === "host") return { kind: "host", step: loop.steps[stretch.index], index: stretch.index };
    const steps = stretch.nodes.map((node) => {
      const index = indexOf.get(node) ?? 0;
      return { step: loop.steps[index], index };
    });
    const isWanted = (variable: Variable): boolean =>
      (readers.get(variable) ?? []).some((reader) => reader !== stretch);
    const drafts = stretch.nodes.map((node) => draftOf(node, roles));
    const segment: Segment = {
      parts: fuseKernels(drafts, isWanted).map((draft) => partOf(draft, roles, loop, indexOf, unit)),
      ...boundaryOf(stretch.nodes, loop.fgraph, isWanted, roles),
    };
    return {
      kind: "native",
      segment: new PlannedSegment(segment, unit.machine, reusesResults),
      inputs: segment.inputs.map((variable) => loop.cellOf(variable)),
      outputs: segment.outputs.map((variable) => loop.cellOf(variable)),
      steps,
    };
  });
}

/** A segment that is all of a program. */
interface Wired {
  readonly segment: PlannedSegment;
  readonly wiring: Wiring;
}

/** The segment of a program that has no other stage, and the inputs and outputs of the graph in their order; else null. */
function wholeOf(stages: readonly Stage[], { inputs, outputs }: LoopProgram["fgraph"]): PlannedSegment | null {
  const [stage, another] = stages;
  if (stage?.kind !== "native" || another !== undefined) return null;
  const { segment } = stage.segment;
  return isSame(segment.inputs, inputs) && isSame(segment.outputs, outputs) ? stage.segment : null;
}

function isSame(a: readonly Variable[], b: readonly Variable[]): boolean {
  return a.length === b.length && a.every((variable, i) => variable === b[i]);
}

/** How the only stage of a program stands in its graph; null where there are others. */
function wiringOf(stages: readonly Stage[], { inputs, outputs }: LoopProgram["fgraph"]): Wired | null {
  const [stage, another] = stages;
  if (stage?.kind !== "native" || another !== undefined) return null;
  const { segment } = stage.segment;
  const sources = outputs.map((output): Wiring["outputs"][number] => {
    const index = segment.outputs.indexOf(output);
    return index >= 0 ? { from: "segment", index } : { from: "input", index: inputs.indexOf(output) };
  });
  const wiring = { inputs: segment.inputs.map((input) => inputs.indexOf(input)), outputs: sources };
  const isWhole = wiring.inputs.every((i) => i >= 0) && sources.every(({ index }) => index >= 0);
  return isWhole ? { segment: stage.segment, wiring } : null;
}

/** Who reads each variable: stretches, and the graph's outputs. */
function readersOf(
  stretches: readonly Stretch[],
  loop: LoopProgram,
): ReadonlyMap<Variable, readonly (Stretch | "output")[]> {
  const readers = new Map<Variable, (Stretch | "output")[]>();
  const add = (variable: Variable, reader: Stretch | "output"): void => {
    const known = readers.get(variable);
    if (known === undefined) readers.set(variable, [reader]);
    else if (known.at(-1) !== reader) known.push(reader);
  };
  for (const stretch of stretches)
    for (const node of stretch.kind === "host" ? [stretch.node] : stretch.nodes)
      for (const input of node.inputs) add(input, stretch);
  for (const output of loop.fgraph.outputs) add(output, "output");
  return readers;
}

function draftOf(node: Apply, roles: ReadonlyMap<Apply, Role>): Draft {
  const role = roles.get(node);
  return role?.kind === "kernel" ? kernelDraft(node, role.lowered) : { kind: "other", node };
}

function partOf(
  draft: Draft,
  roles: ReadonlyMap<Apply, Role>,
  loop: LoopProgram,
  indexOf: ReadonlyMap<Apply, number>,
  unit: NativeUnit,
): Segment["parts"][number] {
  if (draft.kind === "kernel") {
    const { fused } = draft;
    const kernel = hoistInvariants(reduceTogether(stage("fusion", fused.kernel)));
    const { compiled, collapsed } = formOf(stage("hoisting", kernel), fused.operands);
    const free = unit.machine.freeBuffers(compiled);
    const thunks = fused.nodes.map(({ node }) => loop.thunks[indexOf.get(node) ?? 0]);
    return {
      kind: "kernel",
      fused: { ...fused, kernel },
      thunks,
      compiled,
      collapsed,
      number: unit.numberOf(compiled),
      free,
    };
  }
  const { node } = draft;
  const role = roles.get(node);
  if (role === undefined || role.kind === "host" || role.kind === "kernel")
    throw new TypeError(`${node} does not run natively`);
  return { kind: role.kind, node, thunk: loop.thunks[indexOf.get(node) ?? 0] };
}

/** What is compiled: where an operand is cut out of rows, merged axes would ask for a copy of it. */
function formOf(kernel: Kernel, operands: readonly Variable[]): NativeForm {
  return operands.some(isCutOutOfRows) ? { compiled: kernel, collapsed: null } : nativeForm(kernel);
}

/** Whether a variable is a part of each row of an array, such as some of its columns. */
function isCutOutOfRows({ owner }: Variable): boolean {
  return (
    owner !== null &&
    owner.op instanceof Subtensor &&
    owner.op.entries.slice(1).some((entry) => typeof entry !== "string" && boundsOf(entry).length > 0)
  );
}

/** A loop of thunks that native code takes over. */
export class NativeProgram implements Program, Member {
  readonly nodes: Program["nodes"];
  readonly thunks: Program["thunks"];
  readonly native: NativeGroup;
  readonly #loop: LoopProgram;
  #stages: readonly Stage[] | null = null;
  /** The only segment, where its inputs and outputs are those of the program: such calls need no table of cells. */
  #whole: PlannedSegment | null = null;
  #wired: (Wired & { readonly machine: Machine }) | null = null;

  /** See {@link Program.ownsResults}. */
  ownsResults = false;
  readonly #reusesResults: boolean;

  constructor(loop: LoopProgram, group: NativeGroup, reusesResults: boolean) {
    this.#reusesResults = reusesResults;
    this.nodes = loop.nodes;
    this.thunks = loop.thunks;
    this.native = group;
    this.#loop = loop;
    group.add(this);
  }

  enlist(unit: NativeUnit): void {
    if (this.#loop.isLazy) return;
    this.#stages = stagesOf(this.#loop, unit, this.#reusesResults);
    this.#whole = wholeOf(this.#stages ?? [], this.#loop.fgraph);
    const wired = wiringOf(this.#stages ?? [], this.#loop.fgraph);
    this.#wired = wired && { ...wired, machine: unit.machine };
  }

  run(inputs: readonly NDArray[], wanted?: readonly number[]): NDArray[] {
    this.ownsResults = false;
    const run = wanted === undefined ? this.native.poll() : null;
    if (run === null || this.#stages === null) return this.#runLoop(inputs, wanted);
    if (this.#whole !== null) {
      const values = this.#whole.run(inputs, run);
      if (values !== NO_PLAN) {
        this.ownsResults = this.#whole.ownsResults;
        return values;
      }
    }
    const storage = this.#loop.storageFor(inputs);
    for (const stage of this.#stages) this.#runStage(stage, storage, run);
    return this.#loop.outputsIn(storage);
  }

  runSteps(steps: Steps): Reached {
    const run = this.native.poll();
    if (run === null || this.#wired === null) return { next: steps.from, hasEnded: false };
    const { segment, wiring, machine } = this.#wired;
    return runSteps(segment, wiring, machine, steps, run);
  }

  #runLoop(inputs: readonly NDArray[], wanted?: readonly number[]): NDArray[] {
    const start = performance.now();
    const outputs = this.#loop.run(inputs, wanted);
    this.native.spent(performance.now() - start);
    return outputs;
  }

  #runStage(stage: Stage, storage: Storage, run: RunProgram): void {
    if (stage.kind === "host") {
      runStep(stage.step, stage.index, storage, this.#loop, null);
      return;
    }
    const values = stage.segment.run(
      stage.inputs.map((cell) => read(storage, cell)),
      run,
    );
    if (values === NO_PLAN) for (const { step, index } of stage.steps) runStep(step, index, storage, this.#loop, null);
    else
      stage.outputs.forEach((cell, i) => {
        storage[cell] = values[i];
      });
  }

  /** The stages, a line each: which nodes run natively together, and which alone; empty before compiling starts. */
  toString(): string {
    return (this.#stages ?? [])
      .map((stage) =>
        stage.kind === "host"
          ? `JavaScript: ${stage.step.thunk.node.op}`
          : `native: ${stage.steps.map(({ step }) => step.thunk.node.op).join(", ")}`,
      )
      .join("\n");
  }
}
