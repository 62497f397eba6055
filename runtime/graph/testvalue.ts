/**
 * Test values: with the flag `compute_test_value` every node is run while the graph is built, on the values that users
 * pinned to its leaves (`x.tag.testValue`), so that what does not fit together is told at the user's line.
 */
import type { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import type { Apply } from "./apply.ts";
import { destroyedInputs } from "./destroy.ts";
import { evaluateNode } from "./evaluate.ts";
import { SharedVariable } from "./shared.ts";
import { TensorConstant, type Variable } from "./variable.ts";

/**
 * The test value of a variable: its own value where it has one, else what is pinned to it; null when there is none.
 * @throws TypeError when what is pinned does not fit the variable.
 */
export function testValueOf(variable: Variable): NDArray | null {
  if (variable instanceof TensorConstant) return variable.value;
  if (variable instanceof SharedVariable) return variable.getValue({ borrow: true });
  const { testValue } = variable.tag;
  if (testValue === undefined) return null;
  try {
    return variable.type.filter(testValue);
  } catch (error) {
    if (error instanceof TypeError)
      error.message = `For compute_test_value, one input test value does not have the requested type.\n${createdAt(variable)}\nThe error when converting the test value to that variable type:\n${error.message}`;
    throw error;
  }
}

/** Gives a variable that stands for values like another's its test value, in its own dtype. */
export function shareTestValue<V extends Variable>(variable: V, like: Variable): V {
  if (config.compute_test_value === "off") return variable;
  const value = testValueOf(like);
  if (value !== null) variable.tag.testValue = value.astype(variable.dtype);
  return variable;
}

/**
 * Runs a node on test values and pins the results to its outputs. Where one is missing, the flag says what to do.
 * @throws ValueError when one is missing and the flag is `raise` or `pdb`; and what the node throws.
 */
export function computeTestValues(node: Apply): void {
  const values = node.inputs.map((input) => testValueOf(input));
  const missing = values.indexOf(null);
  if (missing >= 0) {
    reportMissing(node, missing);
    return;
  }
  const destroyed = destroyedInputs(node.op);
  const inputs = values.filter((value) => value !== null);
  const results = evaluateNode(
    node,
    inputs.map((value, i) => (destroyed.includes(i) ? value.copy() : value)),
  );
  node.outputs.forEach((output, i) => {
    output.tag.testValue = results[i];
  });
}

function reportMissing(node: Apply, index: number): void {
  const input = node.inputs[index];
  const message = `Cannot compute test value: input ${index} (${input}) of Op ${node} missing default value`;
  switch (config.compute_test_value) {
    case "off":
    case "ignore":
      return;
    case "warn":
      process.emitWarning(`Warning, ${message}`, "UserWarning");
      return;
    case "raise":
    case "pdb":
      throw new ValueError(`${message}. ${createdAt(input)}`);
  }
}

function createdAt(variable: Variable): string {
  const trace = variable.origin.traceback();
  return trace === "" ? "" : ` \nBacktrace when that variable is created:\n\n${trace}`;
}
