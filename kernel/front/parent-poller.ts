/** Notices that the process which started the kernel has gone, so that no kernel outlives its server. */

const INTERVAL_MS = 1000;

/**
 * Calls `gone` once the parent has gone.
 * @param parent its process id, as Jupyter gives it in `JPY_PARENT_PID`.
 * @returns stops looking.
 */
export function watchParent(parent: number, gone: () => void): () => void {
  const isOurs = process.ppid === parent;
  const timer = setInterval(() => {
    // A dead parent that nobody has waited for still has its id, but its children have a new parent.
    if (isAlive(parent) && (!isOurs || process.ppid === parent)) return;
    clearInterval(timer);
    gone();
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
