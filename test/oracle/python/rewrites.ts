/** Rewrites that programs write in Python and register: `gof.local_optimizer`, `gof.Optimizer`, `optdb`. */
import {
  type Apply,
  canonicalize,
  type FunctionGraph,
  Op,
  optdb,
  specialize,
  stabilize,
  TensorVariable,
  uncanonicalize,
  useless,
  type Variable,
} from "../../../runtime/index.ts";
import { type GraphRewrite, graphRewrite, type NodeRewrite } from "../../../runtime/rewrite/rewrite.ts";
import type { RewriteRun } from "../../../runtime/rewrite/run.ts";
import { opOf } from "./binding.ts";
import { callMethod, callValue } from "./call.ts";
import { plainOf } from "./convert.ts";
import { iterate } from "./items.ts";
import { type Module, PyFunction, PyInstance, PyType, str, Unsupported } from "./values.ts";

/** Whether the program that registered rewrites still runs: the databases outlive it. */
interface Life {
  ended: boolean;
}

/** A rewrite of single nodes, from a function of Python. */
class PythonRewrite implements NodeRewrite {
  readonly kind = "node";
  readonly name: string;
  readonly tracks: readonly string[] | null;
  readonly #life: Life;
  readonly #function: unknown;

  constructor(life: Life, tracks: readonly string[] | null, body: unknown) {
    this.#life = life;
    this.#function = body;
    this.name = body instanceof PyFunction ? body.name : "rewrite";
    this.tracks = tracks;
  }

  readonly transform = (node: Apply): readonly Variable[] | null => {
    if (this.#life.ended) return null;
    const result = callValue(this.#function, [node], new Map());
    return Array.isArray(result) ? result.filter((one) => one instanceof TensorVariable) : null;
  };
}

/** A pass over the graph, from an object of a program's class. */
function passOf(life: Life, name: string, instance: PyInstance): GraphRewrite {
  return graphRewrite(name, (run) => {
    if (!life.ended) callMethod(instance, instance.pyClass.find("apply"), graphModule(run));
  });
}

/** The graph as a pass of Python sees it. */
function graphModule(run: RewriteRun): Module {
  const { fgraph }: { readonly fgraph: FunctionGraph } = run;
  const replace = new PyFunction("replace", ([from, to], keywords) => {
    if (!(from instanceof TensorVariable) || !(to instanceof TensorVariable))
      throw new Unsupported("replace of no variables");
    run.replace([[from, to]], str(keywords.get("reason") ?? ""));
    return null;
  });
  return {
    module: "fgraph",
    get(name) {
      if (name === "toposort") return new PyFunction(name, () => [...fgraph.toposort()]);
      if (name === "inputs" || name === "outputs") return [...fgraph[name]];
      if (name === "replace" || name === "replace_validate") return replace;
      throw new Unsupported(`fgraph.${name}`);
    },
  };
}

/** `optdb` and the databases in it, in which each program's names are its own. */
function database(life: Life, suffix: string, of: unknown): Module {
  return {
    module: "optdb",
    get(name) {
      if (name === "__getitem__")
        return new PyFunction(name, ([key]) => database(life, suffix, databaseIn(callOf(of, "get", [key]))));
      if (name !== "register") throw new Unsupported(`optdb.${name}`);
      return new PyFunction(name, ([given, rewrite, ...tags]) => {
        const made = rewrite instanceof PyInstance ? passOf(life, str(given), rewrite) : rewrite;
        callOf(of, "register", [str(given) + suffix, made, ...tags.map((tag) => plainOf(tag))]);
        return null;
      });
    },
  };
}

/** A member of the sequence of passes is a database at a position. */
function databaseIn(member: unknown): unknown {
  return typeof member === "object" && member !== null && "pass" in member ? member.pass : member;
}

function callOf(owner: unknown, name: string, args: readonly unknown[]): unknown {
  const method: unknown = typeof owner === "object" && owner !== null ? Reflect.get(owner, name) : undefined;
  if (typeof method !== "function") throw new Unsupported(`optdb.${name}`);
  return Reflect.apply(method, owner, args);
}

/** Marks the names of a program, since the next may use them again; it is not seen when they are printed. */
const MARK = "\u200b";

/** As many marks as no name has yet. */
function freshSuffix(): string {
  const names = [optdb, useless, canonicalize, stabilize, specialize, uncanonicalize].flatMap((one) => one.names);
  return MARK.repeat(1 + Math.max(...names.map((name) => name.split(MARK).length - 1)));
}

/** The members of `theano.gof` and `theano.compile.mode` for one program, and what ends them. */
export function rewriteMembers(): { readonly members: ReadonlyMap<string, unknown>; end(): void } {
  const life: Life = { ended: false };
  const localOptimizer = new PyFunction("local_optimizer", ([tracks]) => {
    const keys = tracks === null || tracks === undefined ? null : [...iterate(tracks)].map(trackOf);
    return new PyFunction("local_optimizer", ([body]) => new PythonRewrite(life, keys, body));
  });
  const feature = new PyType(
    "feature",
    () => null,
    () => false,
  );
  return {
    members: new Map<string, unknown>([
      ["local_optimizer", localOptimizer],
      [
        "Optimizer",
        new PyType(
          "Optimizer",
          () => null,
          () => false,
        ),
      ],
      ["ReplaceValidate", feature],
      ["optdb", database(life, freshSuffix(), optdb)],
    ]),
    end() {
      life.ended = true;
    },
  };
}

function trackOf(value: unknown): string {
  const op = value instanceof Op ? value : opOf(value);
  if (op === null) throw new Unsupported("a rewrite of no op");
  return op.key;
}
