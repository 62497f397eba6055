/** What the magics of the configuration have in common: showing flags, explaining them, setting them. */
import { config } from "@theanotes/runtime";
import type { ConfigFlagJson } from "@theanotes/runtime/json";
import { configDisplay, sectionOf } from "../engine/display/config.ts";
import type { MagicContext } from "./magic.ts";

/** Shows all flags as the listing that Theano prints, and as a table. */
export function showAllFlags(context: MagicContext): void {
  context.show(configDisplay(config.toJSON(), config.toString()));
}

/**
 * Shows one flag, or all flags of a section.
 * @throws AttributeError for a name that is neither; it names the nearest flag.
 */
export function showFlags(context: MagicContext, name: string): void {
  const flags = flagsNamed(name);
  context.show(configDisplay({ ...config.toJSON(), flags }, flags.map(flagText).join("\n\n")));
}

/** Opens the documentation of a flag, or of the flags of a section, in the pager. Throws as {@link showFlags} does. */
export function explainFlags(context: MagicContext, name: string): void {
  const flags = flagsNamed(name);
  context.page({
    "text/markdown": flags.map(flagMarkdown).join("\n\n"),
    "text/plain": flags.map(flagText).join("\n\n"),
  });
}

/**
 * Sets a flag from a text and says so.
 * @throws the registry's error: it names the flag, the value and what was expected.
 */
export function setFlag(context: MagicContext, name: string, text: string): void {
  const before = config.describe(name).value;
  config.setText(name, text, { origin: "code", place: `cell ${context.cell}` });
  const after = config.describe(name);
  const note = after.effective ? "" : " (accepted without effect in this version)";
  context.print(`${name}: ${shown(before)} → ${shown(after.value)}${note}\n`);
}

/** For completion: every section, every flag, and `flag=value` where the values can be listed. */
export function flagWords(): readonly string[] {
  const flags = config.flags();
  const sections = new Set(flags.map(({ name }) => sectionOf(name)));
  return [
    ...[...sections].filter((section) => section !== "global"),
    ...flags.flatMap(({ name, choices = [] }) => [name, ...choices.map((choice) => `${name}=${choice}`)]),
  ];
}

function flagsNamed(name: string): readonly ConfigFlagJson[] {
  if (config.has(name)) return [config.describe(name)];
  const members = config.flags().filter((flag) => flag.name.startsWith(`${name}.`));
  // Describing what does not exist throws the error that names the nearest flag.
  return members.length > 0 ? members : [config.describe(name)];
}

function flagText(flag: ConfigFlagJson): string {
  const lines = [
    `${flag.name} = ${flag.value}`,
    `    Doc:      ${flag.doc}`,
    `    Allowed:  ${flag.choices?.join(", ") ?? flag.kind}`,
    `    Default:  ${flag.default}`,
    `    Set by:   ${flag.originDetail ?? "its default"}`,
  ];
  if (!flag.mutable) lines.push("    Can only be set before the kernel starts, in THEANO_FLAGS or .theanorc.");
  if (!flag.effective) lines.push("    Accepted without effect in this version.");
  return lines.join("\n");
}

function flagMarkdown(flag: ConfigFlagJson): string {
  const notes = [
    flag.mutable ? "" : "It can only be set before the kernel starts, in `THEANO_FLAGS` or `.theanorc`.",
    flag.effective ? "" : "It is accepted without effect in this version.",
  ];
  const allowed = flag.choices?.map((choice) => `\`${choice}\``).join(", ") ?? flag.kind;
  return [
    `### \`${flag.name} = ${flag.value}\``,
    flag.doc,
    `Allowed: ${allowed}. Default: ${flag.default === "" ? "empty" : `\`${flag.default}\``}. Set by: ${flag.originDetail ?? "its default"}.`,
    ...notes.filter((note) => note !== ""),
  ].join("\n\n");
}

function shown(value: string): string {
  return value === "" ? "(empty)" : value;
}
