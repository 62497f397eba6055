/** Flags 83–92 of the list: limits of the optimizer, what is profiled, and the tags of rewrites. */
import { bool, float, lazyVm, text } from "../kinds.ts";
import { flag } from "../spec.ts";

export const optimizing = [
  flag("metaopt.verbose", bool(), {
    default: false,
    doc: "Print what meta-optimizers try.",
  }),
  flag("metaopt.optimizer_excluding", text(), {
    default: "",
    doc: 'Tags of rewrites that meta-optimizers leave out, with ":" between them.',
  }),
  flag("metaopt.optimizer_including", text(), {
    default: "",
    doc: 'Tags of rewrites that meta-optimizers add, with ":" between them.',
  }),
  flag("optdb.position_cutoff", float(), {
    default: Number.POSITIVE_INFINITY,
    effective: true,
    doc: "Leave out the passes of the optimizer whose position is this or later.",
  }),
  flag("optdb.max_use_ratio", float(), {
    default: 5,
    effective: true,
    doc: "Stop a pass that repeats until nothing changes once one rewrite was applied this many times per node.",
  }),
  flag("profile", bool(), {
    default: false,
    effective: true,
    doc: "Measure how long each node of a function takes.",
  }),
  flag("profile_optimizer", bool(), {
    default: false,
    effective: true,
    doc: "Measure how long each rewrite takes; needs profile.",
  }),
  flag("profile_memory", bool(), {
    default: false,
    effective: true,
    doc: "Measure how much memory each node needs; needs profile.",
  }),
  flag("vm.lazy", lazyVm(), {
    default: null,
    doc: "Compute only what is needed (True), everything (False), or as the graph asks for (None).",
  }),
  flag("optimizer_excluding", text(), {
    default: "",
    mutable: false,
    effective: true,
    doc: 'Tags of rewrites that the default mode leaves out, with ":" between them.',
  }),
  flag("optimizer_including", text(), {
    default: "",
    mutable: false,
    effective: true,
    doc: 'Tags of rewrites that the default mode adds, with ":" between them.',
  }),
  flag("optimizer_requiring", text(), {
    default: "",
    mutable: false,
    effective: true,
    doc: 'Tags that each rewrite of the default mode must have, with ":" between them.',
  }),
] as const;
