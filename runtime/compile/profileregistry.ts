/** The profiles whose summaries are due when the process ends. */
import { writeFileSync } from "node:fs";
import { changeFlags, config } from "../config/index.ts";
import { ProfileStats, secondsSinceLoaded } from "./profile.ts";

/** What is to be told of a function: its profile as a text, or only its part of all time spent. */
interface Entry {
  readonly profile: ProfileStats;
  readonly text: ((profile: ProfileStats) => string) | null;
}

const entries: Entry[] = [];

/** Prints `profile` at exit, to `profiling.destination`; with `print_global_stats` also its part of all time spent. */
export function printAtExit(profile: ProfileStats, text = summaryOf): void {
  register({ profile, text });
}

/** Counts what a function costs for the line that `print_global_stats` asks for. */
export function countAtExit(profile: ProfileStats): void {
  register({ profile, text: null });
}

/** A profile that the flags of ProfileMode say more of; it is printed at exit. */
export function profileOfProfileMode(message: string): ProfileStats {
  const withMemory = config.profile_memory || config.ProfileMode.profile_memory;
  const profile = changeFlags(
    { profile_memory: withMemory },
    () => new ProfileStats(message, config.profiling.time_thunks),
  );
  printAtExit(profile, textOfProfileMode);
  return profile;
}

/** The text of a profile, with as many rows as the flags of ProfileMode say. */
export function textOfProfileMode(profile: ProfileStats): string {
  const profiling = {
    n_apply: config.ProfileMode.n_apply_to_print,
    n_ops: config.ProfileMode.n_ops_to_print,
    min_memory_size: config.ProfileMode.min_memory_size,
  };
  return changeFlags({ profiling }, () => summaryOf(profile));
}

function register(entry: Entry): void {
  if (entries.length === 0) process.once("exit", () => print(exitText(entries)));
  entries.push(entry);
}

function summaryOf(profile: ProfileStats): string {
  return profile.summary() + profile.scanSummary();
}

/** All summaries, the most expensive function first, then one of all together, and the time spent in all. */
export function exitText(registered: readonly Entry[]): string {
  const shown = registered.filter((entry) => entry.text !== null).sort((a, b) => costOf(b.profile) - costOf(a.profile));
  const texts = shown.map(({ profile, text }) => text?.(profile) ?? "");
  if (shown.length > 1) {
    const message = `Sum of all(${shown.length}) printed profiles at exit excluding Scan op profile.`;
    const all = shown.map(({ profile }) => profile);
    texts.push(ProfileStats.sum(message, all).summary());
  }
  if (config.print_global_stats) texts.push(globalStats(registered.map(({ profile }) => profile)));
  return texts.join("");
}

function globalStats(profiles: readonly ProfileStats[]): string {
  const line = "=".repeat(50);
  const { callSeconds, compile } = ProfileStats.sum("", profiles);
  const [since, inCalls, optimizing, linking] = [secondsSinceLoaded(), callSeconds, compile.optimize, compile.link].map(
    (seconds) => `${seconds.toFixed(3)}s`,
  );
  return `${line}\nGlobal stats: Time since theano import = ${since}, Time spent in Theano functions = ${inCalls}, Time spent compiling Theano functions: optimization = ${optimizing}, linker = ${linking}\n${line}\n`;
}

function print(text: string): void {
  if (text === "") return;
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

function costOf(profile: ProfileStats): number {
  return profile.callSeconds + profile.compile.total;
}
