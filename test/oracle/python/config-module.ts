/** `theano.config` and `theano.change_flags`, through the object that users of the runtime have. */
import { AttributeError } from "../../../runtime/base/errors.ts";
import {
  bool,
  type Config,
  ConfigRegistry,
  choice,
  type FlagChanges,
  type FlagSpec,
  flag,
  float,
  int,
  text,
  viewOf,
} from "../../../runtime/config/index.ts";
import { callValue } from "./call.ts";
import { plainOf } from "./convert.ts";
import { getItem, iterate } from "./items.ts";
import { namespace } from "./modules.ts";
import { type Keywords, type Module, numberOf, PyFloat, PyFunction, str, Unsupported } from "./values.ts";

/** What a program's decorator or `with` statement does to flags. */
class FlagScope extends PyFunction {
  readonly around: (body: () => void) => void;

  constructor(change: <T>(body: () => T) => T) {
    super(
      "change_flags",
      ([inner]) => new PyFunction("changed", (args, keywords) => change(() => callValue(inner, args, keywords))),
    );
    this.around = (body) => change(body);
  }
}

/** `theano.config` and `theano.configparser`; only those of a registry of its own can register flags. */
export function configModules(config: Config | ConfigRegistry): {
  readonly config: Module;
  readonly configparser: Module;
  /** Gives the flags that the program has assigned the values they had. */
  restore(): void;
} {
  const registry = config instanceof ConfigRegistry ? config : null;
  const view = config instanceof ConfigRegistry ? viewOf(config) : config;
  const change = (args: readonly unknown[], keywords: Keywords): FlagScope => {
    const changes: FlagChanges = Object.create(null);
    for (const given of [...args, keywords])
      for (const name of iterate(given)) Object.assign(changes, { [str(name)]: plainOf(getItem(given, name)) });
    return new FlagScope((body) => config.changeFlags(changes, body));
  };
  const before = new Map<string, unknown>();
  const node = configNode(view, view, "", before);
  const members = new Map<string, unknown>([
    ["config", node],
    ["change_flags", new PyFunction("change_flags", change)],
    [
      "AddConfigVar",
      new PyFunction("AddConfigVar", ([name, doc, param]) => addFlag(registry, str(name), str(doc), param)),
    ],
    ...Object.entries(PARAMS).map(([name, make]): [string, unknown] => [
      name,
      new PyFunction(name, (args) => new Param(make(args))),
    ]),
  ]);
  return {
    config: node,
    configparser: namespace("theano.configparser", members),
    restore() {
      for (const [name, value] of before) assignFlag(view, name, value);
    },
  };
}

type MakeFlag = (name: string, doc: string) => FlagSpec;

/** What `IntParam(3)` and its like give: a flag that still lacks its name. */
class Param {
  readonly make: MakeFlag;
  constructor(make: MakeFlag) {
    this.make = make;
  }
}

const PARAMS: Readonly<Record<string, (args: readonly unknown[]) => MakeFlag>> = {
  IntParam:
    ([value]) =>
    (name, doc) =>
      flag(name, int(), { default: numberOf(value), doc }),
  FloatParam:
    ([value]) =>
    (name, doc) =>
      flag(name, float(), { default: numberOf(value), doc }),
  BoolParam:
    ([value]) =>
    (name, doc) =>
      flag(name, bool(), { default: value === true, doc }),
  StrParam:
    ([value]) =>
    (name, doc) =>
      flag(name, text(), { default: str(value), doc }),
  EnumStr:
    ([first, ...rest]) =>
    (name, doc) => {
      const options = [str(first), ...rest.map(str)] as const;
      return flag(name, choice(options), { default: options[0], doc });
    },
};

function addFlag(registry: ConfigRegistry | null, name: string, doc: string, param: unknown): null {
  if (registry === null || !(param instanceof Param)) throw new Unsupported("AddConfigVar of this parameter");
  registry.register(param.make(name, doc));
  return null;
}

/** The configuration or one of its sections. */
export function configNode(config: Config, node: object, prefix: string, before: Map<string, unknown>): Module {
  return {
    module: "theano.config",
    get(name) {
      const value: unknown = Reflect.get(node, name);
      if (typeof value === "object" && value !== null) return configNode(config, value, `${prefix}${name}.`, before);
      if (typeof value === "number")
        return config.describe(prefix + name).kind === "float" ? new PyFloat(value) : value;
      if (value === null || typeof value === "string" || typeof value === "boolean") return value;
      throw new AttributeError(`'TheanoConfigParser' object has no attribute '${prefix}${name}'`);
    },
    set(name, value) {
      const old: unknown = Reflect.get(node, name);
      Reflect.set(node, name, plainOf(value));
      if (!before.has(prefix + name)) before.set(prefix + name, old);
    },
  };
}

/** Sets a flag by its whole name. */
function assignFlag(config: Config, name: string, value: unknown): void {
  const path = name.split(".");
  const last = path.pop() ?? "";
  const node = path.reduce<object>((owner, part) => {
    const inner: unknown = Reflect.get(owner, part);
    return typeof inner === "object" && inner !== null ? inner : owner;
  }, config);
  Reflect.set(node, last, value);
}
