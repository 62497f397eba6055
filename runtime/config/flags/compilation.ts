/** Flags 27–44 of the list: modes, linkers, optimizers and what surrounds compiling. */
import { cxx } from "../computed.ts";
import { bool, choice, int, intAmong, removed, text } from "../kinds.ts";
import { flag } from "../spec.ts";

export const compilation = [
  flag(
    "mode",
    choice([
      "Mode",
      "ProfileMode",
      "DebugMode",
      "FAST_RUN",
      "NanGuardMode",
      "FAST_COMPILE",
      "PROFILE_MODE",
      "DEBUG_MODE",
    ]),
    {
      default: "Mode",
      effective: true,
      doc: "The mode in which functions are compiled when none is given. Mode combines the flags linker and optimizer.",
    },
  ),
  flag("cxx", text(), {
    default: cxx,
    effective: true,
    doc: "The compiler of native code, which is C; empty for none. Default: g++ (clang++ on macOS and the BSDs), or else clang++, gcc, clang or cc, if it is on PATH.",
  }),
  flag("linker", choice(["cvm", "c|py", "py", "c", "c|py_nogc", "vm", "vm_nogc", "cvm_nogc"]), {
    default: "cvm",
    effective: true,
    doc: "The linker of mode=Mode: what turns the optimized graph into something that runs.",
  }),
  flag("allow_gc", bool(), {
    default: true,
    effective: true,
    doc: "Let go of intermediate results during a call: less memory, more allocations.",
  }),
  flag("optimizer", choice(["fast_run", "merge", "fast_compile", "None", "o4", "o3", "o2", "o1", "unsafe"]), {
    default: "fast_run",
    effective: true,
    doc: "The set of rewrites of mode=Mode, from None over fast_compile to fast_run; o1 to o4 are the levels of Theano 1.0.",
  }),
  flag("optimizer_verbose", bool(), {
    default: false,
    effective: true,
    doc: "Print each replacement that a rewrite makes.",
  }),
  flag("on_opt_error", choice(["warn", "raise", "pdb", "ignore"]), {
    default: "warn",
    effective: true,
    doc: "What to do when a rewrite fails: warn and leave the node as it is, stop (pdb acts as raise), or say nothing.",
  }),
  flag(
    "home",
    removed(
      (name, value) =>
        `The \`config.${name}\` option has been removed and should not be used anymore. Please set the \`config.base_compiledir\` option instead (for instance to: ${value}/.theano)`,
    ),
    { default: true, mutable: false, doc: "Removed: use base_compiledir." },
  ),
  flag("nocleanup", bool(), {
    default: false,
    effective: true,
    doc: "Keep the source of C code that did not compile.",
  }),
  flag("on_unused_input", choice(["raise", "warn", "ignore"]), {
    default: "raise",
    effective: true,
    doc: "What theano.function does with an input that no output depends on.",
  }),
  flag("tensor.cmp_sloppy", intAmong([0, 1, 2]), {
    default: 0,
    mutable: false,
    effective: true,
    doc: "How far two results may differ and still count as equal: 0 strictly, 1 a bit, 2 more.",
  }),
  flag("tensor.local_elemwise_fusion", bool(), {
    default: true,
    effective: true,
    doc: "Fuse elementwise ops into one loop.",
  }),
  flag("gpu.local_elemwise_fusion", bool(), {
    default: true,
    doc: "Fuse elementwise ops on the GPU into one kernel.",
  }),
  flag("lib.amdlibm", bool(), {
    default: false,
    doc: "Use AMD's library of mathematical functions.",
  }),
  flag("gpuelemwise.sync", bool(), {
    default: true,
    doc: "Wait for each elementwise GPU kernel and check its status.",
  }),
  flag("traceback.limit", int(), {
    default: 8,
    effective: true,
    doc: "How many lines of the user's stack each variable remembers; -1 for all.",
  }),
  flag("traceback.compile_limit", int(), {
    default: 0,
    effective: true,
    doc: "How many lines of the stack the variables that rewrites make remember; -1 for all.",
  }),
  flag("experimental.mrg", bool(), {
    default: false,
    doc: "Another generator of random numbers.",
  }),
  flag("experimental.unpickle_gpu_on_cpu", bool(), {
    default: false,
    doc: "Load stored GPU arrays as arrays of the CPU.",
  }),
] as const;
