/**
 * Native programs: the nodes of a graph in stretches that run in one foreign call each, and single nodes between them
 * that only JavaScript can run. Until the compiler is done, and wherever a stretch has no plan, the loop VM's thunks do
 * the work.
 */
import type { NDArray } from "../../array/ndarray.ts";
import type { Machine, RunProgram, UnitJob } from "../../backend/machine.ts";
import type { Apply } from "../../graph/apply.ts";
import type { Variable } from "../../graph/variable.ts";
import { collapse } from "../../loop/collapse.ts";
import type { Kernel } from "../../loop/ir.ts";
import { KernelNumbers } from "../kernels.ts";
import { read, runStep, type Step, type Storage } from "../step.ts";
import type { LoopProgram, Program } from "../vm.ts";
import type { KernelPart, Segment } from "./plan.ts";
import { NO_PLAN, PlannedSegment } from "./planned.ts";
import { type Role, rolesOf } from "./roles.ts";
import { boundaryOf, cutStretches, type Stretch } from "./segment.ts";

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

/** The program of a graph on a machine; the loop itself where nothing runs natively. */
export function linkNative(loop: LoopProgram, machine: Machine): Program {
  if (loop.isLazy) return loop;
  const roles = rolesOf(loop.nodes, (kernel) => machine.refuses(kernel) === null);
  const stretches = cutStretches(loop.nodes, roles);
  if (!stretches.some(({ kind }) => kind === "native")) return loop;
  const unit = new Unit();
  const stages = stretches.map((stretch) => stageOf(stretch, stretches, loop, roles, unit, machine));
  return new NativeProgram(loop, stages, machine.compile(unit.kernels));
}

/** The kernels of a program, each once. */
class Unit {
  readonly kernels: Kernel[] = [];
  readonly #numbers = new KernelNumbers();

  /** The number of a node's kernel; that of an equal node serves. */
  numberOf(node: Apply, kernel: Kernel): number {
    return this.#numbers.numberOf(node, () => this.kernels.push(kernel));
  }
}

function stageOf(
  stretch: Stretch,
  stretches: readonly Stretch[],
  loop: LoopProgram,
  roles: ReadonlyMap<Apply, Role>,
  unit: Unit,
  machine: Machine,
): Stage {
  if (stretch.kind === "host") return { kind: "host", step: loop.steps[stretch.index], index: stretch.index };
  const wanted = new Set<Variable>([
    ...loop.fgraph.outputs,
    ...stretches.flatMap((other) =>
      other === stretch ? [] : (other.kind === "host" ? [other.node] : other.nodes).flatMap(({ inputs }) => inputs),
    ),
  ]);
  const indexOf = new Map(loop.nodes.map((node, i) => [node, i]));
  const steps = stretch.nodes.map((node) => {
    const index = indexOf.get(node) ?? 0;
    return { step: loop.steps[index], index };
  });
  const segment: Segment = {
    parts: steps.map(({ step }) => partOf(step, roles, unit, machine)),
    ...boundaryOf(stretch.nodes, wanted, roles),
  };
  return {
    kind: "native",
    segment: new PlannedSegment(segment, machine),
    inputs: segment.inputs.map((variable) => loop.cellOf(variable)),
    outputs: segment.outputs.map((variable) => loop.cellOf(variable)),
    steps,
  };
}

function partOf(
  { thunk }: Step,
  roles: ReadonlyMap<Apply, Role>,
  unit: Unit,
  machine: Machine,
): Segment["parts"][number] {
  const { node } = thunk;
  const role = roles.get(node);
  if (role === undefined || role.kind === "host") throw new TypeError(`${node} does not run natively`);
  if (role.kind !== "kernel") return { kind: role.kind, node, thunk };
  return kernelPart(node, role.lowered, unit, machine);
}

function kernelPart(node: Apply, lowered: KernelPart["lowered"], unit: Unit, machine: Machine): KernelPart {
  const collapsed = collapse(lowered.kernel);
  const compiled = collapsed?.kernel ?? lowered.kernel;
  return {
    kind: "kernel",
    node,
    lowered,
    compiled,
    collapsed,
    number: unit.numberOf(node, compiled),
    free: machine.freeBuffers(compiled),
  };
}

class NativeProgram implements Program {
  readonly nodes: Program["nodes"];
  readonly thunks: Program["thunks"];
  readonly #loop: LoopProgram;
  readonly #stages: readonly Stage[];
  readonly #job: UnitJob;

  constructor(loop: LoopProgram, stages: readonly Stage[], job: UnitJob) {
    this.nodes = loop.nodes;
    this.thunks = loop.thunks;
    this.#loop = loop;
    this.#stages = stages;
    this.#job = job;
  }

  run(inputs: readonly NDArray[], wanted?: readonly number[]): NDArray[] {
    const run = wanted === undefined ? this.#job.poll() : null;
    if (run === null) return this.#loop.run(inputs, wanted);
    const storage = this.#loop.storageFor(inputs);
    for (const stage of this.#stages) this.#runStage(stage, storage, run);
    return this.#loop.outputsIn(storage);
  }

  /** Waits for the compiler. */
  wait(): void {
    this.#job.wait();
  }

  #runStage(stage: Stage, storage: Storage, run: RunProgram): void {
    const { fgraph } = this.#loop;
    if (stage.kind === "host") {
      runStep(stage.step, stage.index, storage, fgraph, null);
      return;
    }
    const values = stage.segment.run(
      stage.inputs.map((cell) => read(storage, cell)),
      run,
    );
    if (values === NO_PLAN) for (const { step, index } of stage.steps) runStep(step, index, storage, fgraph, null);
    else
      stage.outputs.forEach((cell, i) => {
        storage[cell] = values[i];
      });
  }
}
