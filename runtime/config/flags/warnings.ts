/** Flags 45–60 of the list: NumPy's floating-point errors, and warnings about bugs of old Theano versions. */
import { bugAfter } from "../computed.ts";
import { bool, choice } from "../kinds.ts";
import { flag } from "../spec.ts";

const reactions = ["ignore", "warn", "raise", "call", "print", "log"] as const;
const orAsAll = choice(["None", ...reactions]);

export const warnings = [
  flag("numpy.seterr_all", choice([...reactions, "None"]), {
    default: "ignore",
    mutable: false,
    doc: "What NumPy does on every kind of floating-point error; None leaves NumPy's own setting.",
  }),
  flag("numpy.seterr_divide", orAsAll, {
    default: "None",
    mutable: false,
    doc: "What NumPy does on division by zero; None follows numpy.seterr_all.",
  }),
  flag("numpy.seterr_over", orAsAll, {
    default: "None",
    mutable: false,
    doc: "What NumPy does on overflow; None follows numpy.seterr_all.",
  }),
  flag("numpy.seterr_under", orAsAll, {
    default: "None",
    mutable: false,
    doc: "What NumPy does on underflow; None follows numpy.seterr_all.",
  }),
  flag("numpy.seterr_invalid", orAsAll, {
    default: "None",
    mutable: false,
    doc: "What NumPy does on invalid operations such as 0/0; None follows numpy.seterr_all.",
  }),
  flag(
    "warn.ignore_bug_before",
    choice([
      ...["0.6", "None", "all", "0.3", "0.4", "0.4.1", "0.5", "0.7", "0.8", "0.8.1", "0.8.2", "0.9", "0.10"],
      ...["1.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4", "1.0.5"],
    ] as const),
    {
      default: "0.6",
      mutable: false,
      doc: "Warn about results of Theano versions from this one on that a bug, fixed since, may have spoiled; None warns about all, all about none.",
    },
  ),
  flag("warn.argmax_pushdown_bug", bool(), {
    default: bugAfter("0.3"),
    doc: "Warn where the rewrite local_argmax_pushdown was wrong until May 2010.",
  }),
  flag("warn.gpusum_01_011_0111_bug", bool(), {
    default: bugAfter("0.3"),
    doc: "Warn where sums on the GPU over a long first axis were wrong until May 2010.",
  }),
  flag("warn.sum_sum_bug", bool(), {
    default: bugAfter("0.3"),
    doc: "Warn where two sums in a row were wrong until August 2010.",
  }),
  flag("warn.sum_div_dimshuffle_bug", bool(), {
    default: bugAfter("0.3"),
    doc: "Warn where the sum of a quotient by a dimshuffled tensor was wrong between June and August 2010.",
  }),
  flag("warn.subtensor_merge_bug", bool(), {
    default: bugAfter("0.5"),
    doc: "Warn where indexing the result of a slice with a negative step was wrong before 0.5.",
  }),
  flag("warn.gpu_set_subtensor1", bool(), {
    default: bugAfter("0.6"),
    doc: "Warn where set_subtensor with a vector of indices was wrong on the GPU before 0.6.",
  }),
  flag("warn.vm_gc_bug", bool(), {
    default: false,
    doc: "Warn where the lazy VM freed memory too early in July 2012 (never released).",
  }),
  flag("warn.signal_conv2d_interface", bool(), {
    default: bugAfter("0.7"),
    doc: "Warn about the new interface that signal.conv2d has had since June 2014.",
  }),
  flag("warn.reduce_join", bool(), {
    default: bugAfter("0.7"),
    doc: "Warn where reducing a join over another axis was wrong before 0.7.",
  }),
  flag("warn.inc_set_subtensor1", bool(), {
    default: bugAfter("0.7"),
    doc: "Warn where inc_subtensor and set_subtensor with arrays of indices were wrong before 0.7.",
  }),
  flag("warn.round", bool(), {
    default: bugAfter("0.9"),
    doc: "Warn that round goes to the even neighbour since 0.9, as NumPy's does.",
  }),
  flag("warn.inc_subtensor1_opt", bool(), {
    default: bugAfter("0.10"),
    doc: "Warn where a rewrite of inc_subtensor with a vector of indices was wrong before 0.10.",
  }),
] as const;
