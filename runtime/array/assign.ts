/** Writing one array into another: what indexed assignment and joining are made of. */
import type { NDArray } from "./ndarray.ts";
import { transfer } from "./transfer.ts";

/**
 * Writes `source`, stretched to the shape of `target` and converted to its dtype, into the elements of `target`; with
 * `add` it is added to what is there. Where elements of `target` share their place, the last one in row-major order wins.
 * @throws ValueError when `source` does not stretch to that shape.
 */
export function assign(target: NDArray, source: NDArray, mode: "set" | "add" = "set"): void {
  transfer(target.shape, target, source.astype(target.dtype).broadcastTo(target.shape), mode);
}
