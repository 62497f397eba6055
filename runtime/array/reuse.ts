/**
 * Memory of large arrays that nobody holds any more. The engine looks for it only after a hundred megabytes or more, and
 * what is written meanwhile is cold memory, several times slower than what the caches still hold; the system's allocator
 * gives freed blocks back at once, and fetches them again page by page.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** So many bytes are taken before the engine is asked to look for dead arrays: less than what processors cache. */
const BUDGET = 2 ** 24;
/** Where many young objects are alive a look takes long, and is taken less often, up to so many bytes. */
const LONGEST = 2 ** 28;
const SLOW_MILLISECONDS = 5;
/** Smaller arrays are found in time. */
const SMALL = 2048;

type Collect = (options: { readonly type: "minor" }) => void;

let taken = 0;
let budget = BUDGET;
let collect: Collect | null = null;

/** Counts memory that was taken for an array, and lets go of young arrays that are dead once that is worth it. */
export function tookMemory(bytes: number): void {
  if (bytes < SMALL) return;
  taken += bytes;
  if (taken < budget) return;
  taken = 0;
  collect ??= collector();
  const start = performance.now();
  collect({ type: "minor" });
  const isSlow = performance.now() - start > SLOW_MILLISECONDS;
  budget = isSlow ? Math.min(2 * budget, LONGEST) : BUDGET;
}

/** The engine's own function, which only contexts that are made under its flag have. */
function collector(): Collect {
  setFlagsFromString("--expose-gc");
  try {
    const found: unknown = runInNewContext("gc");
    return (options) => {
      if (typeof found === "function") found(options);
    };
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}
