/** Flags 61–71 of the list: test values, stored functions, error reports, OpenMP, tests; then NanGuardMode. */
import { bool, choice, int, seed } from "../kinds.ts";
import { flag } from "../spec.ts";

export const running = [
  flag("compute_test_value", choice(["off", "ignore", "warn", "raise", "pdb"]), {
    default: "off",
    effective: true,
    doc: "Compute each new variable at once from test values, so that an error shows where the graph is built.",
  }),
  flag("print_test_value", bool(), {
    default: false,
    effective: true,
    doc: "Show a variable's test value beside its name.",
  }),
  flag("compute_test_value_opt", choice(["off", "ignore", "warn", "raise", "pdb"]), {
    default: "off",
    effective: true,
    doc: "The same as compute_test_value, for the nodes that rewrites make.",
  }),
  flag("unpickle_function", bool(), {
    default: true,
    doc: "Restore stored functions; with False they become null.",
  }),
  flag("reoptimize_unpickled_function", bool(), {
    default: false,
    doc: "Optimize the graph again when a stored function is restored.",
  }),
  flag("exception_verbosity", choice(["low", "high"]), {
    default: "low",
    effective: true,
    doc: "With high, error reports also print the whole graph and all inputs of the node that failed.",
  }),
  flag("openmp", bool(), {
    default: false,
    effective: true,
    doc: "Let ops of the CPU use several threads; OMP_NUM_THREADS says how many.",
  }),
  flag("openmp_elemwise_minsize", int(), {
    default: 200000,
    effective: true,
    doc: "The number of elements from which on an elementwise op uses several threads.",
  }),
  flag("check_input", bool(), {
    default: true,
    doc: "Let compiled code check dtype and rank of its inputs.",
  }),
  flag("cache_optimizations", bool(), {
    default: false,
    doc: "Keep optimized graphs on disk.",
  }),
  flag("unittests.rseed", seed(), {
    default: "666",
    doc: "The seed of randomized tests: a whole number, or random for another one each time.",
  }),
  flag("NanGuardMode.nan_is_error", bool(), {
    default: true,
    effective: true,
    doc: "NanGuardMode complains about NaN.",
  }),
  flag("NanGuardMode.inf_is_error", bool(), {
    default: true,
    effective: true,
    doc: "NanGuardMode complains about infinities.",
  }),
  flag("NanGuardMode.big_is_error", bool(), {
    default: true,
    effective: true,
    doc: "NanGuardMode complains about magnitudes above 1e10.",
  }),
  flag("NanGuardMode.action", choice(["raise", "warn", "pdb"]), {
    default: "raise",
    effective: true,
    doc: "How NanGuardMode complains: with an error (pdb acts as raise) or a warning.",
  }),
] as const;
