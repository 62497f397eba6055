/** What a native program does with each node of a graph. */
import type { Apply } from "../../graph/apply.ts";
import type { Lowered } from "../../graph/op.ts";
import { TensorConstant, type Variable } from "../../graph/variable.ts";
import type { Kernel } from "../../loop/ir.ts";

export type Role =
  /** Follows from the shapes of arrays: computed once for each set of them. */
  | { readonly kind: "known" }
  /** Shows the memory of an input in another way, which follows from shapes. */
  | { readonly kind: "view" }
  /** A value stretched to a known shape, in memory of its own; or only the memory. */
  | { readonly kind: "alloc"; readonly isFilled: boolean }
  /** Runs as native code. */
  | { readonly kind: "kernel"; readonly lowered: Lowered }
  /** Runs as its own JavaScript, between native parts. */
  | { readonly kind: "host" };

const KNOWN: Role = { kind: "known" };
const VIEW: Role = { kind: "view" };
const HOST: Role = { kind: "host" };

/** The role of every node, in the order of execution. `takes` tells which kernels become native code. */
export function rolesOf(nodes: readonly Apply[], takes: (kernel: Kernel) => boolean): ReadonlyMap<Apply, Role> {
  const roles = new Map<Apply, Role>();
  for (const node of nodes) roles.set(node, roleOf(node, roles, takes));
  return roles;
}

/** Whether the value of a variable follows from shapes. */
export function isKnown(variable: Variable, roles: ReadonlyMap<Apply, Role>): boolean {
  if (variable instanceof TensorConstant) return true;
  return variable.owner !== null && roles.get(variable.owner)?.kind === "known";
}

function roleOf(node: Apply, roles: ReadonlyMap<Apply, Role>, takes: (kernel: Kernel) => boolean): Role {
  const { op, inputs, outputs } = node;
  if (!op.foldable || op.needs !== undefined || op.inner !== undefined) return HOST;
  if (op.family === "Shape_i" || op.family === "Shape") return KNOWN;
  const known = inputs.map((input) => isKnown(input, roles));
  if (inputs.length > 0 && known.every(Boolean) && outputs.every(isSmall)) return KNOWN;
  if (op.family === "Alloc" && known.slice(1).every(Boolean)) return { kind: "alloc", isFilled: true };
  if (op.family === "AllocEmpty" && known.every(Boolean)) return { kind: "alloc", isFilled: false };
  const viewed = Object.values(op.views);
  if (viewed.length > 0) {
    const isView = outputs.every((_, i) => op.views[i] !== undefined);
    return isView && inputs.every((_, i) => viewed.includes(i) || known[i]) ? VIEW : HOST;
  }
  const lowered = op.lower?.(node) ?? null;
  if (lowered === null || !takes(lowered.kernel)) return HOST;
  if (lowered.deciding?.some((input) => !known[input])) return HOST;
  return { kind: "kernel", lowered };
}

/** Whether a variable is a number, of any number of dimensions, or a list of numbers, such as lengths are. */
function isSmall({ ndim, type }: Variable): boolean {
  return ndim <= 1 || type.shape.every((length) => length === 1);
}
