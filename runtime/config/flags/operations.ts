/** Flags 113–123 of the list: single rewrites and ops, and the old CUDA back-end. */
import { bugAfter } from "../computed.ts";
import { bool, choice, float, int, notNegative, onlyTrue, text } from "../kinds.ts";
import { flag } from "../spec.ts";

export const operations = [
  flag("on_shape_error", choice(["warn", "raise"]), {
    default: "warn",
    doc: "What to do when an op's shape rule fails: warn and compute the shape from the value, or stop.",
  }),
  flag("tensor.insert_inplace_optimizer_validate_nb", int(), {
    default: -1,
    doc: "Check the graph after this many inplace changes; -1: after each in small graphs, after ten in others.",
  }),
  flag(
    "experimental.local_alloc_elemwise",
    onlyTrue("It cannot be switched off here: use optimizer_excluding=local_alloc_elemwise."),
    {
      default: true,
      doc: "Deprecated, always True: use optimizer_excluding=local_alloc_elemwise.",
    },
  ),
  flag("experimental.local_alloc_elemwise_assert", bool(), {
    default: true,
    doc: "Check the shape at run time where the rewrite local_alloc_elemwise removed an alloc.",
  }),
  flag("blas.ldflags", text(), {
    default: "",
    effective: true,
    doc: "The linker's options for a BLAS library; set empty for none. Default: an OpenBLAS that knows this processor, or Apple's Accelerate, if one is found in the system or in an environment of Python.",
  }),
  flag("blas.check_openmp", bool(), {
    default: true,
    doc: "Check that the BLAS library can run several threads.",
  }),
  flag("warn.identify_1pexp_bug", bool(), {
    default: bugAfter("0.4.1"),
    doc: "Warn where 1 + exp(x) was recognized wrongly before December 2011.",
  }),
  flag("scan.allow_gc", bool(), {
    default: false,
    effective: true,
    doc: "Let go of intermediate results between the steps of scan.",
  }),
  flag("scan.allow_output_prealloc", bool(), {
    default: true,
    doc: "Let the steps of scan write straight into its outputs.",
  }),
  flag("scan.debug", bool(), {
    default: false,
    doc: "Print what scan does.",
  }),
  flag("pycuda.init", bool(), {
    default: false,
    doc: "Start PyCUDA before the GPU is initialized.",
  }),
  flag("cublas.lib", text(), {
    default: "cublas",
    doc: "The name of the cuBLAS library.",
  }),
  flag("lib.cnmem", float(notNegative), {
    default: 0,
    mutable: false,
    doc: "The pool of the CNMeM allocator: 0 none, up to 1 a fraction of the GPU's memory, above 1 megabytes.",
  }),
] as const;
