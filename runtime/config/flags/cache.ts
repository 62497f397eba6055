/** Flags 72–82 of the list: the cache of compiled code, and the C++ compiler. */
import { baseCompiledir, compiledir, directoryTemplate, lockTimeout, prepareCompiledir } from "../computed.ts";
import { bool, choice, int, notNegative, path, positive, text } from "../kinds.ts";
import { flag } from "../spec.ts";

export const cache = [
  flag("compile.wait", int(positive), {
    default: 5,
    mutable: false,
    doc: "Seconds between two attempts to get the lock of the cache.",
  }),
  flag("cycle_detection", choice(["regular", "fast"]), {
    default: "regular",
    effective: true,
    doc: "Which inputs rewrites let nodes overwrite: regular, all for which an order of execution is left; fast, only those that nobody else reads, which needs no search.",
  }),
  flag("check_stack_trace", choice(["off", "log", "warn", "raise"]), {
    default: "off",
    doc: "What to do when a rewrite makes a variable that remembers no line of the user's.",
  }),
  flag("compile.timeout", int(notNegative), {
    default: lockTimeout,
    mutable: false,
    effective: true,
    doc: "Seconds after which a compilation is given up, and the function runs without native code; 0 waits for ever. (In Theano: after which the lock of another process is taken over; there are no locks here.) Default: 24 times compile.wait.",
  }),
  flag("compiledir_format", directoryTemplate(), {
    default: "compiledir_%(short_platform)s-%(processor)s-%(python_version)s-%(python_bitwidth)s",
    mutable: false,
    doc: "The name of the cache's directory below base_compiledir, made from these keys: gxx_version, hostname, numpy_version, platform, processor, python_bitwidth, python_int_bitwidth, python_version, short_platform, theano_version, device. Python's version is here that of Node.",
  }),
  flag("base_compiledir", path(), {
    default: baseCompiledir,
    mutable: false,
    doc: "The directory that holds the caches of all platforms. Default: ~/.theano, on Windows %LOCALAPPDATA%\\Theano.",
  }),
  flag("compiledir", path(), {
    default: compiledir,
    mutable: false,
    prepare: prepareCompiledir,
    effective: true,
    doc: "The cache's directory for this platform; it is created when a program first asks for it. Default: compiledir_format below base_compiledir.",
  }),
  flag("gpuarray.cache_path", path(), {
    default: (context) => `${context.get("compiledir")}/gpuarray_kernels`,
    mutable: false,
    doc: "The cache of compiled GPU kernels.",
  }),
  flag("ctc.root", text(), {
    default: "",
    mutable: false,
    doc: "The directory of the library warp-ctc.",
  }),
  flag("cmodule.mac_framework_link", bool(), {
    default: false,
    doc: "Link against Python's framework on macOS.",
  }),
  flag("cmodule.warn_no_version", bool(), {
    default: false,
    doc: "Warn when an op's C code has no version, so that it cannot be cached.",
  }),
  flag("cmodule.remove_gxx_opt", bool(), {
    default: false,
    effective: true,
    doc: "Compile without -O, so that a debugger can follow the generated code.",
  }),
  flag("cmodule.compilation_warning", bool(), {
    default: false,
    effective: true,
    doc: "Show the compiler's warnings.",
  }),
  flag("cmodule.preload_cache", bool(), {
    default: false,
    mutable: false,
    doc: "Load the cache of compiled code at the start.",
  }),
  flag("cmodule.age_thresh_use", int(), {
    default: 24 * 24 * 60 * 60,
    mutable: false,
    effective: true,
    doc: "Seconds after which compiled code that nobody used is removed from the cache; looked at once a day.",
  }),
  flag("cmodule.debug", bool(), {
    default: false,
    effective: true,
    doc: "Define the macro DEBUG in compiled C code, and keep symbols and sources for a debugger.",
  }),
  flag("gcc.cxxflags", text(), {
    default: "",
    effective: true,
    doc: "More options for the C compiler. Those that change floating-point arithmetic, such as -ffast-math, are left out with a warning.",
  }),
] as const;
