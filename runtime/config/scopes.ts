/**
 * Temporary changes that are undone however the code between ends, also when it is cut off: stopping a cell terminates
 * JavaScript without running any `finally`.
 */
export class Scopes {
  /** Scopes whose code has not come back, the outermost first. */
  readonly #open: Scope[] = [];

  /**
   * Runs `code`, which records how to undo what it does, and undoes it when the code has returned, thrown, or when the
   * promise that it returned has settled.
   */
  run(code: (undo: Undo) => unknown): unknown {
    // Once the event loop turns, code that has neither returned nor thrown never will.
    const scope: Scope = { steps: [], cutOff: setImmediate(() => this.#unwind(scope)) };
    this.#open.push(scope);
    let result: unknown;
    try {
      result = code((step) => scope.steps.push(step));
    } catch (error) {
      this.#unwind(scope);
      throw error;
    }
    if (result instanceof Promise) {
      this.#leave(scope);
      return result.finally(() => undo(scope));
    }
    this.#unwind(scope);
    return result;
  }

  /** Undoes a scope, and before it those that were opened inside it and cut off with it. */
  #unwind(scope: Scope): void {
    const at = this.#open.indexOf(scope);
    if (at < 0) return;
    for (const inner of this.#open.splice(at).reverse()) {
      clearImmediate(inner.cutOff);
      undo(inner);
    }
  }

  #leave(scope: Scope): void {
    clearImmediate(scope.cutOff);
    this.#open.splice(this.#open.indexOf(scope), 1);
  }
}

/** Records a step that takes a change back. */
export type Undo = (step: () => void) => void;

interface Scope {
  readonly steps: (() => void)[];
  readonly cutOff: NodeJS.Immediate;
}

function undo(scope: Scope): void {
  for (const step of scope.steps.splice(0).reverse()) step();
}
