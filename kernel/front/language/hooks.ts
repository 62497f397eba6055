/** How the text of a cell reaches what the engine offers it. */
import { KERNEL_SYMBOL } from "../../messages.ts";

/**
 * The engine's `CellHooks`, in a spelling that is JavaScript and TypeScript alike (its type is `any`) and that no
 * name of the user's can hide: the one name in it cannot be declared in a cell.
 */
export const HOOKS = `globalThis.Reflect.get(globalThis, globalThis.Symbol.for(${JSON.stringify(KERNEL_SYMBOL)}))`;
