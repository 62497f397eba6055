/**
 * Fusion of kernels: what computes elements one by one moves into what reads them, so that they are never stored. The
 * reader may be elementwise, a reduction or a program of rows.
 */
import { isLeaf, mapLeaves } from "../scalar/expr.ts";
import type { Access, Axis, AxisValue, Buffer, DimRef, Expr, Kernel, Load, Local, Statement, Subscript } from "./ir.ts";
import { expressionsOf, hasPosition, isPlainlyIndexed, leavesOf, loadsOf } from "./walk.ts";

/** A kernel that stores one element in each step of a nest of loops. */
interface Elementwise {
  /** The axes of the output's dimensions. */
  readonly axes: readonly string[];
  readonly lets: readonly Extract<Statement, { kind: "let" }>[];
  readonly value: Expr;
}

/** Expressions of more ops than this are not made; compilers take long over them. */
const MAX_OPS = 256;
/** Nor kernels of more buffers: their addresses would fill the registers. */
const MAX_BUFFERS = 32;
/** What is worth computing again rather than storing: so many ops without a function among them. */
const CHEAP = 3;

/** Ops that take about as long as a load. */
const QUICK: ReadonlySet<string> = new Set(["add", "sub", "mul", "neg", "sqr", "switch", "identity", "second"]);

/**
 * `consumer` with what `producer` computes in the place of its input number `buffer`: inputs are those of the consumer
 * without that one, then those of the producer. Null where the producer is not elementwise, or where its elements would be
 * computed several times although that takes longer than storing them.
 */
export function inlineProducer(consumer: Kernel, buffer: number, producer: Kernel): Kernel | null {
  if (consumer.buffers.length + producer.buffers.length > MAX_BUFFERS) return null;
  if (!isPlainlyIndexed(consumer.body) || !isPlainlyIndexed(producer.body)) return null;
  if (countOps(consumer.body) + countOps(producer.body) > MAX_OPS) return null;
  const elementwise = elementwiseOf(producer);
  if (elementwise === null || !pays(consumer, buffer, elementwise)) return null;
  const inputs = consumer.buffers.filter(({ access }) => access === "in").length;
  const added = producer.buffers.length - 1;
  /** Where the consumer's and the producer's buffers are in the new kernel. */
  const ofConsumer = (old: number): number => (old < buffer ? old : old < inputs ? old - 1 : old - 1 + added);
  const ofProducer = (old: number): number => inputs - 1 + old;
  const axes = rebind(consumer, buffer, producer, elementwise, ofConsumer, ofProducer);
  if (axes === null) return null;
  const inliner = new Inliner(buffer, elementwise, ofConsumer, ofProducer);
  const body = inliner.body(consumer.body, new Map());
  return {
    name: `${producer.name}_${consumer.name}`.slice(0, 60),
    buffers: buffersOf(consumer, buffer, producer, inputs),
    axes,
    body,
  };
}

function buffersOf(consumer: Kernel, buffer: number, producer: Kernel, inputs: number): readonly Buffer[] {
  const all = [
    ...consumer.buffers.slice(0, inputs).filter((_, i) => i !== buffer),
    ...producer.buffers.slice(0, -1),
    ...consumer.buffers.slice(inputs),
  ];
  return all.map((one, i) => ({ ...one, name: `${one.access}${i}` }));
}

/** The parts of an elementwise kernel of one output; null for others. */
function elementwiseOf({ buffers, body }: Kernel): Elementwise | null {
  if (buffers.filter(({ access }) => access === "out").length !== 1) return null;
  const axes: string[] = [];
  const lets: Extract<Statement, { kind: "let" }>[] = [];
  let last: Statement | undefined;
  for (let inner: readonly Statement[] = body; inner.length > 0; inner = last?.kind === "loop" ? last.body : []) {
    last = inner.at(-1);
    for (const statement of inner.slice(0, -1)) {
      if (statement.kind !== "let") return null;
      lets.push(statement);
    }
    if (last?.kind === "loop") axes.push(last.axis);
  }
  const store = last;
  if (store?.kind !== "store" || store.adds) return null;
  const { index } = store.access;
  const isPlain = index.length === axes.length && index.every((subscript, dim) => isAxis(subscript, axes[dim]));
  const usesAxes = [store.value, ...lets.map(({ value }) => value)].some((expr) =>
    leavesOf(expr).some(({ kind }) => kind === "axis"),
  );
  return isPlain && !usesAxes ? { axes, lets, value: store.value } : null;
}

function isAxis({ terms, offset, position }: Subscript, axis: string): boolean {
  return position === undefined && offset === 0 && terms.length === 1 && terms[0].axis === axis && terms[0].scale === 1;
}

/** Whether elements are computed about as often as they were stored, or are cheap. */
function pays(consumer: Kernel, buffer: number, { axes, lets, value }: Elementwise): boolean {
  const sites = readsOf(consumer.body, buffer, []);
  if (sites.length === 0 || sites.some(({ access }) => hasPosition(access))) return false;
  if (isProductOver(consumer.body, buffer)) return false;
  const once =
    sites.every(({ running }) => running.length <= axes.length) && distinct(sites.map(({ place }) => place)) === 1;
  return once || isCheapValue({ axes, lets, value });
}

/** Whether an elementwise kernel's values are worth computing again for each reader. */
export function isCheap(kernel: Kernel): boolean {
  const elementwise = elementwiseOf(kernel);
  return elementwise !== null && isCheapValue(elementwise);
}

function isCheapValue({ axes, lets, value }: Elementwise): boolean {
  const ops = opsAlong(value, axes.at(-1));
  return lets.length === 0 && ops.length <= CHEAP && ops.every((op) => QUICK.has(op));
}

/** The ops that are computed for each step of an axis; what does not depend on it goes before the loop. */
function opsAlong(expr: Expr, axis: string | undefined, seen = new Set<Expr>()): string[] {
  if (isLeaf(expr) || expr.kind === "const" || seen.has(expr) || !dependsOn(expr, axis)) return [];
  seen.add(expr);
  return [expr.op, ...expr.args.flatMap((arg) => opsAlong(arg, axis, seen))];
}

function dependsOn(expr: Expr, axis: string | undefined): boolean {
  return leavesOf(expr).some(
    (leaf) =>
      leaf.kind !== "load" ||
      leaf.access.index.some(
        ({ terms, position }) => position !== undefined || terms.some((term) => term.axis === axis),
      ),
  );
}

function distinct(values: readonly unknown[]): number {
  return new Set(values).size;
}

/** A statement that reads the buffer, and the axes that run around it. */
interface Site {
  readonly access: Access;
  readonly place: readonly Statement[];
  readonly running: readonly string[];
}

function readsOf(body: readonly Statement[], buffer: number, running: readonly string[]): Site[] {
  return body.flatMap((statement): Site[] => {
    const axes = statement.kind === "reduce" ? [...running, ...statement.axes] : running;
    // What stands in one list of statements is computed once for all of them; a reduction has a list of its own.
    const place = statement.kind === "reduce" ? statement.body : body;
    const own = loadsOf(expressionsOf(statement))
      .filter((access) => access.buffer === buffer)
      .map((access) => ({ access, place, running: axes }));
    if (statement.kind === "loop") return [...own, ...readsOf(statement.body, buffer, [...running, statement.axis])];
    return statement.kind === "reduce" ? [...own, ...readsOf(statement.body, buffer, axes)] : own;
  });
}

/** Whether the buffer is a factor of a sum of products inside of loops, each element of which is read many times. */
function isProductOver(body: readonly Statement[], buffer: number): boolean {
  return body.some((statement) => {
    if (statement.kind === "loop") return isProductOver(statement.body, buffer);
    if (statement.kind !== "reduce") return false;
    const loads = loadsOf(expressionsOf(statement));
    const axes = new Set(loads.flatMap(({ index }) => index.flatMap(({ terms }) => terms.map(({ axis }) => axis))));
    return loads.some((load) => {
      const own = new Set(load.index.flatMap(({ terms }) => terms.map(({ axis }) => axis)));
      return load.buffer === buffer && own.size < axes.size;
    });
  });
}

/** How many different applications the statements hold. */
function countOps(body: readonly Statement[]): number {
  const seen = new Set<Expr>();
  const visit = (expr: Expr): void => {
    if (isLeaf(expr) || expr.kind === "const" || seen.has(expr)) return;
    seen.add(expr);
    expr.args.forEach(visit);
  };
  const walk = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      expressionsOf(statement).forEach(visit);
      if (statement.kind === "loop" || statement.kind === "reduce") walk(statement.body);
    }
  };
  walk(body);
  return seen.size;
}

/** The consumer's axes, bound to the producer's inputs where they were bound to what it stored; null where nothing is left. */
function rebind(
  consumer: Kernel,
  buffer: number,
  producer: Kernel,
  { axes }: Elementwise,
  ofConsumer: (old: number) => number,
  ofProducer: (old: number) => number,
): readonly Axis[] | null {
  const output = producer.buffers.length - 1;
  const boundTo = (name: string): readonly DimRef[] =>
    (producer.axes.find((axis) => axis.name === name)?.extent ?? [])
      .filter((ref) => ref.buffer !== output)
      .map(({ buffer: old, dim }) => ({ buffer: ofProducer(old), dim }));
  const own = consumer.axes.map(({ name, extent }) => ({
    name,
    extent: extent.flatMap((ref): readonly DimRef[] =>
      ref.buffer === buffer ? boundTo(axes[ref.dim]) : [{ buffer: ofConsumer(ref.buffer), dim: ref.dim }],
    ),
  }));
  // Axes of positions do not run: they tell lengths.
  const lengths = producer.axes
    .filter(({ name }) => !axes.includes(name))
    .map(({ name }) => ({ name: `${name}_of_${ofProducer(0)}`, extent: boundTo(name) }));
  const all = [...own, ...lengths];
  return all.every(({ extent }) => extent.length > 0) ? all : null;
}

type Leaf = Load | Local | AxisValue;

/** Values that were inlined, by the access that they stand for; lists of statements inside see those of outer ones. */
type Inlined = Map<string, Expr>;

class Inliner {
  readonly #buffer: number;
  readonly #producer: Elementwise;
  readonly #ofConsumer: (old: number) => number;
  readonly #ofProducer: (old: number) => number;
  #count = 0;

  constructor(
    buffer: number,
    producer: Elementwise,
    ofConsumer: (old: number) => number,
    ofProducer: (old: number) => number,
  ) {
    this.#buffer = buffer;
    this.#producer = producer;
    this.#ofConsumer = ofConsumer;
    this.#ofProducer = ofProducer;
  }

  body(body: readonly Statement[], outer: Inlined): readonly Statement[] {
    const inlined = new Map(outer);
    return body.flatMap((statement): readonly Statement[] => {
      switch (statement.kind) {
        case "loop":
          return [{ ...statement, body: this.body(statement.body, inlined) }];
        case "reduce": {
          const inner = new Map(inlined);
          const before = this.body(statement.body, inner);
          const lets: Statement[] = [];
          const accumulators = statement.accumulators.map((one) => ({
            ...one,
            value: this.#expr(one.value, inner, lets),
          }));
          return [{ ...statement, body: [...before, ...lets], accumulators }];
        }
        case "let": {
          const lets: Statement[] = [];
          const value = this.#expr(statement.value, inlined, lets);
          return [...lets, { ...statement, value }];
        }
        case "store": {
          const lets: Statement[] = [];
          const value = this.#expr(statement.value, inlined, lets);
          return [...lets, { ...statement, value, access: this.#moved(statement.access) }];
        }
        default:
          return statement satisfies never;
      }
    });
  }

  #moved(access: Access): Access {
    return { ...access, buffer: this.#ofConsumer(access.buffer) };
  }

  /** The expression with the producer's in the place of its loads; `lets` take what has to be named before. */
  #expr(expr: Expr, inlined: Inlined, lets: Statement[]): Expr {
    const [mapped] = mapLeaves<Leaf, Leaf>([expr], (leaf) => {
      if (leaf.kind !== "load") return leaf;
      if (leaf.access.buffer !== this.#buffer) return { ...leaf, access: this.#moved(leaf.access) };
      return this.#value(leaf.access, inlined, lets);
    });
    return mapped;
  }

  #value({ index }: Access, inlined: Inlined, lets: Statement[]): Expr {
    const key = JSON.stringify(index);
    const known = inlined.get(key);
    if (known !== undefined) return known;
    const { axes, lets: named, value } = this.#producer;
    const places = new Map(axes.map((axis, dim) => [axis, index[dim]]));
    const names = new Map(named.map(({ name }) => [name, `${name}_${this.#ofProducer(0)}_${this.#count++}`]));
    for (const { name, value: given } of named)
      lets.push({ kind: "let", name: names.get(name) ?? name, value: this.#placed(given, places, names) });
    const placed = this.#placed(value, places, names);
    inlined.set(key, placed);
    return placed;
  }

  /** A producer's expression at a place of the consumer. */
  #placed(expr: Expr, places: ReadonlyMap<string, Subscript>, names: ReadonlyMap<string, string>): Expr {
    const [mapped] = mapLeaves<Leaf, Leaf>([expr], (leaf) => {
      if (leaf.kind === "local") return { ...leaf, name: names.get(leaf.name) ?? leaf.name };
      if (leaf.kind !== "load") return leaf;
      const index = leaf.access.index.map((subscript) => composed(subscript, places, names));
      return { ...leaf, access: { buffer: this.#ofProducer(leaf.access.buffer), index } };
    });
    return mapped;
  }
}

/** A subscript over the producer's axes as one over those of the places that stand for them. */
function composed(
  { terms, offset, position }: Subscript,
  places: ReadonlyMap<string, Subscript>,
  names: ReadonlyMap<string, string>,
): Subscript {
  if (position !== undefined) return { terms: [], offset: 0, position: names.get(position) ?? position };
  const scaled = new Map<string, number>();
  let start = offset;
  for (const { axis, scale } of terms) {
    const place = places.get(axis) ?? { terms: [], offset: 0 };
    start += scale * place.offset;
    for (const inner of place.terms) scaled.set(inner.axis, (scaled.get(inner.axis) ?? 0) + scale * inner.scale);
  }
  return { terms: [...scaled].map(([axis, scale]) => ({ axis, scale })), offset: start };
}
