/**
 * Memory of large arrays that nobody holds any more. The engine looks for it only after a hundred megabytes or more, and
 * what is written meanwhile is cold memory, several times slower than what the caches still hold; the system's allocator
 * gives freed blocks back at once, and fetches them again page by page.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * So many bytes are taken before the engine is asked to look for dead arrays: less than what makes it look through all
 * objects, which takes a hundred times as long.
 */
const BUDGET = 2 ** 24;
/** Smaller arrays are found in time. */
const SMALL = 2048;

type Collect = (options: { readonly type: "minor" }) => void;

let taken = 0;
let collect: Collect | null = null;

/** Counts memory that was taken for an array, and lets go of young arrays that are dead once that is worth it. */
export function tookMemory(bytes: number): void {
  if (bytes < SMALL) return;
  taken += bytes;
  if (taken < BUDGET) return;
  taken = 0;
  collect ??= collector();
  collect({ type: "minor" });
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
