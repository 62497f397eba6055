import { type DebugPrintable, type DebugPrintOptions, debugprint } from "../graph/debugprint.ts";
import { isTheanoFunction, type TheanoFunction } from "./executable.ts";

/**
 * A graph as indented text in Theano's format. A compiled function prints its optimized graph with positions in
 * execution order.
 */
export function debugprintAny(obj: DebugPrintable | TheanoFunction, options: DebugPrintOptions = {}): string {
  return debugprint(isTheanoFunction(obj) ? obj.fgraph : obj, options);
}
