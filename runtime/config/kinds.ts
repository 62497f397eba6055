/**
 * The kinds of flags: how a text or an assigned value becomes the value of a flag, and how the value is written.
 * The accepted words and the first sentence of each error are Theano's.
 */
import { AssertionError, RuntimeError, ValueError } from "../base/errors.ts";
import { pyQuote, pyTuple } from "../base/python.ts";
import { type FlagSource, showSource } from "./source.ts";
import { didYouMean, nearest } from "./suggest.ts";

/** What a flag can hold. `null` is Theano's `None`, which only `vm.lazy` has. */
export type FlagValue = string | number | boolean | null;

/** Theano's classes of flags, under the names that the JSON form uses. */
export type FlagKind = "bool" | "enum" | "int" | "float" | "str" | "device" | "map" | "cfg";

/** Whose value is read and where it was written: errors name both. */
export interface Given {
  readonly flag: string;
  readonly source: FlagSource;
  /** The home directory, which `~` in a path stands for. */
  readonly home: string;
}

/** How the values of a flag are read and written. */
export interface FlagType<V extends FlagValue> {
  readonly kind: FlagKind;
  /** What the listing shows in parentheses after the flag's name. */
  readonly spec: string;
  /** The allowed texts, where they can be listed. */
  readonly choices?: readonly string[];
  /** The value that a text (of a file or the environment) or an assigned value stands for; throws if there is none. */
  read(value: unknown, given: Given): V;
  /** The text that would be written in THEANO_FLAGS. */
  show(value: V): string;
}

const origin = (given: Given): string => ` (from ${showSource(given.source)})`;

/** A value as Python's `str` writes it: `True`, `None`, `abc`. */
export function plain(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null || value === undefined) return "None";
  return String(value);
}

/** `float` as Python's `repr` writes it: `5.0`, `1e-05`, `inf`. */
export function showFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const [mantissa = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const digits = Object.is(value, -0) ? "-0" : String(value);
  return digits.includes(".") ? digits : `${digits}.0`;
}

function refuse(value: unknown, given: Given, expected: string): ValueError {
  return new ValueError(
    `Invalid value (${plain(value)}) for configuration variable "${given.flag}". ${expected}${origin(given)}`,
  );
}

/** True or False; the words `true`, `1`, `false` and `0` and the numbers 1 and 0 are understood. */
export function bool(): FlagType<boolean> {
  return {
    kind: "bool",
    spec: "<class 'bool'>",
    choices: ["True", "False"],
    read(value, given) {
      if (value === true || value === 1 || value === "True" || value === "true" || value === "1") return true;
      if (value === false || value === 0 || value === "False" || value === "false" || value === "0") return false;
      throw refuse(value, given, "Expected True, true, 1, False, false or 0.");
    },
    show: plain,
  };
}

/** A switch that has become a fixed fact: only True is accepted. */
export function onlyTrue(instead: string): FlagType<boolean> {
  const parent = bool();
  return {
    ...parent,
    choices: ["True"],
    read(value, given) {
      if (parent.read(value, given)) return true;
      throw refuse(value, given, instead);
    },
  };
}

/** One of some words, written exactly; `aliases` maps other accepted spellings to them. */
export function choice<const C extends readonly [string, ...string[]]>(
  choices: C,
  aliases: Readonly<Record<string, C[number]>> = {},
): FlagType<C[number]> {
  const spec = pyTuple(choices.map(pyQuote));
  return {
    kind: "enum",
    spec,
    choices,
    read(value, given) {
      const text = plain(value);
      const found =
        typeof value === "string" ? (choices.find((option) => option === value) ?? aliases[value]) : undefined;
      if (found !== undefined) return found;
      const hint = didYouMean(nearest(text, choices));
      throw new ValueError(
        `Invalid value ("${text}") for configuration variable "${given.flag}". Valid options are ${spec}.${hint}${origin(given)}`,
      );
    },
    show: (value) => value,
  };
}

/** A number that satisfies a condition, and the condition in words. */
interface Condition {
  readonly holds: (value: number) => boolean;
  readonly words: string;
}

const satisfied: Condition = { holds: () => true, words: "" };
/** Greater than zero. */
export const positive: Condition = { holds: (value) => value > 0, words: " greater than 0" };
/** Zero or more. */
export const notNegative: Condition = { holds: (value) => value >= 0, words: " of at least 0" };

function numberFrom(value: unknown, given: Given, noun: string, pattern: RegExp): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string") {
    throw new TypeError(
      `Invalid value (${plain(value)}) for configuration variable "${given.flag}". Expected ${noun}.${origin(given)}`,
    );
  }
  const text = value.trim().toLowerCase();
  if (!pattern.test(text)) throw refuse(value, given, `Expected ${noun}.`);
  const digits = text.replaceAll("_", "");
  if (/^[+-]?nan$/.test(digits)) return Number.NaN;
  return Number(digits.replace(/inf(inity)?$/, "Infinity"));
}

/** A whole number. As in Python, underscores may group digits, and a fraction that code assigns is cut off. */
export function int(condition: Condition = satisfied): FlagType<number> {
  const noun = `a whole number${condition.words}`;
  return {
    kind: "int",
    spec: "<class 'int'>",
    read(value, given) {
      const number = Math.trunc(numberFrom(value, given, noun, /^[+-]?\d+(_\d+)*$/)) + 0;
      if (!Number.isFinite(number) || !condition.holds(number)) throw refuse(value, given, `Expected ${noun}.`);
      if (typeof value === "string" && BigInt(number) !== BigInt(value.trim().replace("+", "").replaceAll("_", ""))) {
        throw refuse(value, given, "It has more digits than a number of JavaScript can hold.");
      }
      return number;
    },
    show: (value) => BigInt(value).toString(),
  };
}

/** One of some whole numbers. */
export function intAmong<const N extends readonly number[]>(allowed: N): FlagType<N[number]> {
  const parent = int();
  return {
    ...parent,
    choices: allowed.map(String),
    read(value, given) {
      const number = parent.read(value, given);
      const found = allowed.find((candidate) => candidate === number);
      if (found !== undefined) return found;
      throw refuse(value, given, `Expected one of ${allowed.join(", ")}.`);
    },
  };
}

/** A floating-point number; `inf` and `nan` are words for it. */
export function float(condition: Condition = satisfied): FlagType<number> {
  const noun = `a number${condition.words}`;
  const pattern = /^[+-]?(inf|infinity|nan|(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?)$/;
  return {
    kind: "float",
    spec: "<class 'float'>",
    read(value, given) {
      const number = numberFrom(value, given, noun, pattern);
      if (condition.holds(number)) return number;
      throw refuse(value, given, `Expected ${noun}.`);
    },
    show: showFloat,
  };
}

/** Any text. As in Theano, a number or a boolean that code assigns becomes its text. */
export function text(): FlagType<string> {
  return { kind: "str", spec: "<class 'str'>", read: plain, show: (value) => value };
}

/** The seed of random tests: a whole number, or the word `random`. */
export function seed(): FlagType<string> {
  return {
    ...text(),
    read(value, given) {
      const written = plain(value);
      if (written === "random" || /^\s*[+-]?\d+(_\d+)*\s*$/.test(written)) return written;
      throw refuse(value, given, "Expected a whole number or random.");
    },
  };
}

/** Any number of some words, with `:` between them. */
export function listOf(words: readonly string[]): FlagType<string> {
  return {
    ...text(),
    read(value, given) {
      const written = plain(value);
      const wrong = written.split(":").find((word) => word !== "" && !words.includes(word));
      if (wrong === undefined) return written;
      const hint = didYouMean(nearest(wrong, words));
      throw refuse(value, given, `"${wrong}" is none of ${words.join(", ")}.${hint}`);
    },
  };
}

/** A directory or file; a leading `~` is the home directory. */
export function path(): FlagType<string> {
  return {
    kind: "cfg",
    spec: "a path",
    read: (value, given) => plain(value).replace(/^~(?=$|[/\\])/, () => given.home),
    show: (value) => value,
  };
}

/** A device's name: `alone` itself, or a name that starts with `gpu`, `opencl` or `cuda`. */
export function device(alone: "cpu" | ""): FlagType<string> {
  return {
    kind: "device",
    spec: `${alone}, gpu*, opencl*, cuda*`,
    choices: [alone, "gpu*", "opencl*", "cuda*"],
    read(value, given) {
      if (typeof value === "string" && (value === alone || /^(gpu|opencl|cuda)/.test(value))) return value;
      const first = alone === "" ? "" : `"${alone}", `;
      throw new ValueError(
        `Invalid value ("${plain(value)}") for configuration variable "${given.flag}". Valid options start with one of ${first}"gpu", "opencl" or "cuda".${origin(given)}`,
      );
    },
    show: (value) => value,
  };
}

/** `name->device;name->device`, or nothing. */
export function contextMap(): FlagType<string> {
  return {
    kind: "map",
    spec: "name->device;name->device",
    read(value, given) {
      const map = plain(value);
      for (const item of map === "" ? [] : map.split(";")) {
        const parts = item.split("->");
        const name = parts[0] ?? "";
        if (parts.length !== 2) {
          throw new ValueError(
            `Malformed context map: ${item}. Each item of "${given.flag}" is written name->device, with ";" between items.${origin(given)}`,
          );
        }
        if (name === "cpu" || name.startsWith("cuda") || name.startsWith("opencl")) {
          throw new ValueError(
            `Cannot use ${name} as context name: it is a device's name. Choose another in "${given.flag}".${origin(given)}`,
          );
        }
      }
      return map;
    },
    show: (value) => value,
  };
}

/** None, True or False, written exactly so. */
export function lazyVm(): FlagType<boolean | null> {
  const values = new Map<unknown, boolean | null>([
    ["None", null],
    ["True", true],
    ["False", false],
    [null, null],
    [true, true],
    [false, false],
  ]);
  return {
    kind: "cfg",
    spec: "None, True, False",
    choices: ["None", "True", "False"],
    read(value, given) {
      const found = values.get(value);
      if (found !== undefined) return found;
      throw new ValueError(
        `Valid values for an ${given.flag} parameter should be None, False or True, not \`${plain(value)}\`.${origin(given)}`,
      );
    },
    show: plain,
  };
}

/** Command-line options, each of which starts with `-` and holds no space. */
export function commandOptions(): FlagType<string> {
  return {
    kind: "cfg",
    spec: "-option -option=value",
    read(value, given) {
      if (typeof value !== "string") {
        throw new AssertionError(`"${given.flag}" is a text of options, not ${plain(value)}.${origin(given)}`);
      }
      const wrong = value.split(" ").find((option) => option !== "" && !option.startsWith("-"));
      if (wrong === undefined) return value;
      throw new ValueError(
        `Invalid value ("${value}") for configuration variable "${given.flag}". "${wrong}" does not start with "-": Theano ${given.flag} support only parameter/value pairs without space between them. e.g.: '--machine 64' is not supported, but '--machine=64' is supported. Please add the '=' symbol. ${given.flag} value is ${pyQuote(value)}${origin(given)}`,
      );
    },
    show: (value) => value,
  };
}

/** A flag that was removed: reading it gives True, and giving it any value is an error that names what to use. */
export function removed(instead: (flag: string, value: string) => string): FlagType<true> {
  return {
    kind: "cfg",
    spec: "removed",
    choices: [],
    read(value, given) {
      if (value === "" || value === true) return true;
      throw new RuntimeError(`${instead(given.flag, plain(value))}${origin(given)}`);
    },
    show: plain,
  };
}
