/** What this processor can do. */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";

let known: string | null = null;

/**
 * The architecture, the model and, on Linux, the features of the processor in words: code for "native" is right only for
 * processors of the same words.
 */
export function processorText(): string {
  known ??= describeProcessor(process.arch, cpus()[0]?.model ?? "unknown", cpuInfo());
  return known;
}

/** The same from the text of `/proc/cpuinfo`; empty where there is none. */
export function describeProcessor(arch: string, model: string, info: string): string {
  const features = /^(?:flags|Features|isa)\s*:\s*(.*)$/m.exec(info)?.[1] ?? "";
  return [arch, model, ...features.split(/\s+/).filter(Boolean).sort()].join(" ");
}

/** Whether the processor has a feature of this name; false where features are not known. */
export function hasFeature(feature: string): boolean {
  return processorText().split(" ").includes(feature);
}

function cpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}
