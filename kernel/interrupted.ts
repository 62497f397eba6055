/** How a cell ends that the user interrupted: the name is Python's, because front ends know it. */
import { style } from "./codeframe.ts";
import type { CellError } from "./messages.ts";

export const INTERRUPT_NAME = "KeyboardInterrupt";
export const INTERRUPT_MESSAGE = "the cell was interrupted";

/** V8 cannot tell at which line it was made to stop, so there is no trace. */
export function interruptedError(): CellError {
  const text = `${style.error(INTERRUPT_NAME)}: ${INTERRUPT_MESSAGE}; all variables are kept`;
  return { ename: INTERRUPT_NAME, evalue: INTERRUPT_MESSAGE, traceback: [text] };
}
