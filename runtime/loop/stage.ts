/**
 * The stages of a kernel between an op and a backend, made visible. Whoever changes kernels hands the result through
 * {@link stage}, which costs nothing unless a flag asks for it.
 */
import { TheanoError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import { checkKernel } from "./check.ts";
import type { Kernel } from "./ir.ts";
import { kernelText } from "./text.ts";

/** A pass over kernels broke one. */
export class StageError extends TheanoError {
  override name = "StageError";
}

/**
 * The kernel itself, after what `name` says was done to it: verified under the flag `loop_ir.check`, printed to stderr
 * under `loop_ir.verbose`.
 * @throws StageError when the pass made a kernel that is not well-formed.
 */
export function stage(name: string, kernel: Kernel): Kernel {
  if (config.loop_ir.verbose) process.stderr.write(`loop IR after ${name}:\n${kernelText(kernel)}\n`);
  if (config.loop_ir.check) {
    try {
      checkKernel(kernel);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StageError(`after ${name} a kernel is not well-formed: ${reason}\n${kernelText(kernel)}`, { cause });
    }
  }
  return kernel;
}

/** The text that a backend made of a kernel, printed under the flag `loop_ir.verbose`. */
export function lastStage(language: string, text: string): string {
  if (config.loop_ir.verbose) process.stderr.write(`${language}:\n${text}\n`);
  return text;
}
