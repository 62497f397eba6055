/** What all random streams have in common: draws whose states are shared variables with default updates. */

import type { SharedVariable } from "../../graph/shared.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";

/** A generator's state and its value after the draw. */
export type StateUpdate = readonly [state: SharedVariable, next: Variable];

/** The states of the draws that a collection of streams has made. */
export class StateRegister {
  readonly #updates: StateUpdate[] = [];
  readonly #states = new WeakMap<TensorVariable, SharedVariable>();

  /** Registers a draw; every function that uses it moves the state on, unless told otherwise. */
  add(sample: TensorVariable, state: SharedVariable, next: Variable): void {
    state.defaultUpdate = next;
    this.#updates.push([state, next]);
    this.#states.set(sample, state);
  }

  /** Lets what was computed from a draw be asked for the draw's state. */
  alias(sample: TensorVariable, draw: TensorVariable): void {
    this.#states.set(sample, this.stateOf(draw));
  }

  /** In the order of the draws. */
  get updates(): readonly StateUpdate[] {
    return this.#updates;
  }

  /**
   * The state that a draw is made from.
   * @throws TypeError for a variable that is no draw of these streams.
   */
  stateOf(sample: TensorVariable): SharedVariable {
    const state = this.#states.get(sample);
    if (state === undefined) throw new TypeError(`${sample} is no draw of these random streams.`);
    return state;
  }
}
