/** Kernels that run one by one: in JavaScript until native code is there. Programs that are watched node by node use them. */
import type { Backend, CompiledKernel } from "../../backend/backend.ts";
import { nativeForm, nativeKernel } from "../../backend/native.ts";
import type { Kernel } from "../../loop/ir.ts";
import type { Member, NativeGroup } from "./group.ts";

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
  #number: number | null = null;
  #native: CompiledKernel | null = null;

  constructor(kernel: Kernel, compiled: CompiledKernel, group: NativeGroup) {
    this.#kernel = kernel;
    this.#compiled = compiled;
    this.#group = group;
  }

  enlist(group: NativeGroup): void {
    const { compiled } = nativeForm(this.#kernel);
    if (group.machine.refuses(compiled) === null) this.#number = group.addKernel(compiled);
  }

  get tier(): "js" | "c" {
    return this.#native === null ? "js" : this.#group.machine.name;
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
    const run = this.#number === null ? null : this.#group.poll();
    if (run === null || this.#number === null) return null;
    return nativeKernel(this.#group.machine, this.#kernel, this.#number, run);
  }
}
