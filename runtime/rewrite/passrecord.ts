/** What the passes of an optimization did and how long they took: the figures of a profile of the optimizer. */
import type { PassEngine } from "./rewrite.ts";

/** What one rewrite did in one pass. */
export interface RewriteStats {
  readonly name: string;
  /** Times it was tried on a node, or ran over the graph. */
  readonly tried: number;
  /** Times it changed the graph. */
  readonly applied: number;
  /** Time spent in it, attempts that changed nothing included. */
  readonly seconds: number;
  readonly nodesCreated: number;
}

/** When a pass inside of another one runs: at the start of a round, at its end, or to tidy up after others. */
export type InnerRole = "global" | "final" | "cleanup";

/** One time over the graph of a pass that repeats until nothing changes. */
export interface RoundResult {
  readonly seconds: number;
  /** Time spent putting the nodes in order. */
  readonly sortSeconds: number;
  /** Nodes of the graph when it began. */
  readonly nodes: number;
  /** How often each rewrite changed the graph. */
  readonly applied: ReadonlyMap<string, number>;
  readonly inner: readonly InnerPass[];
}

/** A pass that ran inside of another one. */
export interface InnerPass {
  readonly role: InnerRole;
  readonly result: PassResult;
}

/** What one pass did. */
export interface PassResult {
  readonly name: string;
  readonly engine: PassEngine;
  readonly seconds: number;
  /** Time spent in the graph's observers: telling them of changes, and asking whether they allow them. */
  readonly callbackSeconds: number;
  readonly validateSeconds: number;
  /** Time spent putting the nodes in order. */
  readonly sortSeconds: number;
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  /** The most nodes there were at the start of a round, or at the ends of the pass. */
  readonly mostNodes: number;
  readonly replacements: number;
  /** Its times over the graph, when it repeats until nothing changes. */
  readonly rounds: readonly RoundResult[];
  /** The most time-consuming first; only rewrites that were tried. */
  readonly rewrites: readonly RewriteStats[];
  /** What the pass counts besides, by its own names. */
  readonly counts: ReadonlyMap<string, number>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The state of an optimization of which a pass sees the differences between its beginning and its end. */
export interface Meter {
  readonly nodes: number;
  readonly replacements: number;
  readonly callbackSeconds: number;
  readonly validateSeconds: number;
}

interface Round {
  readonly start: number;
  end: number;
  readonly sortSeconds: number;
  readonly nodes: number;
  readonly applied: Map<string, number>;
  readonly inner: InnerPass[];
}

/** Counts what one pass does while it runs. */
export class PassRecord {
  readonly #name: string;
  readonly #engine: PassEngine;
  readonly #before: Meter;
  readonly #start = performance.now();
  readonly #rewrites = new Map<string, Mutable<RewriteStats>>();
  readonly #rounds: Round[] = [];
  readonly #counts = new Map<string, number>();
  #sortSeconds = 0;

  constructor(name: string, engine: PassEngine, before: Meter) {
    this.#name = name;
    this.#engine = engine;
    this.#before = before;
  }

  /** How often a rewrite has changed the graph. */
  applied(rewrite: string): number {
    return this.#rewrites.get(rewrite)?.applied ?? 0;
  }

  /** One more time over a graph of so many nodes. */
  startRound(nodes: number): void {
    this.#endRound();
    const start = performance.now();
    this.#rounds.push({ start, end: start, sortSeconds: this.#sortSeconds, nodes, applied: new Map(), inner: [] });
  }

  sorted(seconds: number): void {
    this.#sortSeconds += seconds;
  }

  /** A rewrite was tried for so long; `created` nodes are new, and null says that nothing changed. */
  tried(rewrite: string, seconds: number, created: number | null): void {
    let stats = this.#rewrites.get(rewrite);
    if (stats === undefined) {
      stats = { name: rewrite, tried: 0, applied: 0, seconds: 0, nodesCreated: 0 };
      this.#rewrites.set(rewrite, stats);
    }
    stats.tried += 1;
    stats.seconds += seconds;
    if (created === null) return;
    stats.applied += 1;
    stats.nodesCreated += created;
    const applied = this.#rounds.at(-1)?.applied;
    applied?.set(rewrite, (applied.get(rewrite) ?? 0) + 1);
  }

  ranInside(pass: InnerPass): void {
    this.#rounds.at(-1)?.inner.push(pass);
  }

  count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** What the pass did, now that it is done. */
  finish(after: Meter): PassResult {
    this.#endRound();
    const before = this.#before;
    return {
      name: this.#name,
      engine: this.#engine,
      seconds: (performance.now() - this.#start) / 1000,
      callbackSeconds: after.callbackSeconds - before.callbackSeconds,
      validateSeconds: after.validateSeconds - before.validateSeconds,
      sortSeconds: this.#sortSeconds,
      nodesBefore: before.nodes,
      nodesAfter: after.nodes,
      mostNodes: Math.max(before.nodes, after.nodes, ...this.#rounds.map(({ nodes }) => nodes)),
      replacements: after.replacements - before.replacements,
      rounds: this.#rounds.map((round, i) => ({
        seconds: (round.end - round.start) / 1000,
        sortSeconds: (this.#rounds[i + 1]?.sortSeconds ?? this.#sortSeconds) - round.sortSeconds,
        nodes: round.nodes,
        applied: round.applied,
        inner: round.inner,
      })),
      rewrites: [...this.#rewrites.values()].sort((a, b) => b.seconds - a.seconds),
      counts: this.#counts,
    };
  }

  #endRound(): void {
    const round = this.#rounds.at(-1);
    if (round !== undefined) round.end = performance.now();
  }
}
