/** RandomFunction: draws from the state of a generator, and gives the state after the draw. */
import { assign } from "../../array/assign.ts";
import { isDiscrete } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import { Apply } from "../../graph/apply.ts";
import { DISCONNECTED, type NoGradient, Op } from "../../graph/op.ts";
import { TensorType } from "../../graph/type.ts";
import type { Variable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { subtensor } from "../subtensor.ts";
import { uint32s } from "./dense.ts";
import { DRAWS, type DrawName } from "./legacy.ts";
import { Mt19937, STATE_WORDS } from "./mt19937.ts";

/** The type of a generator's state: a uint32 vector, shown under Theano's name. */
export class RandomStateType extends TensorType {
  constructor() {
    super("uint32", [STATE_WORDS]);
  }

  override toString(): string {
    return "RandomStateType";
  }
}

/** The inputs are the state, the shape asked for (empty: that of the parameters) and the parameters. */
export class RandomFunction extends Op {
  readonly family = "RandomFunction";
  readonly key: string;
  readonly draw: DrawName;
  /** The type of what is drawn. */
  readonly type: TensorType;
  /** How many dimensions a draw has besides the shape asked for: 1 for permutations and multinomial counts. */
  readonly ndimAdded: number;
  /** Merging equal draws is right, computing one ahead of time is not. */
  override readonly foldable = false;
  /** Whether the new state takes the place of the old one. */
  readonly isInplace: boolean;
  override readonly destroys: Readonly<Record<number, number>>;

  constructor(draw: DrawName, type: TensorType, ndimAdded = 0, isInplace = false) {
    super();
    this.draw = draw;
    this.type = type;
    this.ndimAdded = ndimAdded;
    this.isInplace = isInplace;
    this.destroys = isInplace ? { 0: 0 } : {};
    this.key = `RandomFunction{${draw},${type.key},${ndimAdded}${isInplace ? ",inplace" : ""}}`;
  }

  /** `RandomFunction{uniform}`, also in place. */
  toString(): string {
    return `RandomFunction{${this.draw}}`;
  }

  /** @throws TypeError when the first input is no state, or the shape no vector of integers. */
  apply(state: Variable, size: Variable, ...parameters: readonly Variable[]): Apply {
    if (state.dtype !== "uint32" || state.ndim !== 1)
      throw new TypeError(
        `${this} draws from a generator's state, a uint32 vector as randomState(seed) gives it; got ${state} of type ${state.type}.`,
      );
    if (size.ndim !== 1 || !isDiscrete(size.dtype))
      throw new TypeError(`${this}: the shape must be a vector of integers, got ${size} of type ${size.type}.`);
    return new Apply(this, [state, size, ...parameters], [new RandomStateType(), this.type]);
  }

  override perform(_node: Apply, [state, size, ...parameters]: readonly NDArray[]): readonly NDArray[] {
    const source = new Mt19937(uint32s(state));
    const shape = size.size === 0 ? null : [...size.elements()].map(Number);
    if (shape?.some((length) => length < 0))
      throw new ValueError(`${this}: negative dimensions are not allowed, got shape ${pyTuple(shape)}.`);
    if (shape !== null && shape.length + this.ndimAdded !== this.type.ndim)
      throw new ValueError(
        `Shape mismatch: self.outtype.ndim (${this.type.ndim}) != len(shape) (${shape.length}) + self.ndim_added (${this.ndimAdded})`,
      );
    const drawn = DRAWS[this.draw](source, shape, parameters);
    const fitting = drawn.ndim === 0 ? drawn.reshape(this.type.shape.map(() => 1)) : drawn;
    const next = new NDArray(source.state, "uint32", [STATE_WORDS]);
    if (this.isInplace) assign(state, next, "set");
    return [this.isInplace ? state : next, fitting.astype(this.type.dtype)];
  }

  /** The state and the shape say nothing of how a sample changes; with respect to parameters nothing is defined. */
  override gradient(node: Apply): readonly NoGradient[] {
    const reason = "No gradient defined through raw random numbers op";
    return node.inputs.map((_, i) => (i < 2 ? DISCONNECTED : { kind: "undefined", reason }));
  }

  override inferShape(node: Apply, lengths: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    const [, size, first] = node.inputs;
    const asked = Array.from({ length: this.type.ndim - this.ndimAdded }, (_, i) => subtensor(size, i));
    return [lengths[0], this.ndimAdded === 0 ? asked : [...asked, lengths[3]?.at(-1) ?? cast(first, "int64")]];
  }
}
