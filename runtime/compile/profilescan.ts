/** What loops cost beside the graphs that they run: a table for a function, and a profile of each loop. */
import { formatE } from "../base/python.ts";
import type { NodeProfile, ProfileStats } from "./profile.ts";
import { memorySections } from "./profilememory.ts";
import { cut, timeTables } from "./profiletables.ts";

/** A node that is a loop, and what running its graph cost. */
interface Loop {
  readonly outer: NodeProfile;
  readonly steps: ProfileStats;
}

function loopsOf(profile: ProfileStats): Loop[] {
  return profile.nodes.flatMap((outer) =>
    outer.node.op.family === "Scan" && outer.inner !== null && outer.calls > 0 ? [{ outer, steps: outer.inner }] : [],
  );
}

/** Time in each loop, in running its graph, and in the nodes of that. */
export function scanOverhead(profile: ProfileStats): string[] {
  const loops = loopsOf(profile);
  if (loops.length === 0) return [];
  const row = (head: string, all: number, program: number, nodes: number, name: string): string => {
    const seconds = [all, program, nodes].map((time, i) => `${time.toFixed(1).padStart(i === 0 ? 5 : 6)}s`).join(" ");
    const shares = [program, nodes].map((time) => `${percent(time, all, 1).padStart(6)}%`).join(" ");
    return `${head}${seconds} ${shares} ${name}`;
  };
  const sum = (cost: (loop: Loop) => number): number => loops.reduce((total, loop) => total + cost(loop), 0);
  return [
    "",
    "Scan overhead:",
    "<Scan op time(s)> <sub scan fct time(s)> <sub scan op time(s)> <sub scan fct time(% scan op time)> <sub scan op time(% scan op time)> <node>",
    ...loops.map(({ outer, steps }) =>
      row("      ", outer.seconds, steps.programSeconds, steps.thunkSeconds, cut(String(outer.node))),
    ),
    row(
      "total ",
      sum(({ outer }) => outer.seconds),
      sum(({ steps }) => steps.programSeconds),
      sum(({ steps }) => steps.thunkSeconds),
      "",
    ).trimEnd(),
  ];
}

/** A profile of each loop: how long its steps took, and what they were spent on. */
export function scanText(profile: ProfileStats): string {
  return loopsOf(profile)
    .map((loop) => [...loopSection(loop), ...timeTables(loop.steps), ...memorySections(loop.steps)])
    .map((sections) => sections.map((section) => (typeof section === "string" ? section : `${section.join("\n")}\n`)))
    .map((lines) => `${lines.join("\n")}\n`)
    .join("");
}

function loopSection({ outer, steps }: Loop): string[] {
  const { seconds, calls, node } = outer;
  const overhead = Math.max(0, seconds - steps.programSeconds);
  return [
    `Scan Op profiling ( ${loopName(String(node.op))} )`,
    "==================",
    `  Message: ${node.op}`,
    `  Time in ${calls} calls of the op (for a total of ${steps.calls} steps) ${formatE(seconds, 6)}s`,
    "",
    `  Total time spent in calling the VM ${formatE(steps.programSeconds, 6)}s (${percent(steps.programSeconds, seconds, 3)}%)`,
    `  Total overhead (computing slices..) ${formatE(overhead, 6)}s (${percent(overhead, seconds, 3)}%)`,
    "",
  ];
}

/** The user's name of a loop: `rnn` of `forall_inplace,cpu,rnn}`. */
function loopName(text: string): string {
  return text.slice(text.lastIndexOf(",") + 1).replace(/\}$/, "");
}

function percent(part: number, whole: number, digits: number): string {
  return (whole === 0 ? 0 : (100 * part) / whole).toFixed(digits);
}
