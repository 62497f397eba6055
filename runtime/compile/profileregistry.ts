/** The profiles whose summaries are due when the process ends, or when somebody asks. */
import { writeFileSync } from "node:fs";
import { config } from "../config/index.ts";
import type { ProfileStats } from "./profile.ts";

const profiles: ProfileStats[] = [];

/** Prints `profile` at exit, to `profiling.destination`. */
export function printAtExit(profile: ProfileStats): void {
  if (profiles.length === 0) process.once("exit", printAll);
  profiles.push(profile);
}

function printAll(): void {
  const slowestFirst = [...profiles].sort((a, b) => cost(b) - cost(a));
  const text = slowestFirst.map((p) => p.summary()).join("");
  switch (config.profiling.destination) {
    case "stderr":
      process.stderr.write(text);
      return;
    case "stdout":
      process.stdout.write(text);
      return;
    default:
      writeTo(config.profiling.destination, text);
  }
}

/** A profile that cannot be kept where it should be is still shown. */
function writeTo(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`profiling.destination=${file} cannot be written (${reason}); the profile follows.\n${text}`);
  }
}

function cost(profile: ProfileStats): number {
  return profile.callSeconds + profile.compile.total;
}
