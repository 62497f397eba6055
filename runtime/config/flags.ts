/**
 * The table of all flags: the one source of their names, values, defaults, docs and types.
 *
 * The order is that of the listing: Theano's of January 2016 with its 123 flags, and the flags of Theano 1.0.5 after
 * the neighbours that they have there. A new flag is one entry in the file of its section.
 */
import { basics } from "./flags/basics.ts";
import { cache } from "./flags/cache.ts";
import { compilation } from "./flags/compilation.ts";
import { devices } from "./flags/devices.ts";
import { diagnostics } from "./flags/diagnostics.ts";
import { operations } from "./flags/operations.ts";
import { optimizing } from "./flags/optimizing.ts";
import { running } from "./flags/running.ts";
import { warnings } from "./flags/warnings.ts";

/** Every flag, in the order of the listing. */
export const FLAGS = [
  ...basics,
  ...devices,
  ...compilation,
  ...warnings,
  ...running,
  ...cache,
  ...optimizing,
  ...diagnostics,
  ...operations,
] as const;
