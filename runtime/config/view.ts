import { inspect } from "node:util";
import { AttributeError } from "../base/errors.ts";
import type { ConfigRegistry } from "./registry.ts";
import type { ConfigTree } from "./types.ts";

const METHODS = [
  "assign",
  "changeFlags",
  "describe",
  "flags",
  "get",
  "has",
  "names",
  "onChange",
  "problems",
  "register",
  "reportProblems",
  "reset",
  "set",
  "setText",
  "toJSON",
  "toString",
] as const;

/** The methods of the registry that the configuration object has beside the flags. */
export type ConfigMethods = Pick<ConfigRegistry, (typeof METHODS)[number]>;

/** The configuration as code sees it: flags are properties, sections are objects. */
export type Config = ConfigTree & ConfigMethods;

/**
 * The flags of `registry` as properties of one object. Reading, writing or deleting what is no flag throws an
 * AttributeError that names the nearest flag.
 */
export function viewOf(registry: ConfigRegistry): Config {
  // Built from the table that the type is derived from: the one place where the checker has to believe us.
  const view: Config = Object.create(null);
  return guard(view, registry, "");
}

function guard<T extends object>(target: T, registry: ConfigRegistry, prefix: string): T {
  const sections = new Map<string, object>();
  const lookUp = (key: string): unknown => {
    const known = sections.get(key);
    if (known !== undefined) return known;
    const name = prefix + key;
    if (registry.has(name)) return registry.get(name);
    if (!isSection(registry, name)) return undefined;
    const section = guard(Object.create(null), registry, `${name}.`);
    sections.set(key, section);
    return section;
  };
  const print = (): string => listing(registry, prefix);
  // Node prints a proxy by looking at its target.
  Object.defineProperty(target, inspect.custom, { value: print, configurable: true });
  const member = (key: string | symbol): unknown => {
    if (prefix !== "" && key === "toString") return print;
    if (typeof key === "symbol") return undefined;
    const found = lookUp(key) ?? (prefix === "" ? method(registry, key) : undefined);
    if (found !== undefined || registry.has(prefix + key)) return found;
    // JavaScript itself asks for `then` when a value is awaited, and for the rest when it compares or prints one.
    if (key === "then" || key === "constructor" || key === "toJSON" || key === "valueOf") return undefined;
    throw registry.unknown(prefix + key);
  };
  return new Proxy(target, {
    get: (_, key) => member(key),
    set(_, key, value) {
      registry.assign(prefix + String(key), value);
      return true;
    },
    has: (_, key) => typeof key === "string" && childrenOf(registry, prefix).has(key),
    ownKeys: () => [...childrenOf(registry, prefix)],
    getOwnPropertyDescriptor(_, key) {
      if (typeof key !== "string" || !childrenOf(registry, prefix).has(key)) return undefined;
      const name = prefix + key;
      const writable = registry.has(name) && registry.describe(name).mutable;
      return { value: lookUp(key), writable, enumerable: true, configurable: true };
    },
    defineProperty(_, key) {
      throw new AttributeError(
        `"${prefix}${String(key)}" cannot be defined on theano.config; use theano.config.register.`,
      );
    },
    deleteProperty(_, key) {
      throw new AttributeError(`"${prefix}${String(key)}" cannot be deleted; use theano.config.reset.`);
    },
  });
}

function method(registry: ConfigRegistry, key: string): unknown {
  const name = METHODS.find((candidate) => candidate === key);
  const found: unknown = name === undefined ? undefined : registry[name];
  return typeof found === "function" ? found.bind(registry) : found;
}

const isSection = (registry: ConfigRegistry, name: string): boolean =>
  registry.names.some((flag) => flag.startsWith(`${name}.`));

/** The flags and sections directly below a prefix. */
function childrenOf(registry: ConfigRegistry, prefix: string): Set<string> {
  const names = registry.names.filter((name) => name.startsWith(prefix));
  return new Set(names.map((name) => name.slice(prefix.length).split(".")[0] ?? ""));
}

function listing(registry: ConfigRegistry, prefix: string): string {
  const flags = registry.flags().filter(({ name }) => name.startsWith(prefix));
  return prefix === "" ? registry.toString() : flags.map(({ name, value }) => `${name} = ${value}`).join("\n");
}
