/** Whether two programs of the same rows are better done together. */
import { hasProducts } from "./factors.ts";
import type { Access, Kernel, Statement } from "./ir.ts";
import { accessesOf, scaleAlong, scatters } from "./walk.ts";

/** More buffers than this are not joined: their addresses would fill the registers. */
const MAX_BUFFERS = 32;
/** Nor more statements: compilers take long over them. */
const MAX_STATEMENTS = 64;

/** Whether two kernels over the same rows are worth joining, and lose nothing by it. */
export function paysAsRows(first: Kernel, second: Kernel): boolean {
  if (first.buffers.length + second.buffers.length > MAX_BUFFERS) return false;
  if (countStatements(first.body) + countStatements(second.body) > MAX_STATEMENTS) return false;
  const both = [first, second];
  // Products have forms of their own, and so have reductions of columns; who adds at positions goes in order.
  if (both.some((kernel) => hasProducts(kernel.body) || isOfColumns(kernel) || scatters(kernel.body))) return false;
  return both.some(({ body }) => hasReduction(body));
}

function countStatements(body: readonly Statement[]): number {
  return body.reduce(
    (sum, statement) =>
      sum + 1 + (statement.kind === "loop" || statement.kind === "reduce" ? countStatements(statement.body) : 0),
    0,
  );
}

function hasReduction(body: readonly Statement[]): boolean {
  return body.some(
    (statement) => statement.kind === "reduce" || (statement.kind === "loop" && hasReduction(statement.body)),
  );
}

/** Whether the outermost loop walks along the last dimension of an array of several. */
function isOfColumns({ body }: Kernel): boolean {
  const [loop] = body;
  if (loop?.kind !== "loop") return false;
  const isAlong = ({ index }: Access): boolean => {
    const last = index.at(-1);
    return index.length > 1 && last !== undefined && scaleAlong(last, loop.axis) !== 0;
  };
  return accessesOf(body).some(isAlong);
}
