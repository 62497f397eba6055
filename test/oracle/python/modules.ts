/** What programs import: Theano's modules by their names in the runtime, NumPy, and a little of Python's own library. */
import { NDArray } from "../../../runtime/array/ndarray.ts";
import {
  asOp,
  DISCONNECTED,
  type NoGradient,
  type SparseFormat,
  SparseMatrix,
  TensorType,
} from "../../../runtime/index.ts";
import { lookUp } from "./binding.ts";
import { callValue } from "./call.ts";
import { makeApply } from "./classes.ts";
import { fromRuntime, plainOf } from "./convert.ts";
import { iterate } from "./items.ts";
import { pair } from "./methods.ts";
import { numpyModule } from "./numpy.ts";
import { asArray } from "./numpy-elementwise.ts";
import type { Scope } from "./scope.ts";
import {
  isModule,
  type Module,
  numberOf,
  OrderedDict,
  PyFloat,
  PyFunction,
  PyType,
  str,
  truth,
  tuple,
  Unsupported,
} from "./values.ts";

/** Under which name a program's scope keeps what it can import. */
export const LIBRARY = "\0library";

/** The module of a path, as this program's imports see it. @throws Unsupported for modules that are not known. */
export function moduleAt(path: string, scope: Scope): unknown {
  const library = scope.get(LIBRARY);
  if (!(library instanceof Map)) throw new Unsupported("imports");
  const [root = "", ...names] = path.split(".");
  const module: unknown = library.get(root);
  const make = typeof module === "function" ? Reflect.apply(module, undefined, []) : module;
  if (make === undefined) throw new Unsupported(`import ${path}`);
  return names.reduce((owner: unknown, name) => {
    if (!isModule(owner)) throw new Unsupported(`import ${path}`);
    return owner.get(name);
  }, make);
}

/** Theano's modules; what is not among them is a function or a class. */
const MODULES: ReadonlySet<string> = new Set([
  "theano",
  "theano.tensor",
  "theano.tensor.basic",
  "theano.tensor.blas",
  "theano.tensor.elemwise",
  "theano.tensor.extra_ops",
  "theano.tensor.fft",
  "theano.tensor.inplace",
  "theano.tensor.io",
  "theano.tensor.nlinalg",
  "theano.tensor.nnet",
  "theano.tensor.nnet.abstract_conv",
  "theano.tensor.nnet.bn",
  "theano.tensor.nnet.conv",
  "theano.tensor.nnet.neighbours",
  "theano.tensor.nnet.nnet",
  "theano.tensor.nnet.sigm",
  "theano.tensor.opt",
  "theano.tensor.raw_random",
  "theano.tensor.shared_randomstreams",
  "theano.tensor.signal",
  "theano.tensor.signal.conv",
  "theano.tensor.signal.downsample",
  "theano.tensor.signal.pool",
  "theano.tensor.slinalg",
  "theano.tensor.special",
  "theano.tensor.xlogx",
  "theano.tensor.nnet.blocksparse",
  "theano.tensor.nnet.ctc",
  "theano.tensor.nnet.corr",
  "theano.tensor.subtensor",
  "theano.tensor.type",
  "theano.compat",
  "theano.compile",
  "theano.compile.builders",
  "theano.compile.debugmode",
  "theano.compile.function_module",
  "theano.compile.io",
  "theano.compile.mode",
  "theano.compile.nanguardmode",
  "theano.compile.ops",
  "theano.compile.profiling",
  "theano.compile.sharedvalue",
  "theano.configdefaults",
  "theano.gof",
  "theano.gof.fg",
  "theano.gof.graph",
  "theano.gof.op",
  "theano.gof.opt",
  "theano.gof.toolbox",
  "theano.gradient",
  "theano.ifelse",
  "theano.misc",
  "theano.printing",
  "theano.sandbox",
  "theano.sandbox.rng_mrg",
  "theano.scalar",
  "theano.scan_module",
  "theano.scan_module.scan_utils",
  "theano.sparse",
  "theano.sparse.basic",
  "theano.tests",
  "theano.typed_list",
  "theano.typed_list.basic",
  "theano.d3viz",
  "theano.updates",
  "theano.raise_op",
]);

/** Members that are made for the interpreter, by their last name. */
const OWN: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["Apply", new PyFunction("Apply", ([op, inputs, outputs]) => makeApply(op, inputs, outputs))],
  ["OrderedDict", orderedDict()],
  [
    "as_op",
    new PyFunction("as_op", ([itypes, otypes, inferShape], keywords) =>
      asOpDecorator(keywords, itypes, otypes, inferShape),
    ),
  ],
  ["TensorType", tensorType()],
  ["DisconnectedType", new PyFunction("DisconnectedType", () => new PyFunction("make", () => DISCONNECTED))],
  ["grad_undefined", new PyFunction("grad_undefined", ([, , , why]) => undefinedGradient(why))],
  ["grad_not_implemented", new PyFunction("grad_not_implemented", ([, , , why]) => undefinedGradient(why))],
  [
    "_asarray",
    new PyFunction("_asarray", ([x, dtype], keywords) => asArray(x, String(keywords.get("dtype") ?? dtype))),
  ],
]);

/** The gradient that an op of a program says not to exist. */
function undefinedGradient(why: unknown): NoGradient {
  return { kind: "undefined", reason: str(why ?? "") };
}

/** `T.TensorType(dtype, broadcastable)`. */
function tensorType(): PyType {
  return new PyType(
    "TensorType",
    ([dtype, pattern], keywords) => {
      const broadcastable = [...iterate(keywords.get("broadcastable") ?? pattern)].map(truth);
      return Reflect.apply(TensorType.ofBroadcastable, TensorType, [
        plainOf(keywords.get("dtype") ?? dtype),
        broadcastable,
      ]);
    },
    (x) => x instanceof TensorType,
  );
}

/** `@as_op(itypes, otypes, infer_shape)`; here the function is an argument. */
function asOpDecorator(
  keywords: ReadonlyMap<string, unknown>,
  itypes: unknown,
  otypes: unknown,
  inferShape: unknown,
): PyFunction {
  const options = {
    itypes: plainOf(keywords.get("itypes") ?? itypes, true),
    otypes: plainOf(keywords.get("otypes") ?? otypes, true),
    inferShape: plainOf(keywords.get("infer_shape") ?? inferShape),
  };
  return new PyFunction("as_op", ([fn]) => Reflect.apply(asOp, undefined, [options, plainOf(fn)]));
}

/** What a program sees in Theano's modules besides the runtime's names. */
export interface TheanoExtras {
  readonly config: Module;
  readonly configparser: Module;
  /** By their last names, in whatever module. */
  readonly members: ReadonlyMap<string, unknown>;
}

/** A Theano module: what it lacks in the runtime is looked for where the runtime keeps it. */
function theanoModule(path: string, extras: TheanoExtras): Module {
  return {
    module: path,
    get(name) {
      const full = `${path}.${name}`;
      if (name === "config") return extras.config;
      if (name === "configparser") return extras.configparser;
      if (name === "change_flags") return extras.configparser.get(name);
      if (extras.members.has(name)) return extras.members.get(name);
      if (OWN.has(name)) return OWN.get(name);
      if (name === "numpy") return numpyModule();
      if (MODULES.has(full)) return theanoModule(full, extras);
      return fromRuntime(lookUp(full));
    },
  };
}

/** `theano`, with a configuration and what else is a program's own. */
export function theanoRoot(extras: TheanoExtras): Module {
  return theanoModule("theano", extras);
}

/** A module of known members. */
export function namespace(name: string, members: ReadonlyMap<string, unknown>): Module {
  return {
    module: name,
    get(member) {
      if (!members.has(member)) throw new Unsupported(`${name}.${member}`);
      return members.get(member);
    },
  };
}

function orderedDict(): PyType {
  return new PyType(
    "OrderedDict",
    ([items], keywords) => {
      const entries = items === undefined ? [] : items instanceof Map ? [...items] : [...iterate(items)].map(pair);
      return new OrderedDict([...entries, ...keywords]);
    },
    (x) => x instanceof OrderedDict,
  );
}

const MATH = ["exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "floor", "ceil", "pow", "log10", "log2"] as const;

function mathModule(): Module {
  const functions = MATH.map((name): [string, unknown] => [
    name,
    new PyFunction(name, (args) => {
      const [x = 0, y = 0] = args.map(numberOf);
      const value = name === "pow" ? x ** y : Math[name](x);
      return name === "floor" || name === "ceil" ? value : new PyFloat(value);
    }),
  ]);
  return namespace(
    "math",
    new Map<string, unknown>([...functions, ["pi", new PyFloat(Math.PI)], ["e", new PyFloat(Math.E)]]),
  );
}

/**
 * The library of a program: modules by the names of their roots; one that is a function is made when it is imported.
 * `extras` are the program's own in Theano's modules.
 */
export function library(
  warn: (message: unknown, category: unknown) => void,
  extras: TheanoExtras,
): Map<string, unknown> {
  const root = theanoRoot(extras);
  const np = numpyModule();
  const pass = new PyFunction("pass", () => null);
  return new Map<string, unknown>([
    ["theano", root],
    ["numpy", np],
    ["math", mathModule()],
    ["collections", namespace("collections", new Map<string, unknown>([["OrderedDict", orderedDict()]]))],
    [
      "functools",
      namespace(
        "functools",
        new Map<string, unknown>([
          ["partial", partial()],
          ["reduce", new PyFunction("reduce", ([f, items, ...start]) => fold(f, items, start))],
        ]),
      ),
    ],
    [
      "warnings",
      namespace(
        "warnings",
        new Map<string, unknown>([
          [
            "warn",
            new PyFunction("warn", ([message, category]) => {
              warn(message, category);
              return null;
            }),
          ],
          ["filterwarnings", pass],
          ["simplefilter", pass],
        ]),
      ),
    ],
    ["scipy", scipyModule()],
    [
      "itertools",
      namespace(
        "itertools",
        new Map<string, unknown>([
          ["product", new PyFunction("product", (lists) => product(lists.map((list) => [...iterate(list)])))],
          ["chain", new PyFunction("chain", (lists) => lists.flatMap((list) => [...iterate(list)]))],
        ]),
      ),
    ],
    ["__future__", { module: "__future__", get: () => null }],
  ]);
}

/** Every choice of one item of each list. */
function product(lists: readonly (readonly unknown[])[]): (readonly unknown[])[] {
  const rows = lists.reduce<unknown[][]>(
    (made, list) => made.flatMap((row) => list.map((item) => [...row, item])),
    [[]],
  );
  return rows.map(tuple);
}

function partial(): PyFunction {
  return new PyFunction(
    "partial",
    ([f, ...first], keywords) =>
      new PyFunction("partial", (args, more) => callValue(f, [...first, ...args], new Map([...keywords, ...more]))),
  );
}

function fold(f: unknown, items: unknown, start: readonly unknown[]): unknown {
  const all = [...start, ...iterate(items)];
  return all.slice(1).reduce((a, b) => callValue(f, [a, b], new Map()), all[0]);
}

/** `scipy.sparse`: the runtime's values of sparse matrices. */
function scipyModule(): Module {
  const make = (name: string, format: SparseFormat): [string, unknown] => [
    name,
    new PyFunction(name, ([x]) => SparseMatrix.fromDense(x instanceof NDArray ? x : asArray(x), format)),
  ];
  const members = new Map<string, unknown>([make("csr_matrix", "csr"), make("csc_matrix", "csc")]);
  return namespace("scipy", new Map<string, unknown>([["sparse", namespace("scipy.sparse", members)]]));
}
