/** Ends computations that do not end by themselves. */
import { createContext, runInContext } from "node:vm";

/** Far more than any case needs, in milliseconds. */
const LIMIT = 20_000;

/** The result, or null when it takes too long. */
export function withinTime<T>(compute: () => T): T | null {
  let result: { readonly value: T } | null = null;
  const run = (): void => {
    result = { value: compute() };
  };
  try {
    runInContext("run()", createContext({ run }), { timeout: LIMIT });
  } catch (thrown) {
    const isLate = thrown instanceof Error && "code" in thrown && thrown.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    if (!isLate) throw thrown;
  }
  return unwrapped(result);
}

function unwrapped<T>(result: { readonly value: T } | null): T | null {
  return result === null ? null : result.value;
}
