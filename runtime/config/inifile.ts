/**
 * The dialect of `.theanorc`, which is that of Python's `configparser`. The package `ini` tells headers, options and
 * comments apart. On top of it come what that dialect has and `ini` has not: the line of every option, `:` beside `=`,
 * continued lines, values taken as they are written (quotes, `;` and `#` included), and errors.
 */
import { parse } from "ini";
import { TheanoError } from "../base/errors.ts";

/** A line before any `[section]`. */
export class MissingSectionHeaderError extends TheanoError {
  override name = "MissingSectionHeaderError";
}
/** A section that one file opens twice. */
export class DuplicateSectionError extends TheanoError {
  override name = "DuplicateSectionError";
}
/** An option that one file sets twice. */
export class DuplicateOptionError extends TheanoError {
  override name = "DuplicateOptionError";
}
/** A line that is no header, no option and no comment. */
export class ParsingError extends TheanoError {
  override name = "ParsingError";
}

/** The section whose options count in every other one. A file may open it several times. */
export const DEFAULT_SECTION = "DEFAULT";

/** One `option = value` of a file, as it is written there. */
export interface IniOption {
  readonly section: string;
  readonly option: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

/** What a file says, and what is wrong with it. A faulty line is left out; the others still count. */
export interface IniFile {
  readonly sections: readonly string[];
  readonly options: readonly IniOption[];
  readonly errors: readonly { readonly line: number; readonly error: TheanoError }[];
}

type Line =
  | { readonly is: "nothing" }
  | { readonly is: "header"; readonly section: string }
  | { readonly is: "option"; readonly option: string; readonly value: string }
  | { readonly is: "unknown" };

/** Reads the text of one file; `file` is its name in errors. */
export function parseIni(text: string, file: string): IniFile {
  const sections: string[] = [];
  const options: IniOption[] = [];
  const errors: { line: number; error: TheanoError }[] = [];
  const seen = new Map<string, number>();
  let section: string | undefined;
  let continued: IniOption | undefined;

  const alreadyOn = (what: string, line: number): number | undefined => {
    const first = seen.get(what);
    if (first === undefined) seen.set(what, line);
    return first;
  };
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const fail = (error: TheanoError): void => {
      errors.push({ line, error });
      continued = undefined;
    };
    const read = readLine(written);
    if (read.is === "nothing") continue;
    if (/^\s/.test(written) && continued !== undefined) {
      continued = { ...continued, value: `${continued.value}\n${written.trim()}` };
      options[options.length - 1] = continued;
    } else if (read.is === "header") {
      continued = undefined;
      section = read.section;
      sections.push(section);
      const first = section === DEFAULT_SECTION ? undefined : alreadyOn(`[${section}]`, line);
      if (first !== undefined) {
        fail(new DuplicateSectionError(`${file}:${line}: section [${section}] was already opened on line ${first}.`));
      }
    } else if (section === undefined) {
      fail(
        new MissingSectionHeaderError(
          `${file}:${line}: "${written.trim()}" stands before any section header. Begin the file with [global].`,
        ),
      );
    } else if (read.is === "unknown") {
      fail(new ParsingError(`${file}:${line}: "${written.trim()}" is neither [section] nor option = value.`));
    } else {
      const first = alreadyOn(`${section}\n${read.option.toLowerCase()}`, line);
      if (first !== undefined) {
        fail(
          new DuplicateOptionError(
            `${file}:${line}: option "${read.option}" in section [${section}] was already set on line ${first}.`,
          ),
        );
      } else {
        continued = { section, option: read.option, value: read.value, file, line };
        options.push(continued);
      }
    }
  }
  return { sections, options, errors };
}

function readLine(written: string): Line {
  const line = written.trim();
  if (line === "" || line.startsWith("#") || line.startsWith(";")) return { is: "nothing" };
  const [key] = Object.entries<unknown>(parse(asIni(line), { bracketedArray: false }));
  if (key === undefined) return { is: "unknown" };
  const [name, value] = key;
  if (typeof value === "object" && value !== null) return { is: "header", section: name };
  return /[=:]/.test(line) ? { is: "option", option: name, value: String(value) } : { is: "unknown" };
}

/** The line in the dialect of `ini`: a section's dots do not nest, and a quoted value stands for itself. */
function asIni(line: string): string {
  const header = /^\[(.+)\]/.exec(line)?.[1];
  if (header !== undefined) return `[${header.replaceAll(".", "\\.")}]`;
  const option = /^([^=:#;[][^=:]*)[=:](.*)$/.exec(line);
  return option === null ? line : `${option[1]}=${JSON.stringify((option[2] ?? "").trim())}`;
}

/**
 * The value with each `%(NAME)s` replaced from `names` (lower-case keys) and `%%` by `%`. When that is not possible
 * (an unknown name, a lone `%`, names that go in circles) the value as it is written.
 */
export function interpolate(value: string, names: ReadonlyMap<string, string>): string {
  return expand(value, names, 10) ?? value;
}

function expand(value: string, names: ReadonlyMap<string, string>, depth: number): string | undefined {
  if (depth === 0) return undefined;
  let failed = false;
  const text = value.replace(/%(%|\(([^)]*)\)s)?/g, (_, what: string | undefined, name: string | undefined) => {
    if (what === "%") return "%";
    const found = name === undefined ? undefined : names.get(name.toLowerCase());
    const inner = found === undefined ? undefined : expand(found, names, depth - 1);
    failed ||= inner === undefined;
    return inner ?? "";
  });
  return failed ? undefined : text;
}
