/** Sums of matrix products over the steps of a Scan, of which only the total is read, become one product after the loop. */
import type { Apply } from "../../graph/apply.ts";
import type { FunctionGraph } from "../../graph/fgraph.ts";
import type { Variable } from "../../graph/variable.ts";
import { toposort } from "../../graph/walk.ts";
import { DimShuffle, type DimShuffleItem, dimshuffle } from "../../ops/dimshuffle.ts";
import { Dot } from "../../ops/dot.ts";
import { applyElemwise, Elemwise } from "../../ops/elemwise.ts";
import { patternbroadcast } from "../../ops/rebroadcast.ts";
import { reshape } from "../../ops/reshape.ts";
import { joinInnerOutputs } from "../../ops/scan/layout.ts";
import { lengthsOf } from "../../ops/shapevector.ts";
import { subtensor } from "../../ops/subtensor.ts";
import { type GraphRewrite, graphRewrite } from "../rewrite.ts";
import type { Replacement } from "../run.ts";
import { assemble, hasRowsLike, partsOf, pick, placesWhere, type ScanParts } from "./parts.ts";
import { placeOf } from "./savememory.ts";

/**
 * The gradients of weights are such sums: Σ aₜ·bₜ = [a₀ a₁ …]·[b₀; b₁; …]. Here both factors are sequences.
 */
export const pushOutDotOfSequences: GraphRewrite = pushOutDot("scan_pushout_dot1", (collected) => collected === 0);

/**
 * The same where factors are computed by the steps: they are kept for all steps, which takes more memory (Theano's tag
 * `more_mem`).
 */
export const pushOutDotOfOutputs: GraphRewrite = pushOutDot("scanOp_pushout_output", () => true);

/** @param accepts whether so many new outputs may be collected. */
function pushOutDot(name: string, accepts: (collected: number) => boolean): GraphRewrite {
  return graphRewrite(name, (run) => {
    for (const node of run.fgraph.toposort()) {
      const parts = run.fgraph.nodes.has(node) ? partsOf(node) : null;
      const replacements = parts === null || parts.info.isWhile ? null : withoutSum(parts, node, run.fgraph, accepts);
      if (replacements !== null) run.replace(replacements, name);
    }
  });
}

/** A state that adds up products. */
interface Sum {
  readonly state: number;
  readonly left: Variable;
  readonly right: Variable;
  /** Who reads the total. */
  readonly readers: readonly Apply[];
}

function withoutSum(
  parts: ScanParts,
  node: Apply,
  fgraph: FunctionGraph,
  accepts: (collected: number) => boolean,
): Replacement[] | null {
  const sum = findSum(parts, node, fgraph);
  if (sum === null) return null;
  const { info, outer, inner, results } = parts;
  const states = placesWhere(info.states, (_, i) => i !== sum.state);
  const kept = [sum.left, sum.right].map(sourceOf).filter((x) => wholeSequence(parts, x) === null);
  const collected = [...new Set(kept)];
  if (!accepts(collected.length)) return null;
  const after = assemble({
    info: { ...info, states: pick(info.states, states) },
    outer: {
      ...outer,
      states: pick(outer.states, states),
      lengths: [...outer.lengths, ...collected.map(() => outer.steps)],
    },
    inner: { ...inner, states: pick(inner.states, states) },
    results: {
      ...results,
      states: pick(results.states, states),
      collected: [...results.collected, ...collected],
    },
  });
  const firstNew = states.length + results.collected.length;
  const wholeOf = (x: Variable): Variable => {
    const { op, inputs } = x.owner ?? {};
    if (op instanceof DimShuffle && inputs !== undefined) return shuffledRows(op, wholeOf(inputs[0]));
    return wholeSequence(parts, x) ?? after.outputs[firstNew + collected.indexOf(x)];
  };
  const start = subtensor(outer.states[sum.state], 0);
  const total = applyElemwise("add", start, sumOfProducts(wholeOf(sum.left), wholeOf(sum.right)));
  const others = node.outputs.flatMap((output, i): Replacement[] => {
    if (i === sum.state) return [];
    const place = i < info.states.length ? states.indexOf(i) : i - 1;
    return [[output, after.outputs[place]]];
  });
  return [
    ...others,
    ...sum.readers.map((reader): Replacement => [reader.out, patternbroadcast(total, reader.out.broadcastable)]),
  ];
}

function findSum(parts: ScanParts, node: Apply, fgraph: FunctionGraph): Sum | null {
  const outputs = joinInnerOutputs(parts.results);
  const uses = [...toposort(outputs).flatMap((inside) => inside.inputs), ...outputs];
  for (const [state, { kind }] of parts.info.states.entries()) {
    const product = kind === "sitSot" ? addedTo(parts.inner.states[state][0], parts.results.states[state][0]) : null;
    if (product === null) continue;
    const isAlone = uses.filter((x) => x === parts.inner.states[state][0]).length === 1;
    const readers = totalsRead(node.outputs[state], fgraph);
    if (!isAlone || readers === null || readers.length === 0) continue;
    const [left, right] = product.inputs;
    return { state, left, right, readers };
  }
  return null;
}

/** The product of matrices that is added to a state's value before, or null. */
function addedTo(before: Variable, next: Variable): Apply | null {
  const { op, inputs } = next.owner ?? {};
  if (!(op instanceof Elemwise) || op.scalarName !== "add" || inputs?.length !== 2) return null;
  const added = inputs.find((x) => x !== before);
  if (!inputs.includes(before) || added?.owner == null) return null;
  return added.owner.op instanceof Dot && added.owner.inputs.every((x) => x.ndim === 2) ? added.owner : null;
}

/** The nodes that take the last row of an output, or null when others read it too. */
function totalsRead(output: Variable, fgraph: FunctionGraph): readonly Apply[] | null {
  const readers = fgraph.clients(output).map(({ node }) => node);
  const totals = readers
    .filter((reader) => reader !== "output")
    .filter((reader) => {
      const place = placeOf(reader);
      return place.length === 1 && place[0] === -1;
    });
  return totals.length === readers.length ? totals : null;
}

/** What a variable is a rearrangement of. */
function sourceOf(x: Variable): Variable {
  let source = x;
  while (source.owner !== null && source.owner.op instanceof DimShuffle) source = source.owner.inputs[0];
  return source;
}

/** All rows of what is a row of a sequence, or null. */
function wholeSequence({ inner, outer }: ScanParts, x: Variable): Variable | null {
  const whole = outer.sequences[inner.sequences.indexOf(x)];
  return whole !== undefined && hasRowsLike(whole, x) ? whole : null;
}

function shuffledRows({ order }: DimShuffle, whole: Variable): Variable {
  return dimshuffle(whole, [0, ...order.map((item): DimShuffleItem => (item === "x" ? "x" : item + 1))]);
}

/** Σ leftₜ·rightₜ of shapes (n, p, k) and (n, k, q). */
function sumOfProducts(left: Variable, right: Variable): Variable {
  const [n, p, k] = lengthsOf(left);
  const terms = applyElemwise("mul", n, k);
  const wide = reshape(dimshuffle(left, [1, 0, 2]), [p, terms]);
  const tall = reshape(right, [terms, lengthsOf(right)[2]]);
  return new Dot().apply(wide, tall).out;
}
