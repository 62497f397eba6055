/** NanGuardMode: stops a function at the first NaN, infinity or very large value. */
import { isFloat } from "../array/dtype.ts";
import type { NDArray } from "../array/ndarray.ts";
import { AssertionError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import type { Apply } from "../graph/apply.ts";
import { debugprint } from "../graph/debugprint.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { nodeReport } from "../link/report.ts";
import type { Tracer } from "../link/trace.ts";

/** What counts as an error; left out or null: the `NanGuardMode.*` flags, read at each call. */
export interface NanGuardOptions {
  readonly nanIsError?: boolean | null;
  readonly infIsError?: boolean | null;
  readonly bigIsError?: boolean | null;
}

export const NAN_GUARD_DEFAULTS: NanGuardOptions = { nanIsError: null, infIsError: null, bigIsError: null };

/** Absolute values above this are "big" (Theano 1.0.5, `compile.nanguardmode`). */
const BIG = 1e10;

/** The lines Theano prints for what is wrong with a value; none when it is fine. */
function findings(value: NDArray, options: NanGuardOptions): readonly string[] {
  if (!isFloat(value.dtype) || value.size === 0) return [];
  const { nanCount, infCount } = value.summary();
  const found: string[] = [];
  if ((options.nanIsError ?? config.NanGuardMode.nan_is_error) && nanCount > 0) found.push("NaN detected");
  if ((options.infIsError ?? config.NanGuardMode.inf_is_error) && infCount > 0) found.push("Inf detected");
  if ((options.bigIsError ?? config.NanGuardMode.big_is_error) && hasBig(value)) found.push("Big value detected");
  return found;
}

function hasBig(value: NDArray): boolean {
  for (const element of value.elements()) if (Math.abs(Number(element)) > BIG) return true;
  return false;
}

function react(message: string): void {
  switch (config.NanGuardMode.action) {
    case "raise":
    case "pdb":
      throw new AssertionError(message);
    case "warn":
      console.error(message);
  }
}

/** Checks every node's outputs as they come. */
export function nanGuardTracer(fgraph: FunctionGraph, options: NanGuardOptions): Tracer {
  return {
    now: () => 0,
    ran(index, { node }, inputs, outputs) {
      outputs.forEach((value, i) => {
        if (node.outputs[i].tag.nanGuardModeCheck === false) return;
        const found = findings(value, options);
        if (found.length > 0)
          react(`${found.join("\n")}\n${nodeText(node)}${nodeReport({ node, index, inputs, fgraph, values: null })}`);
      });
    },
  };
}

function nodeText(node: Apply): string {
  return `NanGuardMode found an error in the output of a node in this variable:\n${debugprint(node)}\n`;
}

/** Checks the graph's inputs and constants before a call. */
export function checkNanGuardInputs(fgraph: FunctionGraph, values: readonly NDArray[], options: NanGuardOptions): void {
  fgraph.inputs.forEach((variable, i) => {
    checkInput(variable, values[i], options);
  });
  for (const node of fgraph.nodes)
    for (const input of node.inputs) if (input instanceof TensorConstant) checkInput(input, input.value, options);
}

function checkInput(variable: Variable, value: NDArray, options: NanGuardOptions): void {
  if (variable.tag.nanGuardModeCheck === false) return;
  const found = findings(value, options);
  if (found.length === 0) return;
  const trace = variable.origin.traceback();
  const created = trace === "" ? "" : ` \nBacktrace when that variable is created:\n\n${trace}`;
  react(`${found.join("\n")}\nNanGuardMode found an error in an input of the graph: ${variable}.\n${created}`);
}
