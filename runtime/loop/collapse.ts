/**
 * Merging axes: where neighbouring axes always run together, a kernel has a form with one axis in their place. It serves
 * the calls whose arrays lie densely along them; a dense elementwise kernel becomes a single flat loop.
 */
import type { Access, Axis, Kernel, Statement, Subscript } from "./ir.ts";
import { accessesOf, axisValuesOf, isPlainlyIndexed, mapAccesses, scaleAlong } from "./walk.ts";

/** What a kernel reads of an array. */
export interface ArrayView<Data> {
  readonly data: Data;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/**
 * A kernel with merged axes, and how arrays are seen through it. The lengths of an array that is not read do not take
 * part, so that a call's lengths must be checked against the kernel as it was.
 */
export interface Collapsed {
  readonly kernel: Kernel;
  /** The arrays as the merged kernel takes them, or null when one does not lie densely along merged dimensions. */
  view<Data>(arrays: readonly ArrayView<Data>[]): ArrayView<Data>[] | null;
}

/** The kernel with all axes merged that can be, or null when there are none. */
export function collapse(kernel: Kernel): Collapsed | null {
  if (!isPlainlyIndexed(kernel.body)) return null;
  const accesses = accessesOf(kernel.body);
  const orders = axisOrders(kernel.body);
  const counted = axisValuesOf(kernel.body);
  const groups: Axis[][] = [];
  for (const axis of kernel.axes) {
    const group = groups.at(-1);
    const previous = group?.at(-1);
    const free = previous !== undefined && !counted.has(previous.name) && !counted.has(axis.name);
    if (group !== undefined && free && mergeable(previous, axis, accesses, orders)) group.push(axis);
    else groups.push([axis]);
  }
  if (groups.length === kernel.axes.length) return null;

  const merged = new Set(groups.flatMap((group) => group.slice(1).map((axis) => axis.name)));
  const inner = new Map(groups.flatMap((group) => group.map((axis, i) => [axis.name, group[i + 1]?.name])));
  const dimensions = kernel.buffers.map((_, buffer) => dimensionGroups(accesses, buffer, inner));
  const placeOf = (buffer: number, dim: number): number => dimensions[buffer].findIndex((dims) => dims.includes(dim));
  return {
    kernel: {
      name: kernel.name,
      buffers: kernel.buffers.map((buffer, i) => ({ ...buffer, ndim: dimensions[i].length })),
      axes: groups.map(([first]) => ({
        name: first.name,
        extent: first.extent
          .map(({ buffer, dim }) => ({ buffer, dim: placeOf(buffer, dim) }))
          .filter(({ dim }) => dim >= 0),
      })),
      body: mapAccesses(dropAxes(kernel.body, merged), ({ buffer, index }) => ({
        buffer,
        index: dimensions[buffer].map(([first]) => index[first]),
      })),
    },
    view: (arrays) => viewAll(arrays, dimensions),
  };
}

/** The axes of each loop nest and of each reduction, from the outside in. */
function axisOrders(body: readonly Statement[]): string[][] {
  const orders: string[][] = [];
  const walk = (statements: readonly Statement[], nest: readonly string[]): void => {
    for (const statement of statements) {
      if (statement.kind === "loop") {
        const nested = [...nest, statement.axis];
        if (statement.body.length === 1 && statement.body[0].kind === "loop") walk(statement.body, nested);
        else {
          orders.push(nested);
          walk(statement.body, []);
        }
      } else if (statement.kind === "reduce") {
        orders.push([...statement.axes]);
        walk(statement.body, []);
      }
    }
  };
  walk(body, []);
  return orders;
}

/** Whether `b` directly follows `a` wherever either is used, in loops and in subscripts, and both are bound alike. */
function mergeable(a: Axis, b: Axis, accesses: readonly Access[], orders: readonly string[][]): boolean {
  const sameBuffers =
    a.extent.length === b.extent.length &&
    a.extent.every((ref, i) => ref.buffer === b.extent[i].buffer && ref.dim + 1 === b.extent[i].dim);
  const adjacentLoops = orders.every((order) => {
    const at = order.indexOf(a.name);
    return at < 0 ? !order.includes(b.name) : order[at + 1] === b.name;
  });
  const bound = new Set(a.extent.map(({ buffer }) => buffer));
  const adjacentSubscripts = accesses.every(({ buffer, index }) => {
    const first = index.findIndex((subscript) => scaleAlong(subscript, a.name) !== 0);
    const second = index.findIndex((subscript) => scaleAlong(subscript, b.name) !== 0);
    // Where one access of a buffer walks its dimensions as one, all must.
    if (first < 0 || second < 0) return first === second && !bound.has(buffer);
    return first + 1 === second && isPlain(index[first], a.name) && isPlain(index[second], b.name);
  });
  return sameBuffers && adjacentLoops && adjacentSubscripts;
}

/** Whether the subscript is the axis itself. */
function isPlain({ terms, offset, lengths }: Subscript, axis: string): boolean {
  return offset === 0 && lengths === undefined && terms.length === 1 && terms[0].axis === axis && terms[0].scale === 1;
}

/** The dimensions of a buffer, merged ones together: those whose axis is merged into that of the one before. */
function dimensionGroups(
  accesses: readonly Access[],
  buffer: number,
  inner: ReadonlyMap<string, string | undefined>,
): number[][] {
  const index = accesses.find((access) => access.buffer === buffer)?.index ?? [];
  const groups: number[][] = [];
  index.forEach(({ terms }, dim) => {
    const before = dim > 0 ? index[dim - 1].terms : [];
    const continues = before.length === 1 && terms.length === 1 && inner.get(before[0].axis) === terms[0].axis;
    if (continues) groups[groups.length - 1].push(dim);
    else groups.push([dim]);
  });
  return groups;
}

function dropAxes(body: readonly Statement[], dropped: ReadonlySet<string>): readonly Statement[] {
  return body.flatMap((statement): readonly Statement[] => {
    if (statement.kind === "loop") {
      const inner = dropAxes(statement.body, dropped);
      return dropped.has(statement.axis) ? inner : [{ ...statement, body: inner }];
    }
    if (statement.kind === "reduce") {
      const axes = statement.axes.filter((axis) => !dropped.has(axis));
      return [{ ...statement, axes, body: dropAxes(statement.body, dropped) }];
    }
    return [statement];
  });
}

function viewAll<Data>(
  arrays: readonly ArrayView<Data>[],
  dimensions: readonly (readonly number[][])[],
): ArrayView<Data>[] | null {
  const views: ArrayView<Data>[] = [];
  for (const [i, { data, offset, shape, strides }] of arrays.entries()) {
    const lengths: number[] = [];
    const steps: number[] = [];
    for (const dims of dimensions[i]) {
      const step = mergedStride(shape, strides, dims);
      if (step === null) return null;
      lengths.push(dims.reduce((length, dim) => length * shape[dim], 1));
      steps.push(step);
    }
    views.push({ data, offset, shape: lengths, strides: steps });
  }
  return views;
}

/** The stride that walks several dimensions as one, or null when there is none. Dimensions of length 1 do not matter. */
function mergedStride(shape: readonly number[], strides: readonly number[], dims: readonly number[]): number | null {
  let stride: number | null = null;
  let expected = 0;
  for (const dim of dims.toReversed()) {
    if (shape[dim] === 1) continue;
    if (stride === null) stride = strides[dim];
    else if (strides[dim] !== expected) return null;
    expected = strides[dim] * shape[dim];
  }
  return stride ?? 0;
}
