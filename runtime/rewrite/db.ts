/**
 * The rewrite database: rewrites registered under names and tags, and queries that select some of them. Names, tags,
 * positions and rules of selection are those of Theano 1.0.5, since people write them into flags and files.
 */
import { inspect } from "node:util";
import { KeyError, ValueError } from "../base/errors.ts";
import { pyList, pyQuote } from "../base/python.ts";
import { config } from "../config/index.ts";
import { didYouMean, nearest } from "../config/suggest.ts";
import { equilibriumPass, type WalkOptions, walkPass } from "./passes.ts";
import { type GraphRewrite, graphRewrite, type NodeRewrite, type Rewrite } from "./rewrite.ts";

/** A rewrite to run at a position of the top-level sequence, besides those that the tags select. */
export interface ExtraRewrite {
  readonly rewrite: Rewrite;
  readonly position: number;
}

export interface QueryParts {
  readonly include?: Iterable<string>;
  readonly exclude?: Iterable<string>;
  readonly require?: Iterable<string>;
  /** Other queries for sub-databases, by name. */
  readonly subquery?: ReadonlyMap<string, Query>;
  /** Passes at this position or later are left out; by default the flag `optdb.position_cutoff`. */
  readonly positionCutoff?: number;
  readonly extra?: readonly ExtraRewrite[];
}

/**
 * Which rewrites to run: the union of the included tags, of that what has every required tag, without the excluded
 * ones. Immutable: `including` and its sisters give changed copies.
 */
export class Query {
  readonly include: ReadonlySet<string>;
  readonly exclude: ReadonlySet<string>;
  readonly require: ReadonlySet<string>;
  readonly subquery: ReadonlyMap<string, Query>;
  readonly positionCutoff: number;
  readonly extra: readonly ExtraRewrite[];

  constructor(parts: QueryParts = {}) {
    this.include = new Set(parts.include);
    this.exclude = new Set(parts.exclude);
    this.require = new Set(parts.require);
    this.subquery = parts.subquery ?? new Map();
    this.positionCutoff = parts.positionCutoff ?? config.optdb.position_cutoff;
    this.extra = parts.extra ?? [];
  }

  including(...tags: readonly string[]): Query {
    return new Query({ ...this, include: [...this.include, ...tags] });
  }

  excluding(...tags: readonly string[]): Query {
    return new Query({ ...this, exclude: [...this.exclude, ...tags] });
  }

  requiring(...tags: readonly string[]): Query {
    return new Query({ ...this, require: [...this.require, ...tags] });
  }

  /** Adds rewrites at positions of the top-level sequence. */
  register(...extra: readonly ExtraRewrite[]): Query {
    return new Query({ ...this, extra: [...this.extra, ...extra] });
  }

  /** Whether the tags of an entry are selected. */
  selects(tags: ReadonlySet<string>): boolean {
    const has = (tag: string): boolean => tags.has(tag);
    return [...this.include].some(has) && [...this.require].every(has) && ![...this.exclude].some(has);
  }

  /** `Query{inc=OrderedSet(['fast_run']),ex=OrderedSet(),…}`. */
  toString(): string {
    const subqueries = [...this.subquery].map(([name, query]) => `${pyQuote(name)}: ${query}`);
    const extra = this.extra.map(({ rewrite, position }) => `(${rewrite.name}, ${position})`);
    const cutoff = Number.isFinite(this.positionCutoff) ? this.positionCutoff.toFixed(6) : "inf";
    return `Query{inc=${setText(this.include)},ex=${setText(this.exclude)},require=${setText(this.require)},subquery={${subqueries.join(", ")}},position_cutoff=${cutoff},extra_opts=${pyList(extra)}}`;
  }
}

function setText(tags: ReadonlySet<string>): string {
  return `OrderedSet(${tags.size === 0 ? "" : pyList([...tags].map(pyQuote))})`;
}

/** The queries that have a name, as in `config.optimizer`. */
const OPTIMIZERS: ReadonlyMap<string, () => Query> = new Map([
  ["None", () => new Query()],
  ["merge", () => new Query({ include: ["merge"] })],
  ["fast_compile", () => new Query({ include: ["fast_compile"] })],
  ["fast_run", () => new Query({ include: ["fast_run"] })],
  ["o1", () => new Query({ include: ["fast_compile"] })],
  ["o2", () => new Query({ include: ["fast_compile", "fusion"] })],
  ["o3", () => new Query({ include: ["fast_run"], exclude: ["inplace"] })],
  ["o4", () => new Query({ include: ["fast_run"] })],
  ["unsafe", () => new Query({ include: ["fast_run", "unsafe"], exclude: ["inplace"] })],
  ["stabilize", () => new Query({ include: ["fast_run"], positionCutoff: 1.5000001 })],
]);

/** The names of the predefined optimizers. */
export const OPTIMIZER_NAMES: readonly string[] = [...OPTIMIZERS.keys()];

/** @throws KeyError for an unknown name. */
export function optimizerNamed(name: string): Query {
  const make = OPTIMIZERS.get(name);
  if (make !== undefined) return make();
  throw new KeyError(
    `No optimizer has the name ${pyQuote(name)}. The names are ${OPTIMIZER_NAMES.join(", ")}.${didYouMean(nearest(name, OPTIMIZER_NAMES))}`,
  );
}

interface Entry<T> {
  readonly name: string;
  readonly value: T;
  readonly tags: ReadonlySet<string>;
}

/** Things under names and tags; a name is a tag of its own, and so is the name of the database. */
abstract class Database<T> {
  readonly name: string;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #tags = new Set<string>();
  /** What queries of these tags found. */
  readonly #selections = new Map<string, readonly T[]>();

  constructor(name: string) {
    this.name = name;
  }

  /** The names registered, in order. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** @throws KeyError when nothing has the name. */
  get(name: string): T {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry.value;
    throw new KeyError(
      `Nothing is registered as ${pyQuote(name)} in the rewrite database ${pyQuote(this.name)}.${didYouMean(nearest(name, this.names))}`,
    );
  }

  /** @throws ValueError when the name is taken. */
  protected add(name: string, value: T, tags: readonly string[]): void {
    if (this.#entries.has(name) || this.#tags.has(name))
      throw new ValueError(
        `The name of the object cannot be an existing tag or the name of another existing object: ${pyQuote(name)} in the rewrite database ${pyQuote(this.name)}.`,
      );
    const taken = tags.find((tag) => this.#entries.has(tag));
    if (taken !== undefined)
      throw new ValueError(
        `The tag ${pyQuote(taken)} of ${pyQuote(name)} is the name of another object in the rewrite database ${pyQuote(this.name)}.`,
      );
    this.#entries.set(name, { name, value, tags: new Set([name, this.name, ...tags]) });
    for (const tag of tags) this.#tags.add(tag);
    this.#selections.clear();
  }

  /** Adds tags to what is registered, so that queries find it under them. @throws KeyError for an unknown name. */
  addTags(name: string, ...tags: readonly string[]): void {
    const value = this.get(name);
    const known = this.#entries.get(name)?.tags ?? [];
    this.#entries.set(name, { name, value, tags: new Set([...known, ...tags]) });
    this.#selections.clear();
  }

  /** What the query's tags select; the same list as long as nothing is registered. */
  protected selected(query: Query): readonly T[] {
    const tags = JSON.stringify([query.include, query.exclude, query.require].map((some) => [...some]));
    const known = this.#selections.get(tags);
    if (known !== undefined) return known;
    const selected = [...this.#entries.values()].filter((entry) => query.selects(entry.tags)).map(({ value }) => value);
    this.#selections.set(tags, selected);
    return selected;
  }
}

/** @throws TypeError for what is neither a rewrite nor a database. */
function checked<T extends Rewrite | Queryable>(name: string, value: T): T {
  if (typeof value === "object" && value !== null && ("kind" in value || "query" in value)) return value;
  throw new TypeError(
    `Object cannot be registered in a rewrite database under the name ${pyQuote(name)}: ${inspect(value, { depth: 0 })}. nodeRewrite, graphRewrite and pattern make rewrites.`,
  );
}

/** What a query turns into a pass. */
export interface Queryable {
  query(query: Query): GraphRewrite;
}

/** Rewrites of nodes, repeated with others until nothing changes; Theano's `EquilibriumDB`. */
export class EquilibriumDatabase extends Database<EquilibriumMember> implements Queryable {
  readonly #visitsNewNodes: boolean;
  /** Passes that were made of selections; they keep which rewrites look at which op. */
  readonly #passes = new WeakMap<readonly EquilibriumMember[], GraphRewrite>();

  constructor(name: string, options: { readonly visitsNewNodes: boolean }) {
    super(name);
    this.#visitsNewNodes = options.visitsNewNodes;
  }

  /**
   * Adds a rewrite; a pass runs at the start of every round.
   * @throws ValueError when the name is taken; TypeError for what is no rewrite.
   */
  register(name: string, rewrite: Rewrite, ...tags: readonly string[]): void {
    this.add(name, { role: "round", rewrite: checked(name, rewrite) }, tags);
  }

  /** Adds a pass that runs at the end of every round. */
  registerFinal(name: string, rewrite: GraphRewrite, ...tags: readonly string[]): void {
    this.add(name, { role: "final", rewrite: checked(name, rewrite) }, tags);
  }

  /** Adds a pass that tidies up after the others. */
  registerCleanup(name: string, rewrite: GraphRewrite, ...tags: readonly string[]): void {
    this.add(name, { role: "cleanup", rewrite: checked(name, rewrite) }, tags);
  }

  query(query: Query): GraphRewrite {
    const members = this.selected(query);
    const known = this.#passes.get(members);
    if (known !== undefined) return known;
    const pass = this.#passOf(members);
    this.#passes.set(members, pass);
    return pass;
  }

  #passOf(members: readonly EquilibriumMember[]): GraphRewrite {
    const passesOf = (role: EquilibriumMember["role"]): GraphRewrite[] =>
      members
        .filter((member) => member.role === role)
        .map(({ rewrite }) => rewrite)
        .filter((rewrite) => rewrite.kind === "graph");
    return equilibriumPass(this.name, {
      rewrites: members.map(({ rewrite }) => rewrite).filter((rewrite) => rewrite.kind === "node"),
      passes: passesOf("round"),
      final: passesOf("final"),
      cleanup: passesOf("cleanup"),
      visitsNewNodes: this.#visitsNewNodes,
    });
  }
}

interface EquilibriumMember {
  readonly role: "round" | "final" | "cleanup";
  readonly rewrite: Rewrite;
}

/** Rewrites of nodes tried once at every node; Theano's `TopoDB` of a `LocalGroupDB`. */
export class WalkDatabase extends Database<NodeRewrite> implements Queryable {
  readonly #options: WalkOptions;

  constructor(name: string, options: WalkOptions) {
    super(name);
    this.#options = options;
  }

  /** @throws ValueError when the name is taken; TypeError for what is no rewrite. */
  register(name: string, rewrite: NodeRewrite, ...tags: readonly string[]): void {
    this.add(name, checked(name, rewrite), tags);
  }

  query(query: Query): GraphRewrite {
    return walkPass(this.name, this.selected(query), this.#options);
  }
}

interface SequenceMember {
  readonly name: string;
  readonly position: number;
  readonly pass: GraphRewrite | Queryable;
}

/** Passes in the order of their positions; Theano's `SequenceDB`. */
export class SequenceDatabase extends Database<SequenceMember> {
  /**
   * Adds a pass, or a database that the query selects a pass from.
   * @throws ValueError when the name is taken; TypeError for what is no rewrite.
   */
  register(name: string, pass: SequenceMember["pass"], position: number, ...tags: readonly string[]): void {
    this.add(name, { name, position, pass: checked(name, pass) }, tags);
  }

  /** The passes that a query selects, by position, then by name. */
  query(query: Query): GraphRewrite[] {
    const inner = new Query({ ...query, extra: [] });
    const selected = this.selected(query).map(({ name, position, pass }) => ({
      name,
      position,
      pass: "query" in pass ? pass.query(query.subquery.get(name) ?? inner) : pass,
    }));
    const extra = query.extra.map(({ rewrite, position }) => ({ name: rewrite.name, position, pass: asPass(rewrite) }));
    return [...selected, ...extra]
      .filter(({ position }) => position < query.positionCutoff)
      .sort((a, b) => a.position - b.position || (a.name < b.name ? -1 : 1))
      .map(({ name, pass }) => graphRewrite(name, pass.apply, pass.engine));
  }
}

function asPass(rewrite: Rewrite): GraphRewrite {
  return rewrite.kind === "graph"
    ? rewrite
    : walkPass(rewrite.name, [rewrite], { order: "in_to_out", visitsNewNodes: true });
}
