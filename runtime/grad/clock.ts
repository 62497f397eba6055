/** How long differentiation has taken in this process, which profiles show. */

let seconds = 0;
let depth = 0;

/** Seconds spent in `grad` since the library was loaded. */
export function gradSeconds(): number {
  return seconds;
}

/** Runs `differentiate` and counts the time it takes; calls inside of others count once. */
export function countedAsGrad<T>(differentiate: () => T): T {
  const start = performance.now();
  depth += 1;
  try {
    return differentiate();
  } finally {
    depth -= 1;
    if (depth === 0) seconds += (performance.now() - start) / 1000;
  }
}
