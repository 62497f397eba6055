/** Flags 1–4 of the list: the types of numbers. */
import { bool, choice } from "../kinds.ts";
import { flag } from "../spec.ts";

export const basics = [
  flag("floatX", choice(["float64", "float32", "float16"], { "64": "float64", "32": "float32", "16": "float16" }), {
    default: "float64",
    effective: true,
    doc: "The dtype of JavaScript numbers and of constructors without a type letter (vector, matrix, ...).",
  }),
  flag("warn_float64", choice(["ignore", "warn", "raise", "pdb"]), {
    default: "ignore",
    effective: true,
    doc: "What to do when a float64 variable is created: nothing, a warning, or an error (pdb, a debugger of Python, acts as raise).",
  }),
  flag("pickle_test_value", bool(), {
    default: true,
    doc: "Keep the test values of variables when a graph is stored.",
  }),
  flag("cast_policy", choice(["custom", "numpy+floatX"]), {
    default: "custom",
    effective: true,
    doc: "The dtype of plain numbers in expressions and of results. custom: the smallest dtype that holds the number; numpy+floatX: int64 or floatX, and integers do not widen results beyond floatX.",
  }),
  flag("int_division", choice(["int", "raise", "floatX"]), {
    default: "int",
    effective: true,
    doc: "What T.divProxy, Python 2's division operator, gives for two integers: an integer, an error, or floatX.",
  }),
  flag("deterministic", choice(["default", "more"]), {
    default: "default",
    doc: "With more, prefer implementations that give the same bits on every run, even if they are slower.",
  }),
] as const;
