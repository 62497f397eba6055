/** `theano.config` and `theano.change_flags`, through the object that users of the runtime have. */
import { AttributeError } from "../../../runtime/base/errors.ts";
import type { Config, ConfigRegistry, FlagChanges } from "../../../runtime/config/index.ts";
import { callValue } from "./call.ts";
import { plainOf } from "./convert.ts";
import { getItem, iterate } from "./items.ts";
import { type Keywords, type Module, PyFloat, PyFunction, str } from "./values.ts";

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

/** The configuration as a module of the program, and the function that changes flags for a while. */
export function configModule(config: Config | { readonly view: Config; readonly registry: ConfigRegistry }): {
  readonly module: Module;
  readonly changeFlags: PyFunction;
} {
  const view = "view" in config ? config.view : config;
  const changer = "view" in config ? config.registry : config;
  const change = (args: readonly unknown[], keywords: Keywords): FlagScope => {
    const changes: FlagChanges = Object.create(null);
    for (const given of [...args, keywords])
      for (const name of iterate(given)) Object.assign(changes, { [str(name)]: plainOf(getItem(given, name)) });
    return new FlagScope((body) => changer.changeFlags(changes, body));
  };
  return { module: configNode(view, view, ""), changeFlags: new PyFunction("change_flags", change) };
}

/** The configuration or one of its sections. */
export function configNode(config: Config, node: object, prefix: string): Module {
  return {
    module: "theano.config",
    get(name) {
      const value: unknown = Reflect.get(node, name);
      if (typeof value === "object" && value !== null) return configNode(config, value, `${prefix}${name}.`);
      if (typeof value === "number")
        return config.describe(prefix + name).kind === "float" ? new PyFloat(value) : value;
      if (value === null || typeof value === "string" || typeof value === "boolean") return value;
      throw new AttributeError(`'TheanoConfigParser' object has no attribute '${prefix}${name}'`);
    },
    set(name, value) {
      Reflect.set(node, name, plainOf(value));
    },
  };
}
