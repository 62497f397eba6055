/**
 * Programs of short rows: a vector of rows at a time, one row to a lane, so that neither the ends of rows nor sums across
 * a vector cost anything.
 */
import type { Expr, Statement } from "../../loop/ir.ts";
import { accessesOf, expressionsOf, hasFunction, hasPosition } from "../../loop/walk.ts";
import { isPositional } from "../accumulate.ts";
import { type Emitter, isFlat } from "./emit.ts";
import { type Scope, withLocal } from "./places.ts";
import { Combiner } from "./reduce.ts";
import { cType } from "./spelling.ts";

type Loop = Extract<Statement, { kind: "loop" }>;

/** Rows of fewer elements are short. */
export const SHORT = 32;
/** Rows that are computed together: a vector of the shortest floats. */
const LANES = 16;

/** A loop over rows whose elements run along one axis. */
export interface ShortRows {
  readonly row: string;
  readonly column: string;
  readonly body: readonly Statement[];
}

/** The rows of a loop that computes functions or sums of them; null for other loops. */
export function shortRowsOf({ axis, body }: Loop): ShortRows | null {
  const columns = new Set<string>();
  for (const statement of body) {
    if (statement.kind === "loop") {
      if (!statement.body.every(isFlat)) return null;
      columns.add(statement.axis);
    } else if (statement.kind === "reduce") {
      if (statement.axes.length !== 1 || !statement.body.every(isFlat)) return null;
      if (statement.accumulators.some(isPositional)) return null;
      columns.add(statement.axes[0]);
    }
  }
  const [column, another] = columns;
  if (column === undefined || another !== undefined || accessesOf(body).some(hasPosition)) return null;
  const pays = body.some(({ kind }) => kind === "reduce") || body.flatMap(innerExpressions).some(hasFunction);
  return pays ? { row: axis, column, body } : null;
}

/** What is computed for every element of a row. */
function innerExpressions(statement: Statement): readonly Expr[] {
  if (statement.kind !== "loop" && statement.kind !== "reduce") return [];
  return [...expressionsOf(statement), ...statement.body.flatMap(expressionsOf)];
}

/** Writes the rows, some in lanes at a time. */
export function emitRows(emitter: Emitter, { row, column, body }: ShortRows, scope: Scope): void {
  const { code, places } = emitter;
  emitter.ranges(places.length(row), LANES, (start, end) => {
    /** Arrays with the values of locals, one for each row. */
    const arrays = new Map<string, string>();
    const lanes = (outer: Scope, each: (at: string, inner: Scope) => void): void => {
      code.line("#pragma omp simd");
      emitter.for(row, start, end, outer, (inner) => {
        const at = `${inner.axes.get(row)} - ${start}`;
        each(
          at,
          [...arrays].reduce((all, [name, array]) => withLocal(all, name, `${array}[${at}]`), inner),
        );
      });
    };
    for (const statement of body) {
      switch (statement.kind) {
        case "let": {
          const array = code.fresh("w");
          code.line(`${cType(statement.value.dtype)} ${array}[${LANES}];`);
          lanes(scope, (at, inner) => code.line(`${array}[${at}] = ${emitter.value(statement.value, inner)};`));
          arrays.set(statement.name, array);
          break;
        }
        case "store":
          lanes(scope, (_at, inner) => emitter.body([statement], inner));
          break;
        case "loop":
          emitter.for(column, "0", places.length(column), scope, (outer) =>
            lanes(outer, (_at, inner) => emitter.body(statement.body, inner)),
          );
          break;
        case "reduce": {
          const combiners = statement.accumulators.map((accumulator) => new Combiner(accumulator, code));
          for (const combiner of combiners) combiner.declarePartials(LANES);
          lanes(scope, (at) => {
            for (const combiner of combiners) combiner.startPartial(at);
          });
          emitter.for(column, "0", places.length(column), scope, (outer) =>
            lanes(outer, (at, inner) => {
              const inside = emitter.lets(statement.body, inner);
              for (const combiner of combiners) combiner.takeAt(at, emitter.value(combiner.operand, inside));
            }),
          );
          for (const [i, combiner] of combiners.entries()) {
            const { name, dtype } = statement.accumulators[i];
            const array = code.fresh("w");
            code.line(`${cType(dtype)} ${array}[${LANES}];`);
            lanes(scope, (at) => code.line(`${array}[${at}] = ${combiner.partialAt(at)};`));
            arrays.set(name, array);
          }
          break;
        }
      }
    }
  });
}
