/** Flags 93–112 of the list: DebugMode and the profile; and two of our own, for kernels. */
import { bool, int, intAmong, listOf, notNegative, positive, text } from "../kinds.ts";
import { flag } from "../spec.ts";

const kindsOfMemory = ["initial", "previous", "c_contiguous", "f_contiguous", "strided", "wrong_size", "ALL"];

export const diagnostics = [
  flag("loop_ir.check", bool(), {
    default: false,
    effective: true,
    doc: "Verify kernels after each pass of the compiler, to find the pass that breaks one.",
  }),
  flag("loop_ir.verbose", bool(), {
    default: false,
    effective: true,
    doc: "Print kernels to stderr after each pass, and the code that a backend makes of them.",
  }),
  flag("DebugMode.patience", int(positive), {
    default: 10,
    effective: true,
    doc: "How many times DebugMode optimizes a graph, to see that the result is always the same.",
  }),
  flag("DebugMode.check_c", bool(), {
    default: true,
    effective: true,
    doc: "DebugMode runs the compiled implementation of each op that has one.",
  }),
  flag("DebugMode.check_py", bool(), {
    default: true,
    effective: true,
    doc: "DebugMode runs the reference implementation of each op that has one.",
  }),
  flag("DebugMode.check_finite", bool(), {
    default: true,
    effective: true,
    doc: "DebugMode complains about NaN and infinities.",
  }),
  flag("DebugMode.check_strides", intAmong([0, 1, 2]), {
    default: 0,
    doc: "What DebugMode does when two implementations give other strides: 0 nothing, 1 a warning, 2 an error.",
  }),
  flag("DebugMode.warn_input_not_reused", bool(), {
    default: true,
    effective: true,
    doc: "DebugMode warns when an op that declares to work inplace did not.",
  }),
  flag("DebugMode.check_preallocated_output", listOf(kindsOfMemory), {
    default: "",
    doc: 'Kinds of used memory in which DebugMode lets ops write their results again: initial (what scan passes in), previous (the last result), c_contiguous, f_contiguous, strided, wrong_size or ALL, with ":" between them.',
  }),
  flag("DebugMode.check_preallocated_output_ndim", int(positive), {
    default: 4,
    doc: "For strided memory: over how many inner axes all combinations of strides are tried.",
  }),
  flag("profiling.time_thunks", bool(), {
    default: true,
    effective: true,
    doc: "Time each node, not only whole calls.",
  }),
  flag("profiling.n_apply", int(positive), {
    default: 20,
    effective: true,
    doc: "How many nodes a profile lists.",
  }),
  flag("profiling.n_ops", int(positive), {
    default: 20,
    effective: true,
    doc: "How many ops and classes of ops a profile lists.",
  }),
  flag("profiling.output_line_width", int(positive), {
    default: 512,
    effective: true,
    doc: "The width at which the lines of a profile are cut.",
  }),
  flag("profiling.min_memory_size", int(notNegative), {
    default: 1024,
    effective: true,
    doc: "Bytes below which a node is left out of the memory profile.",
  }),
  flag("profiling.min_peak_memory", bool(), {
    default: false,
    effective: true,
    doc: "Search for the order of nodes that needs the least memory (slow).",
  }),
  flag("profiling.destination", text(), {
    default: "stderr",
    effective: true,
    doc: "Where profiles are written: stderr, stdout or a file.",
  }),
  flag("profiling.debugprint", bool(), {
    default: false,
    effective: true,
    doc: "Print the graphs of profiled functions beside their profile.",
  }),
  flag("profiling.ignore_first_call", bool(), {
    default: false,
    effective: true,
    doc: "Leave the first call of each function, which warms up, out of the profile.",
  }),
  flag("ProfileMode.n_apply_to_print", int(positive), {
    default: 15,
    effective: true,
    doc: "How many nodes ProfileMode lists.",
  }),
  flag("ProfileMode.n_ops_to_print", int(positive), {
    default: 20,
    effective: true,
    doc: "How many ops ProfileMode lists.",
  }),
  flag("ProfileMode.min_memory_size", int(notNegative), {
    default: 1024,
    effective: true,
    doc: "Bytes below which ProfileMode leaves a node out of the memory profile.",
  }),
  flag("ProfileMode.profile_memory", bool(), {
    default: false,
    effective: true,
    doc: "Let ProfileMode measure memory.",
  }),
] as const;
