import { AttributeError, RuntimeError } from "../base/errors.ts";
import { FLAGS } from "./flags.ts";
import type { FlagValue } from "./kinds.ts";
import { showFlag } from "./listing.ts";
import {
  type ConfigProblem,
  type ConfigSources,
  loadSettings,
  problemOf,
  type Setting,
  type Settings,
} from "./load.ts";
import { Scopes } from "./scopes.ts";
import { type FlagSource, runningCode, showSource } from "./source.ts";
import type { DefaultContext, FlagSpec } from "./spec.ts";
import { didYouMean, nearest } from "./suggest.ts";
import type {
  ConfigChange,
  ConfigDescription,
  FlagChanges,
  FlagDescription,
  FlagName,
  FlagValueOf,
  MutableFlagName,
} from "./types.ts";

/** A value and where it came from. A default is computed when it is asked for, so it has no value here. */
type Held =
  | { readonly source: { readonly origin: "default" } }
  | { readonly source: FlagSource; readonly value: FlagValue };

/** A flag, what the environment and the files gave it, and what it holds now. */
interface Slot {
  readonly spec: FlagSpec;
  readonly initial: Held;
  current: Held;
}

const DEFAULT: Held = { source: { origin: "default" } };

/**
 * The flags and their values. Highest first, a value comes from: an assignment by code, THEANO_FLAGS, the files of
 * THEANORC (a later file over an earlier one), the default.
 */
export class ConfigRegistry {
  readonly #slots = new Map<string, Slot>();
  readonly #settings: Settings;
  readonly #claimed = new Set<Setting>();
  readonly #problems: ConfigProblem[];
  readonly #reported = new Set<string>();
  readonly #listeners = new Set<(change: ConfigChange) => void>();
  readonly #context: DefaultContext;
  readonly #scopes = new Scopes();

  /** A registry of `flags` with these settings. What is wrong with the settings is found in {@link problems}. */
  constructor(settings: Settings = loadSettings(), flags: readonly FlagSpec[] = FLAGS) {
    this.#settings = settings;
    this.#problems = [...settings.problems];
    const { env, home, platform } = settings.surroundings;
    this.#context = { env, home, platform, get: (name) => this.#value(this.#slot(name)) };
    for (const spec of flags) this.#addSlot(spec);
    this.#checkDevice();
  }

  /**
   * A registry with what the environment and the files say.
   *
   * @param sources `strict`: throw the first problem of severity `error` instead of collecting it
   */
  static load(sources: ConfigSources & { readonly strict?: boolean } = {}): ConfigRegistry {
    const registry = new ConfigRegistry(loadSettings(sources));
    const failure = registry.problems.find((problem) => problem.error !== undefined);
    if (sources.strict === true && failure?.error !== undefined) throw failure.error;
    return registry;
  }

  /** What is wrong in the environment and the files; the flags concerned keep the value that they would have without. */
  get problems(): readonly ConfigProblem[] {
    return [...this.#problems, ...this.#unknownSettings()];
  }

  /** Hands the message of each problem to `print`, each only once however often this is called. */
  reportProblems(print: (message: string) => void): void {
    for (const { message } of this.problems) {
      if (this.#reported.has(message)) continue;
      this.#reported.add(message);
      print(message);
    }
  }

  /** The names of all flags, in the order of the listing. */
  get names(): readonly string[] {
    return [...this.#slots.keys()];
  }

  /** Whether there is a flag of this name. */
  has(name: string): boolean {
    return this.#slots.has(name);
  }

  /**
   * The value of a flag.
   *
   * @throws AttributeError for an unknown name; ValueError when a directory that the flag names cannot be made ready
   */
  get<Name extends FlagName>(name: Name): FlagValueOf<Name>;
  get(name: string): FlagValue;
  get(name: string): FlagValue {
    const slot = this.#slot(name);
    const value = this.#value(slot);
    slot.spec.prepare?.(value);
    return value;
  }

  /**
   * Sets a flag from code.
   *
   * @throws AttributeError for an unknown name; RuntimeError for a flag that code may not set; ValueError, TypeError …
   *   for a value that is not allowed
   */
  set<Name extends MutableFlagName>(name: Name, value: FlagValueOf<Name>, source?: FlagSource): void {
    this.assign(name, value, source);
  }

  /** Sets a flag from a text such as THEANO_FLAGS holds; throws as {@link set} does. */
  setText(name: string, text: string, source?: FlagSource): void {
    this.assign(name, text, source);
  }

  /** Sets a flag from a value of any type, as {@link set} does for one of the right type. */
  assign(name: string, value: unknown, source: FlagSource = runningCode()): void {
    const slot = this.#slot(name);
    this.#requireMutable(slot);
    this.#hold(slot, { source, value: this.#read(slot.spec, value, source) });
  }

  /** Gives a flag back the value it had from the environment, the files or its default. */
  reset(name: string): void {
    const slot = this.#slot(name);
    this.#hold(slot, slot.initial);
  }

  /**
   * Runs `fn` with other values of some flags and gives the flags back their old values however `fn` ends: when it
   * returns, when it throws, when it is cut off by an interrupt, or when the promise that it returns settles. While such a promise is pending, all other
   * code sees the changed flags too.
   *
   * @throws what {@link set} throws, after undoing the changes made so far
   */
  changeFlags<T>(changes: FlagChanges, fn: () => Promise<T>): Promise<T>;
  changeFlags<T>(changes: FlagChanges, fn: () => T): T;
  changeFlags(changes: FlagChanges, fn: () => unknown): unknown {
    return this.#scopes.run((undo) => {
      for (const [name, value] of this.#flatten(changes)) {
        const slot = this.#slot(name);
        const before = slot.current;
        undo(() => this.#hold(slot, before));
        this.assign(name, value);
      }
      return fn();
    });
  }

  /**
   * Adds a flag. What the environment and the files say about its name holds for it.
   *
   * @throws AttributeError when the name is taken; TypeError when it lies below another flag; ValueError …
   *   when the environment or a file gives it a value that is not allowed
   */
  register(spec: FlagSpec): void {
    const isSection = this.names.some((name) => name.startsWith(`${spec.name}.`));
    if (this.has(spec.name) || isSection || spec.name in this) {
      throw new AttributeError(
        `This name is already taken: there is a flag, a section or a method "${spec.name}" in theano.config.`,
      );
    }
    const parent = this.names.find((name) => spec.name.startsWith(`${name}.`));
    if (parent !== undefined) {
      throw new TypeError(`"${spec.name}" cannot be a flag: "${parent}" is one already, so it is no section.`);
    }
    const failure = this.#addSlot(spec);
    if (failure !== undefined) throw failure;
  }

  /** Calls `listener` after each change of a flag; the function that is returned ends that. */
  onChange(listener: (change: ConfigChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One flag and its present state. */
  describe(name: string): FlagDescription {
    const slot = this.#slot(name);
    const { spec, current } = slot;
    const { type, mutable, effective, doc } = spec;
    return {
      name,
      kind: type.kind,
      ...(type.choices === undefined ? {} : { choices: type.choices }),
      value: type.show(this.#value(slot)),
      default: type.show(this.#default(spec)),
      origin: current.source.origin,
      ...(current.source.origin === "default" ? {} : { originDetail: showSource(current.source) }),
      mutable,
      effective,
      doc,
    };
  }

  /** All flags and their present state, in the order of the listing. */
  flags(): FlagDescription[] {
    return this.names.map((name) => this.describe(name));
  }

  /** The configuration for the MIME type `application/vnd.theanotes.config.v1+json`. */
  toJSON(): ConfigDescription {
    return { schema: "theanotes.config", minor: 0, flags: this.flags() };
  }

  /** The listing: name, allowed values, doc and value of each flag, as Theano prints it. */
  toString(): string {
    return [...this.#slots.values()].map((slot) => showFlag(slot.spec, this.#value(slot))).join("");
  }

  /** The error for a name that is no flag. */
  unknown(name: string): AttributeError {
    return new AttributeError(`theano.config has no flag "${name}".${didYouMean(nearest(name, this.#slots.keys()))}`);
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw this.unknown(name);
    return slot;
  }

  #value(slot: Slot): FlagValue {
    return "value" in slot.current ? slot.current.value : this.#default(slot.spec);
  }

  #default(spec: FlagSpec): FlagValue {
    return typeof spec.default === "function" ? spec.default(this.#context) : spec.default;
  }

  #read(spec: FlagSpec, value: unknown, source: FlagSource): FlagValue {
    return spec.type.read(value, { flag: spec.name, source, home: this.#context.home });
  }

  #requireMutable({ spec, current }: Slot): void {
    if (spec.mutable) return;
    throw new RuntimeError(
      `Can't change the value of this config parameter after initialization! The flag "${spec.name}" has the value "${this.describe(spec.name).value}" from ${showSource(current.source)}; set it in THEANO_FLAGS or .theanorc and start again.`,
    );
  }

  #hold(slot: Slot, held: Held): void {
    const previous = this.#value(slot);
    slot.current = held;
    const change = { name: slot.spec.name, value: this.#value(slot), previous, source: held.source };
    for (const listener of this.#listeners) listener(change);
  }

  /**
   * Adds a slot with the highest setting of the flag that can be used. One that cannot be used becomes a problem; the
   * last such error is returned.
   */
  #addSlot(spec: FlagSpec): Error | undefined {
    let initial = DEFAULT;
    let failure: Error | undefined;
    for (const { text, source } of this.#claim(spec.name)) {
      try {
        initial = { source, value: this.#read(spec, text, source) };
        break;
      } catch (error) {
        const suggestion = nearest(text, spec.type.choices ?? []);
        const hint = suggestion === undefined ? {} : { suggestion };
        const problem = problemOf(error, { flag: spec.name, value: text, source, ...hint });
        this.#problems.push(problem);
        failure = problem.error;
      }
    }
    this.#slots.set(spec.name, { spec, initial, current: initial });
    return failure;
  }

  /** The settings of a flag, highest first. */
  #claim(name: string): Setting[] {
    const { environment, files } = this.#settings;
    const found = [environment.get(name), files.get(name.toLowerCase())].filter((setting) => setting !== undefined);
    for (const setting of found) this.#claimed.add(setting);
    return found;
  }

  #unknownSettings(): ConfigProblem[] {
    const settings = [...this.#settings.environment.values(), ...this.#settings.files.values()];
    return settings
      .filter((setting) => setting.inherited !== true && !this.#claimed.has(setting))
      .map(({ name, text, source }) => {
        const suggestion = nearest(name, this.#slots.keys());
        const message = `Theano does not recognise this flag: ${name} (from ${showSource(source)}).${didYouMean(suggestion)}`;
        const rest = suggestion === undefined ? {} : { suggestion };
        return { severity: "warning", message, flag: name, value: text, source, ...rest };
      });
  }

  /** Only the CPU computes in this version: another device is worth a warning, or an error with `force_device`. */
  #checkDevice(): void {
    const slot = this.#slots.get("device");
    const force = this.#slots.get("force_device");
    if (slot === undefined || force === undefined) return;
    const { source } = slot.current;
    const value = String(this.#value(slot));
    if (value === "cpu") return;
    const about = { flag: "device", value, source, suggestion: "cpu" };
    if (this.#value(force) === true) {
      const error = new RuntimeError(
        `The device "${value}" (from ${showSource(source)}) cannot be used: this version computes on the CPU only, and force_device is True. Use device=cpu.`,
      );
      this.#problems.push(problemOf(error, about));
    } else {
      const message = `The device "${value}" (from ${showSource(source)}) is accepted without effect: this version computes on the CPU.`;
      this.#problems.push({ severity: "warning", message, ...about });
    }
  }

  *#flatten(changes: object, prefix = ""): Generator<[string, unknown]> {
    for (const [key, value] of Object.entries(changes)) {
      if (typeof value === "object" && value !== null && !this.has(prefix + key)) {
        yield* this.#flatten(value, `${prefix}${key}.`);
      } else {
        yield [prefix + key, value];
      }
    }
  }
}
