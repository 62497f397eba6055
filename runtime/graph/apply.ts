import { inspect } from "node:util";
import { config } from "../config/index.ts";
import type { Op } from "./op.ts";
import { captureOrigin, type Origin } from "./origin.ts";
import { computeTestValues } from "./testvalue.ts";
import type { TensorType } from "./type.ts";
import { TensorVariable, type Variable } from "./variable.ts";

/** The application of an op to variables; it owns its outputs. */
export class Apply {
  readonly op: Op;
  /** Changed only by the FunctionGraph that owns the node. */
  readonly inputs: Variable[];
  readonly outputs: readonly Variable[];
  /** The user's line; a rewrite's node takes over that of the node it replaced. */
  origin: Origin;

  constructor(
    op: Op,
    inputs: readonly Variable[],
    outputTypes: readonly TensorType[],
    origin: Origin = captureOrigin(),
    { isCopy = false }: { readonly isCopy?: boolean } = {},
  ) {
    this.op = op;
    this.inputs = [...inputs];
    this.origin = origin;
    this.outputs = outputTypes.map((type, index) => {
      const output = new TensorVariable(type, null, origin);
      output.owner = this;
      output.index = index;
      return output;
    });
    // A copy takes over what the original knows.
    if (!isCopy && config.compute_test_value !== "off") computeTestValues(this);
  }

  /** The only output. @throws Error when there are several. */
  get out(): Variable {
    if (this.outputs.length !== 1) throw new Error(`${this.op} has ${this.outputs.length} outputs, not one`);
    return this.outputs[0];
  }

  /** A node of the same op, types, names and origin over other inputs. */
  cloneWith(inputs: readonly Variable[]): Apply {
    const clone = new Apply(
      this.op,
      inputs,
      this.outputs.map((o) => o.type),
      this.origin,
      { isCopy: true },
    );
    clone.outputs.forEach((output, i) => {
      output.name = this.outputs[i].name;
      Object.assign(output.tag, this.outputs[i].tag);
    });
    return clone;
  }

  /** `Elemwise{add,no_inplace}(x, y)`. */
  toString(): string {
    return `${this.op}(${this.inputs.join(", ")})`;
  }

  /** What serializers write, such as those of test runners, which find nodes on errors: not all of the graph. */
  toJSON(): string {
    return this.toString();
  }

  /** What `console.log` prints. */
  [inspect.custom](): string {
    return this.toString();
  }
}
