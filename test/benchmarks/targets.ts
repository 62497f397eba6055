/** What the library has to reach, as ratios within one run, and whether it did. */
import { type Report, type Row, ratio, secondsOf } from "./figures.ts";
import { OURS } from "./peers/peer.ts";

export type Requirement =
  /** So many times faster than a peer. */
  | { readonly kind: "faster"; readonly than: string; readonly times: number }
  /** At most so many times a peer's time. */
  | { readonly kind: "within"; readonly of: string; readonly times: number }
  | { readonly kind: "below"; readonly seconds: number };

export interface Target {
  /** A name of a workload, or how the names begin, with a star. */
  readonly workloads: string;
  readonly requirements: readonly Requirement[];
  /** Whose speed counts; absent: ours as it runs by default. */
  readonly subject?: string;
}

const faster = (than: string, times: number): Requirement => ({ kind: "faster", than, times });
const within = (of: string, times: number): Requirement => ({ kind: "within", of, times });
const below = (seconds: number): Requirement => ({ kind: "below", seconds });

const ELEMENTWISE = ["chain-f*", "chain-tanh-*", "sigmoid-*", "tanh-*", "exp-f64", "exp-f32"];
const ROWS = ["softmax-*", "log-softmax-*", "layer-norm-*"];
const SINGLE = [
  ...["chain-f32", "chain-tanh-f32", "sigmoid-f32", "tanh-f32", "exp-f32", "sum-f32", "dot-512-f32"],
  ...["softmax-*-f32", "log-softmax-*-f32", "layer-norm-*-f32", "mlp-*", "lstm-forward-f32", "lenet-forward-f32"],
];
const DOUBLE = ["chain-f64", "chain-tanh-f64", "sigmoid-f64", "tanh-f64", "exp-f64", "sum-f64", "dot-512-f64"];

const all = (workloads: readonly string[], requirements: readonly Requirement[], subject?: string): Target[] =>
  workloads.map((names) => ({ workloads: names, requirements, ...(subject === undefined ? {} : { subject }) }));

export const TARGETS: readonly Target[] = [
  { workloads: "call-vector4", requirements: [below(0.5e-6), faster("jax", 8), faster("pytensor", 5)] },
  ...all(ELEMENTWISE, [within("c", 1.3), faster("jax", 1)]),
  ...all(ROWS, [within("c", 1.3), faster("jax", 1), faster("torch", 1)]),
  { workloads: "logreg-400x784-f64", requirements: [within("c", 1.3), faster("jax", 1.5)] },
  { workloads: "mlp-*", requirements: [faster("jax", 1), faster("torch", 1)] },
  { workloads: "lstm-*", requirements: [faster("jax", 1.5)] },
  { workloads: "lenet-*", requirements: [faster("jax", 1)] },
  { workloads: "hierarchical-f64", requirements: [within("c", 1.5), faster("jax", 3)] },
  { workloads: "first-result-mlp", requirements: [below(0.05)] },
  { workloads: "native-ready-logreg", requirements: [below(0.5)] },
  { workloads: "native-ready-lstm", requirements: [below(1)] },
  ...all(SINGLE, [faster("tfjs", 1)], "theanotes-wasm"),
  ...all(DOUBLE, [within("c", 4)], "theanotes-wasm"),
];

/** One requirement of one workload of a run. */
export interface Verdict {
  readonly workload: string;
  readonly subject: string;
  readonly requirement: Requirement;
  /** The ratio or the seconds that were measured; null where one of the two was not. */
  readonly found: number | null;
  readonly isReached: boolean;
}

/** Whether `name` is meant by a name in which a star stands for anything. */
export function isMeant(name: string, pattern: string): boolean {
  const [start, ...rest] = pattern.split("*");
  if (rest.length === 0) return name === pattern;
  const end = rest.at(-1) ?? "";
  return name.startsWith(start) && name.endsWith(end) && name.length >= start.length + end.length;
}

/** Verdicts on all targets of the workloads of a run, in the order of the targets. */
export function verdicts({ rows }: Pick<Report, "rows">, targets: readonly Target[] = TARGETS): Verdict[] {
  return targets.flatMap(({ workloads, requirements, subject = OURS }) =>
    rows
      .filter(({ workload }) => isMeant(workload.name, workloads))
      .flatMap((row) => requirements.map((requirement) => verdict(row, subject, requirement))),
  );
}

function verdict(row: Row, subject: string, requirement: Requirement): Verdict {
  const found = measured(row, subject, requirement);
  return {
    workload: row.workload.name,
    subject,
    requirement,
    found,
    isReached: found !== null && holds(found, requirement),
  };
}

function measured(row: Row, subject: string, requirement: Requirement): number | null {
  switch (requirement.kind) {
    case "faster":
      return ratio(row, requirement.than, subject);
    case "within":
      return ratio(row, subject, requirement.of);
    case "below":
      return secondsOf(row, subject);
  }
}

function holds(found: number, requirement: Requirement): boolean {
  switch (requirement.kind) {
    case "faster":
      return found >= requirement.times;
    case "within":
      return found <= requirement.times;
    case "below":
      return found <= requirement.seconds;
  }
}
