import { scanCheckpoints } from "./checkpoints.ts";
import { scan } from "./scan.ts";
import { until } from "./until.ts";
import { foldl, foldr, map, reduce } from "./views.ts";

/** Loops, under Theano's names: what `theano` and its `scan_module` have. */
export const scanFunctions = { scan, map, reduce, foldl, foldr, scanCheckpoints, until };
