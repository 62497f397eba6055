/** All magics. To add one is one file here and one line in this list. */
import { config } from "./config.ts";
import { debugprint } from "./debugprint.ts";
import { lsmagic } from "./lsmagic.ts";
import type { Magic } from "./magic.ts";
import { mode } from "./mode.ts";
import { profile } from "./profile.ts";
import { theanoFlags } from "./theano-flags.ts";
import { time } from "./time.ts";

const magics = [theanoFlags, config, mode, debugprint, profile, time];

/** Every magic of the kernel, in the order in which `%lsmagic` lists them. */
export const MAGICS: readonly Magic[] = [...magics, lsmagic(magics)];
