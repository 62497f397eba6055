/** Kernels that run one by one: in JavaScript until native code is there. Programs that are watched node by node use them. */
import type { Backend, BackendName, CompiledKernel } from "../../backend/backend.ts";
import type { Machine } from "../../backend/machine.ts";
import { nativeForm, nativeKernel } from "../../backend/native.ts";
import type { Kernel } from "../../loop/ir.ts";
import type { Member, NativeGroup, NativeUnit } from "./group.ts";

/** The backend `base`, whose kernels a group's native code takes over. */
export function tieredBackend(base: Backend, group: NativeGroup): Backend {
  return {
    name: base.name,
    supports: (kernel) => base.supports(kernel),
    compile: (kernels) =>
      base.compile(kernels).map((compiled, i) => {
        const tiered = new TieredKernel(kernels[i], compiled, group);
        group.add(tiered);
        return Object.assign((...args: Parameters<CompiledKernel>) => tiered.run(...args), { tier: () => tiered.tier });
      }),
  };
}

class TieredKernel implements Member {
  readonly #kernel: Kernel;
  readonly #compiled: CompiledKernel;
  readonly #group: NativeGroup;
  /** Where its native code will be. */
  #place: { readonly machine: Machine; readonly number: number } | null = null;
  #native: CompiledKernel | null = null;

  constructor(kernel: Kernel, compiled: CompiledKernel, group: NativeGroup) {
    this.#kernel = kernel;
    this.#compiled = compiled;
    this.#group = group;
  }

  enlist(unit: NativeUnit): void {
    const { compiled } = nativeForm(this.#kernel);
    this.#place =
      unit.machine.refuses(compiled) === null ? { machine: unit.machine, number: unit.numberOf(compiled) } : null;
  }

  get tier(): BackendName {
    return this.#native === null || this.#place === null ? "js" : this.#place.machine.name;
  }

  run(...[inputs, outputs]: Parameters<CompiledKernel>): void {
    this.#native ??= this.#takeNative();
    if (this.#native !== null) {
      this.#native(inputs, outputs);
      return;
    }
    const start = performance.now();
    this.#compiled(inputs, outputs);
    this.#group.spent(performance.now() - start);
  }

  #takeNative(): CompiledKernel | null {
    const run = this.#group.poll();
    if (run === null || this.#place === null) return null;
    return nativeKernel(this.#place.machine, this.#kernel, this.#place.number, run, this.#compiled);
  }
}
