/** The peers: what each is, how its process is started, and what it needs to be installed. */
import { fileURLToPath } from "node:url";
import { compilerVersion } from "../machine.ts";
import { binOf, NODE_PACKAGES, PYTHON } from "./places.ts";

export interface Peer {
  readonly name: string;
  /** In a heading of a table. */
  readonly title: string;
  /** Where it comes from; `own` needs nothing. */
  readonly from: "own" | "pypi" | "npm" | "gcc";
  /** The command of its process. */
  readonly command: readonly string[];
  /** Added to the environment of its process. */
  readonly environment: Readonly<Record<string, string>>;
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const NODE = [process.execPath, "--conditions=@theanotes/source", "--no-warnings"];

function ours(name: string, title: string, flags: string): Peer {
  return {
    name,
    title,
    from: "own",
    command: [...NODE, here("node/theanotes.ts")],
    environment: { THEANO_FLAGS: flags },
  };
}

function python(name: string, title: string, environment: Peer["environment"] = {}): Peer {
  return {
    name,
    title,
    from: "pypi",
    command: [PYTHON, "-u", here("python/worker.py"), name],
    environment,
  };
}

function javascript(name: string, title: string, file: string): Peer {
  return { name, title, from: "npm", command: [...NODE, here(file), NODE_PACKAGES], environment: {} };
}

/** What all others are compared with. */
export const OURS = "theanotes";

export const PEERS: readonly Peer[] = [
  ours(OURS, "Theanotes", ""),
  ours("theanotes-wasm", "Theanotes without C", "cxx="),
  {
    name: "c",
    title: "C by hand",
    from: "gcc",
    command: [...NODE, here("node/c.ts"), binOf("reference.so"), compilerVersion() ?? "unknown"],
    environment: {},
  },
  python("jax", "JAX", {
    JAX_PLATFORMS: "cpu",
    // The size of its pool of threads, under its new name and its old one; the flags alone leave products to several.
    PJRT_NPROC: "1",
    NPROC: "1",
    XLA_FLAGS: "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
  }),
  python("torch", "PyTorch"),
  python("pytensor", "PyTensor"),
  python("numba", "numba"),
  python("numpy", "NumPy"),
  javascript("tfjs", "TensorFlow.js", "node/tfjs.mjs"),
  javascript("jax-js", "jax-js", "node/jaxjs.mjs"),
];
