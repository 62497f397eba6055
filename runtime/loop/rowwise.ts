/**
 * Programs of rows: two kernels whose outermost loops run over the same rows become one, in which what the first computes
 * for a row is a local for the second, and the row stays in the cache. An array without rows counts as one row.
 */
import { mapLeaves } from "../scalar/expr.ts";
import type { Access, Axis, AxisValue, Buffer, DimRef, Expr, Kernel, Load, Local, Statement, Subscript } from "./ir.ts";
import { accessesOf, isPlainlyIndexed } from "./walk.ts";

type Store = Extract<Statement, { kind: "store" }>;
type Leaf = Load | Local | AxisValue;

/** How the buffers of two kernels belong together. */
export interface RowLinks {
  /** For each buffer of the second kernel, the buffer of the first one that is the same array, an output perhaps; null: none. */
  readonly same: readonly (number | null)[];
  /** Whether others read an output of the first kernel, by its place among the outputs. */
  readonly keeps: readonly boolean[];
}

/**
 * One kernel that does what two did: its inputs are those of the first and those of the second that are not the same, its
 * outputs those of the first that are kept and those of the second. Null where the rows are not known to be the same,
 * where places are told by more than axes, or where the second kernel reads what the first one does not compute once for
 * a row.
 */
export function joinRows(first: Kernel, second: Kernel, links: RowLinks): Kernel | null {
  if (![first, second].every(({ body }) => isPlainlyIndexed(body))) return null;
  const [rows, otherRows] = [rowsOf(first), rowsOf(second)];
  if ((rows.axis === null) !== (otherRows.axis === null)) return null;
  const places = placeBuffers(first, second, links);
  const axes = unifyAxes(first, second, places);
  if (axes === null || (otherRows.axis !== null && axes.names.get(otherRows.axis) !== rows.axis)) return null;
  const values = new Map<number, Local>();
  const body = namedStores(rows, first, places, links, values);
  const rest =
    body === null ? null : new Reader(second, places, axes.names, values, namesIn(body)).read(otherRows.body);
  if (body === null || rest === null) return null;
  const all = [...body, ...rest];
  return {
    name: `${first.name}_${second.name}`.slice(0, 60),
    buffers: places.buffers,
    axes: axes.axes,
    body: rows.axis === null ? all : [{ kind: "loop", axis: rows.axis, body: all }],
  };
}

/** What is done for each row. */
interface Rows {
  /** null: there is one row, the whole array. */
  readonly axis: string | null;
  readonly body: readonly Statement[];
}

function rowsOf({ body }: Kernel): Rows {
  const [loop, another] = body;
  return loop?.kind === "loop" && another === undefined ? loop : { axis: null, body };
}

interface Places {
  readonly buffers: readonly Buffer[];
  /** Where buffers of the first and the second kernel are in the joint one; null: nowhere. */
  readonly ofFirst: readonly (number | null)[];
  readonly ofSecond: readonly (number | null)[];
  /** The buffers of the first kernel that the second reads as values of a row, by their places in the second. */
  readonly read: ReadonlyMap<number, number>;
}

function placeBuffers(first: Kernel, second: Kernel, { same, keeps }: RowLinks): Places {
  const firstInputs = countInputs(first);
  const chosen: Buffer[] = [];
  const ofFirst = new Array<number | null>(first.buffers.length).fill(null);
  const ofSecond = new Array<number | null>(second.buffers.length).fill(null);
  const read = new Map<number, number>();
  const add = (buffer: Buffer): number => chosen.push({ ...buffer, name: `${buffer.access}${chosen.length}` }) - 1;
  for (let i = 0; i < firstInputs; i++) ofFirst[i] = add(first.buffers[i]);
  for (let i = 0; i < countInputs(second); i++) {
    const known = same[i];
    if (known === null) ofSecond[i] = add(second.buffers[i]);
    else if (known < firstInputs) ofSecond[i] = ofFirst[known];
    else read.set(i, known);
  }
  for (let i = firstInputs; i < first.buffers.length; i++)
    if (keeps[i - firstInputs]) ofFirst[i] = add(first.buffers[i]);
  for (let i = countInputs(second); i < second.buffers.length; i++) ofSecond[i] = add(second.buffers[i]);
  return { buffers: chosen, ofFirst, ofSecond, read };
}

function countInputs({ buffers }: Kernel): number {
  return buffers.filter(({ access }) => access === "in").length;
}

/** Axes that are bound to a dimension of the same array are the same. Null where the length of one would be unknown. */
function unifyAxes(
  first: Kernel,
  second: Kernel,
  places: Places,
): { readonly axes: readonly Axis[]; readonly names: ReadonlyMap<string, string> } | null {
  // Dimensions by the first kernel's buffers; those of the second kernel's own ones come after.
  const key = ({ buffer, dim }: DimRef): string => `${buffer}.${dim}`;
  const inFirst = ({ buffer, dim }: DimRef): string => {
    const read = places.read.get(buffer);
    if (read !== undefined) return key({ buffer: read, dim });
    const place = places.ofSecond[buffer];
    const shared = place === null ? -1 : places.ofFirst.indexOf(place);
    return shared >= 0 ? key({ buffer: shared, dim }) : `own ${buffer}.${dim}`;
  };
  const taken = new Set<string>();
  const names = new Map<string, string>();
  for (const { name, extent } of second.axes) {
    const refs = new Set(extent.map(inFirst));
    const found = first.axes.find((axis) => !taken.has(axis.name) && axis.extent.some((ref) => refs.has(key(ref))));
    const fresh = freshName(name, new Set([...first.axes.map((axis) => axis.name), ...names.values()]));
    names.set(name, found?.name ?? fresh);
    if (found !== undefined) taken.add(found.name);
  }
  const extents = new Map<string, DimRef[]>();
  const bind = (name: string, extent: readonly DimRef[], place: readonly (number | null)[]): void => {
    const all = extents.get(name) ?? [];
    for (const { buffer, dim } of extent) {
      const at = place[buffer];
      if (at !== null && !all.some((ref) => ref.buffer === at && ref.dim === dim)) all.push({ buffer: at, dim });
    }
    extents.set(name, all);
  };
  for (const { name, extent } of first.axes) bind(name, extent, places.ofFirst);
  for (const { name, extent } of second.axes) bind(names.get(name) ?? name, extent, places.ofSecond);
  const axes = [...extents].map(([name, extent]) => ({ name, extent }));
  return axes.every(({ extent }) => extent.length > 0) ? { axes, names } : null;
}

function freshName(name: string, taken: ReadonlySet<string>): string {
  let fresh = name;
  for (let i = 1; taken.has(fresh); i++) fresh = `${name}_${i}`;
  return fresh;
}

function isPlain({ terms, offset, position }: Subscript, axis: string): boolean {
  return position === undefined && offset === 0 && terms.length === 1 && terms[0].axis === axis && terms[0].scale === 1;
}

/** Whether an access is one element for each row. */
function isOfRow({ index }: Access, row: string | null): boolean {
  const isFixed = ({ terms, offset, position }: Subscript): boolean =>
    terms.length === 0 && offset === 0 && position === undefined;
  if (row === null) return index.every(isFixed);
  const [first, ...rest] = index;
  return first !== undefined && isPlain(first, row) && rest.every(isFixed);
}

/** The first kernel's body with names for what the second reads, put into `values`; null where that is no value of a row. */
function namedStores(
  rows: Rows,
  first: Kernel,
  places: Places,
  links: RowLinks,
  values: Map<number, Local>,
): readonly Statement[] | null {
  const isRead = new Set(places.read.values());
  const outputs = new Set(accessesOf(first.body).flatMap(({ buffer }) => (isRead.has(buffer) ? [buffer] : [])));
  if (outputs.size !== isRead.size) return null;
  const statements = rows.body.flatMap((statement): readonly Statement[] => {
    if (statement.kind !== "store" || !isRead.has(statement.access.buffer)) return [statement];
    return nameStore(statement, rows.axis, values);
  });
  // What is dropped must have been named, and nothing may be written twice or inside of another loop.
  const stored = accessesOf(first.body).filter(({ buffer }) => isRead.has(buffer));
  if (values.size !== isRead.size || stored.length !== isRead.size) return null;
  const firstOutput = countInputs(first);
  const isDropped = (buffer: number): boolean => buffer >= firstOutput && !links.keeps[buffer - firstOutput];
  if (first.buffers.some((_, i) => isDropped(i) && !isRead.has(i))) return null;
  return statements.flatMap((statement): readonly Statement[] => {
    if (statement.kind === "store" && isDropped(statement.access.buffer)) return [];
    return [moved(statement, places.ofFirst)];
  });
}

function nameStore(store: Store, row: string | null, values: Map<number, Local>): readonly Statement[] {
  const { access, value, adds } = store;
  if (adds || !isOfRow(access, row)) return [store];
  if (value.kind === "local") {
    values.set(access.buffer, value);
    return [store];
  }
  const local: Local = { kind: "local", name: `row_${access.buffer}`, dtype: value.dtype };
  values.set(access.buffer, local);
  return [
    { kind: "let", name: local.name, value },
    { ...store, value: local },
  ];
}

/** The statement over the joint kernel's buffers. */
function moved(statement: Statement, place: readonly (number | null)[]): Statement {
  const access = (old: Access): Access => ({ ...old, buffer: place[old.buffer] ?? 0 });
  const expr = (old: Expr): Expr =>
    mapLeaves<Leaf, Leaf>([old], (leaf) => (leaf.kind === "load" ? { ...leaf, access: access(leaf.access) } : leaf))[0];
  switch (statement.kind) {
    case "loop":
      return { ...statement, body: statement.body.map((inner) => moved(inner, place)) };
    case "reduce":
      return {
        ...statement,
        body: statement.body.map((inner) => moved(inner, place)),
        accumulators: statement.accumulators.map((one) => ({ ...one, value: expr(one.value) })),
      };
    case "let":
      return { ...statement, value: expr(statement.value) };
    case "store":
      return { ...statement, access: access(statement.access), value: expr(statement.value) };
  }
}

function namesIn(body: readonly Statement[]): Set<string> {
  const names = (statement: Statement): readonly string[] => {
    if (statement.kind === "store") return [];
    if (statement.kind === "let") return [statement.name];
    const inner = statement.body.flatMap(names);
    return statement.kind === "loop" ? inner : [...statement.accumulators.map(({ name }) => name), ...inner];
  };
  return new Set(body.flatMap(names));
}

/** Takes the second kernel's statements over: other buffers, axes and names, and values of the row in the place of loads. */
class Reader {
  readonly #places: Places;
  readonly #axes: ReadonlyMap<string, string>;
  readonly #values: ReadonlyMap<number, Local>;
  readonly #names = new Map<string, string>();
  readonly #row: string | null;
  #isFine = true;

  constructor(
    second: Kernel,
    places: Places,
    axes: ReadonlyMap<string, string>,
    values: ReadonlyMap<number, Local>,
    taken: ReadonlySet<string>,
  ) {
    this.#places = places;
    this.#axes = axes;
    this.#values = values;
    this.#row = rowsOf(second).axis;
    const all = new Set(taken);
    for (const name of namesIn(second.body)) {
      const fresh = freshName(name, all);
      all.add(fresh);
      this.#names.set(name, fresh);
    }
  }

  read(body: readonly Statement[]): readonly Statement[] | null {
    const statements = body.map((statement) => this.#statement(statement));
    return this.#isFine ? statements : null;
  }

  #statement(statement: Statement): Statement {
    switch (statement.kind) {
      case "loop":
        return {
          ...statement,
          axis: this.#axis(statement.axis),
          body: statement.body.map((inner) => this.#statement(inner)),
        };
      case "reduce":
        return {
          ...statement,
          axes: statement.axes.map((axis) => this.#axis(axis)),
          body: statement.body.map((inner) => this.#statement(inner)),
          accumulators: statement.accumulators.map((one) => ({
            ...one,
            name: this.#name(one.name),
            value: this.#expr(one.value),
          })),
        };
      case "let":
        return { ...statement, name: this.#name(statement.name), value: this.#expr(statement.value) };
      case "store":
        return { ...statement, access: this.#access(statement.access), value: this.#expr(statement.value) };
    }
  }

  #axis(name: string): string {
    return this.#axes.get(name) ?? name;
  }

  #name(name: string): string {
    return this.#names.get(name) ?? name;
  }

  #access({ buffer, index }: Access): Access {
    return {
      buffer: this.#places.ofSecond[buffer] ?? 0,
      index: index.map(({ terms, offset, position }) => ({
        terms: terms.map(({ axis, scale }) => ({ axis: this.#axis(axis), scale })),
        offset,
        ...(position === undefined ? {} : { position: this.#name(position) }),
      })),
    };
  }

  #expr(expr: Expr): Expr {
    return mapLeaves<Leaf, Leaf>([expr], (leaf) => {
      switch (leaf.kind) {
        case "local":
          return { ...leaf, name: this.#name(leaf.name) };
        case "axis":
          return { ...leaf, axis: this.#axis(leaf.axis) };
        case "load":
          return this.#load(leaf);
      }
    })[0];
  }

  #load(load: Load): Leaf {
    const read = this.#places.read.get(load.access.buffer);
    if (read === undefined) return { ...load, access: this.#access(load.access) };
    const value = this.#values.get(read);
    if (value !== undefined && isOfRow(load.access, this.#row)) return value;
    this.#isFine = false;
    return load;
  }
}
