/** What might make a profiled function faster. */
import { config } from "../config/index.ts";
import type { Apply } from "../graph/apply.ts";
import type { ProfileStats } from "./profile.ts";

/** Looks at the nodes that ran; a sentence, or null when it does not apply. */
type Tip = (nodes: readonly Apply[]) => string | null;

const dtypesOf = (node: Apply): string[] => [...node.inputs, ...node.outputs].map(({ dtype }) => dtype);

const useFloat32: Tip = (nodes) =>
  config.floatX === "float64" && nodes.some((node) => dtypesOf(node).includes("float64"))
    ? "Try the Theano flag floatX=float32"
    : null;

const convertDots: Tip = (nodes) => {
  const dot = nodes.find(
    ({ op, inputs }) => op.family === "Dot" && inputs.every(({ ndim, dtype }) => ndim === 2 && /float/.test(dtype)),
  );
  return dot === undefined
    ? null
    : `${dot} multiplies matrices, but the rewrites that use BLAS are off: compile with optimizer=fast_run.`;
};

const useCounters: Tip = (nodes) =>
  nodes.some(({ op }) => op.family === "RandomFunction")
    ? "Numbers of RandomStreams are drawn one by one, as NumPy draws them: try MRG_RandomStreams, which draws many at a time."
    : null;

const runAllRewrites: Tip = () =>
  config.optimizer === "fast_run" && config.mode !== "FAST_COMPILE"
    ? null
    : `The default mode leaves rewrites out (mode=${config.mode}, optimizer=${config.optimizer}): try mode=FAST_RUN.`;

const TIPS: readonly Tip[] = [useFloat32, convertDots, useCounters, runAllRewrites];

/** The lines of the section. */
export function tips(profile: ProfileStats): string[] {
  const nodes = profile.nodes.map(({ node }) => node);
  const found = TIPS.map((tip) => tip(nodes)).filter((text) => text !== null);
  return [
    "Here are tips to potentially make your code run faster",
    "                 (none is sure to help: measure before and after).",
    ...(found.length === 0 ? ["  Sorry, no tip for today."] : found.map((text) => `  - ${text}`)),
  ];
}
