/** Calls `done` when `body` has returned or thrown, or when the promise it returned has settled; gives back its result. */
export function finallyAfter<T>(body: () => T, done: () => void): T | Promise<Awaited<T>>;
export function finallyAfter(body: () => unknown, done: () => void): unknown {
  let result: unknown;
  try {
    result = body();
  } catch (error) {
    done();
    throw error;
  }
  if (result instanceof Promise) return result.finally(done);
  done();
  return result;
}
