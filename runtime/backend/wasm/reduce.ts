/** Reductions whose results are no positions: blocks of partial results, in lanes where elements lie side by side. */
import { accessesOf } from "../../loop/walk.ts";
import type { Local } from "./code.ts";
import { Combiner, type Partial } from "./combine.ts";
import type { Emitter, Reduce, Walk } from "./emit.ts";
import type { Value } from "./lanes.ts";
import { usesReducedLanes } from "./plan.ts";
import { inside, type Place } from "./values.ts";

/** Elements of a sum that are added before the rounding errors are taken up. */
const BLOCK = 512;

/** A reduction without positions. */
export class Reduction {
  readonly #emitter: Emitter;
  readonly #reduce: Reduce;
  /** The lanes of the axis around it, if one runs in lanes. */
  readonly #lanes: number | null;
  readonly #combiners: readonly Combiner[];
  readonly #totals: readonly Partial[];
  readonly #errors: readonly Partial[];
  /** Results of the block that is running. */
  readonly #partials: readonly Partial[];

  constructor(emitter: Emitter, reduce: Reduce, lanes: number | null) {
    this.#emitter = emitter;
    this.#reduce = reduce;
    this.#lanes = lanes;
    this.#combiners = reduce.accumulators.map((accumulator) => new Combiner(emitter.code, accumulator));
    const declare = (): Partial[] => this.#combiners.map((combiner) => combiner.declare(lanes));
    this.#totals = declare();
    this.#errors = declare();
    this.#partials = declare();
  }

  write(outer: Place): (readonly [string, Value])[] {
    const count = this.#lanes ?? 1;
    for (const [i, combiner] of this.#combiners.entries()) {
      combiner.start(this.#totals[i]);
      if (combiner.isCompensated) combiner.start(this.#errors[i]);
    }
    const { axes, body } = this.#reduce;
    const isNested = axes.length === 0 || body.some(({ kind }) => kind === "reduce");
    this.#emitter.forEach(isNested ? axes : axes.slice(0, -1), [this.#reduce], outer, (place) => {
      if (isNested) {
        this.#startPartials();
        this.#take(place, this.#partials, count);
        this.#fold();
      } else this.#blocks(axes[axes.length - 1], place);
    });
    return this.#reduce.accumulators.map(({ name }, i) => {
      const combiner = this.#combiners[i];
      if (combiner.isCompensated) combiner.correct(this.#totals[i], this.#errors[i]);
      return [name, combiner.result(this.#totals[i], count)] as const;
    });
  }

  #startPartials(): void {
    for (const [i, combiner] of this.#combiners.entries()) combiner.start(this.#partials[i]);
  }

  /** Runs the body and takes in the values. */
  #take(place: Place, partials: readonly Partial[], count: number): void {
    const { accumulators, body } = this.#reduce;
    const inner = this.#emitter.body(body, place);
    const taken = accumulators.map(({ value }): Value => {
      if (place.lanes === null) return { kind: "one", local: this.#emitter.values.one(value, inner) };
      return { kind: "lanes", locals: this.#emitter.values.lanes(value, inner) };
    });
    for (const [i, combiner] of this.#combiners.entries()) combiner.take(partials[i], taken[i], count);
  }

  /** Takes the results of a block into the totals. */
  #fold(): void {
    for (const [i, combiner] of this.#combiners.entries()) {
      if (combiner.isCompensated) combiner.addExactly(this.#totals[i], this.#errors[i], this.#partials[i]);
      else combiner.merge(this.#totals[i], this.#partials[i]);
    }
  }

  /** The innermost axis, in blocks; within them in lanes when no axis around does. */
  #blocks(axis: string, outer: Place): void {
    const emitter = this.#emitter;
    const { code } = emitter;
    const statements = [this.#reduce];
    emitter.within(axis, statements, outer, (walk) => {
      const counts = this.#lanes === null ? usesReducedLanes(this.#reduce, axis) : [];
      emitter.whileBelow(walk.counter, walk.length, () => {
        const end = this.#blockEnd(walk);
        this.#startPartials();
        if (counts.length > 0) {
          code.get(emitter.frame.areUnit(accessesOf(statements), axis));
          code.if(() => {
            for (const count of counts) this.#inLanes(axis, walk, end, count);
          });
        }
        emitter.whileBelow(walk.counter, end, () => {
          this.#take(inside(walk.place), this.#partials, this.#lanes ?? 1);
          walk.advance();
        });
        this.#fold();
      });
    });
  }

  #blockEnd(walk: Walk): Local {
    const { code } = this.#emitter;
    if (!this.#combiners.some((combiner) => combiner.isCompensated)) return walk.length;
    code.get(walk.counter);
    code.i32(BLOCK);
    code.op("i32.add");
    const next = code.set("i32");
    code.get(next);
    code.get(walk.length);
    code.op("i32.lt_u", next, walk.length);
    code.select();
    return code.set("i32");
  }

  #inLanes(axis: string, walk: Walk, end: Local, count: number): void {
    const emitter = this.#emitter;
    const wide = inside(walk.place, { lanes: { axis, count } });
    const lanes = this.#combiners.map((combiner) => combiner.declare(count));
    emitter.lanesUpTo(walk, end, count, {
      before: () => {
        emitter.hoist([this.#reduce], wide);
        for (const [i, combiner] of this.#combiners.entries()) combiner.start(lanes[i]);
      },
      body: () => this.#take(inside(wide), lanes, count),
      after: () => {
        for (const [i, combiner] of this.#combiners.entries()) combiner.gather(this.#partials[i], lanes[i]);
      },
    });
  }
}
