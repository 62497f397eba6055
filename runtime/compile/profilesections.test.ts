/** The sections of a profile that flags turn on. What they count is checked against what is known of the programs. */
import { describe, expect, test, vi } from "vitest";
import { changeFlags, type FlagChanges } from "../config/index.ts";
import { grad } from "../grad/gradient.ts";
import { scan } from "../ops/scan/scan.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { compileFunction } from "./function.ts";
import { ProfileStats } from "./profile.ts";
import { exitText, textOfProfileMode } from "./profileregistry.ts";
import { registerProfilerPrinter } from "./profiletext.ts";

const x = T.dmatrix("x");
const EYE = [
  [1, 0],
  [0, 1],
];

/** The summary of a product of two matrices and its tanh, called three times. */
function summary(flags: FlagChanges): string {
  return changeFlags(flags, () => {
    const f = compileFunction([x], T.tanh(T.dot(x, x)), { name: "f", profile: true });
    for (let i = 0; i < 3; i++) f(EYE);
    return f.profile?.summary() ?? "";
  });
}

test("the head says what compiling cost, and which nodes took longest to make", () => {
  const text = summary({});
  expect(text).toMatch(/^ {7}Theano validate time: \d\.\d{6}e-\d\ds$/m);
  expect(text).toMatch(/^ {7}Import time \d\.\d{6}e-\d\ds$/m);
  expect(text.match(/^ {11}Node (Dot22\(x, x\)|Elemwise.*) time /gm)).toHaveLength(2);
  expect(text).toMatch(/^Time since theano import \d+\.\d{3}s$/m);
});

test("the time of differentiating is that of all calls of grad", () => {
  const time = (): number => Number(/^Time in all call to theano\.grad\(\) (\S+)s$/m.exec(summary({}))?.[1]);
  const before = time();
  grad(T.sum(T.exp(x)), x);
  expect(time()).toBeGreaterThan(before);
});

describe("with profile_memory", () => {
  const text = summary({ profile_memory: true, profiling: { min_memory_size: 0 } });

  test("each node's row is followed by its arrays", () => {
    expect(text).toContain("<id> <Mflops> <Gflops/s> <Apply name>");
    expect(text).toContain("    input 1: dtype=float64, shape=(2, 2), strides=c\n");
  });

  test("flops stand beside the products: 2·2·2·2 here", () => {
    expect(text).toMatch(/ {3}3 {5}0 {5}0\.0 +\d\.\d {3}Dot22\(x, x\)$/m);
  });

  test("the memory section has peaks and a row for each node", () => {
    expect(text).toContain("Memory Profile\n(Sparse variables are ignored)\n");
    expect(text).toContain(
      "    Max peak memory with current setting\n        CPU: 0KB (0KB)\n        GPU: 0KB (0KB)\n",
    );
    expect(text).toContain("            32B  [(2, 2)] c Dot22(x, x)\n");
    expect(text).toContain("            32B  [(2, 2)] i Elemwise{Tanh}[(0, 0)](Dot22.0)\n");
    expect(text).toContain("(remaining 0 Apply account for    0B/64B ((0.00%))");
  });

  test("small arrays are left out", () => {
    expect(summary({ profile_memory: true })).toContain("All Apply nodes have output sizes that take less than 1024B.");
  });

  test("profiling.min_peak_memory asks for the best order", () => {
    const flags = { profile_memory: true, profiling: { min_peak_memory: true } };
    expect(summary(flags)).toMatch(/Minimum peak from all valid apply node order is 0KB\(took .*s to compute\)/);
  });
});

test("without profile_memory sizes are not kept", () => {
  expect(summary({})).not.toContain("Memory Profile");
});

describe("with profile_optimizer", () => {
  const text = summary({ profile_optimizer: true });

  test("there is a line for each pass, with the nodes before and after", () => {
    expect(text).toMatch(/^ SeqOptimizer .*'fast_run'.* time \d\.\d{3}s for 2\/2 nodes before\/after optimization$/m);
    expect(text).toMatch(/^ {3}\d\.\d{6}s - \('canonicalize', 'EquilibriumOptimizer', \d+, 2, 2\) - \d\.\d{3}s$/m);
    expect(text).toMatch(/^ {3}\d\.\d{6}s - \('merge1', 'MergeOptimizer', \d+, 2, 2\)/m);
  });

  test("rounds and rewrites are counted", () => {
    const flags = { profile: true, profile_optimizer: true };
    const { profile } = changeFlags(flags, () => compileFunction([x], T.log(T.add(1, T.exp(x)))));
    profile?.called({}, 0, 0);
    const text = profile?.summary() ?? "";
    expect(text).toMatch(/^ +\d\.\d{3}s - 1 - 1 - local_log1p$/m);
    expect(text).toMatch(/^ +0 - \d\.\d{3}s \d \(.*\) - \d nodes - .*\('local_log1p', 1\)/m);
  });
});

test("profile_optimizer without profile is warned of, unless a function wants no profile", () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  changeFlags({ profile_optimizer: true }, () => {
    compileFunction([x], x);
    compileFunction([x], x, { profile: false });
  });
  expect(warn.mock.calls.map(([message]) => message)).toEqual([
    "config.profile_optimizer requires config.profile to  be set to True as well",
  ]);
  warn.mockRestore();
});

test("profiling.ignore_first_call leaves out the call that warms up", () => {
  const profile = changeFlags({ profiling: { ignore_first_call: true } }, () => {
    const f = compileFunction([x], T.exp(x), { profile: true });
    for (let i = 0; i < 3; i++) f(EYE);
    return f.profile;
  });
  expect([profile?.calls, profile?.nodes[0].calls]).toEqual([2, 2]);
});

test("profiling.debugprint prints the graph too", () => {
  expect(summary({ profiling: { debugprint: true } })).toContain("Dot22 [id B] <TensorType(float64, matrix)>");
});

test("a program adds sections of its own", () => {
  registerProfilerPrinter(({ calls }) => (calls === 3 ? "Called three times" : ""));
  expect(summary({})).toContain("\nCalled three times\nHere are tips");
});

describe("a loop", () => {
  const v = T.dvector("v");
  const [sums] = scan((element, sum) => T.add(T.exp(element), sum), {
    sequences: v,
    outputsInfo: T.zeros([]),
    name: "adding",
  });
  const f = compileFunction([v], sums, { profile: true });
  f([1, 2, 3]);
  f([1, 2]);

  test("has a profile of its own, with the number of its steps", () => {
    const text = f.profile?.scanSummary() ?? "";
    expect(text).toMatch(/^Scan Op profiling \( adding \)\n=+\n/);
    expect(text).toMatch(/^ {2}Time in 2 calls of the op \(for a total of 5 steps\) \d\.\d{6}e-\d\ds$/m);
    expect(text).toMatch(/^ {2}Total time spent in calling the VM .*\(\d+\.\d{3}%\)$/m);
    // The exponentials are computed before the loop, all at once.
    expect(text).toMatch(/ {6}5 {8}1 {3}Elemwise\{add,no_inplace\}$/m);
  });

  test("has a row in the table of overheads", () => {
    expect(f.profile?.summary()).toMatch(/\nScan overhead:\n<Scan op time\(s\)>.*\n {7}.*%.*adding.*\ntotal /);
  });
});

describe("at exit", () => {
  const profiled = (name: string): ProfileStats => {
    const profile = new ProfileStats(name, true);
    compileFunction([x], T.exp(x), { profile })(EYE);
    return profile;
  };
  const text = (profile: ProfileStats): string => `${profile.message}\n`;

  test("the most expensive function comes first, and a sum last", () => {
    const [cheap, dear] = [profiled("cheap"), profiled("dear")];
    dear.compiled({ total: 100 });
    const printed = exitText([
      { profile: cheap, text },
      { profile: dear, text },
    ]);
    expect(printed).toMatch(/^dear\ncheap\nFunction profiling\n/);
    expect(printed).toContain("Message: Sum of all(2) printed profiles");
    expect(printed).toContain("Time in 2 calls");
  });

  test("the flags of ProfileMode say how much is shown of its functions", () => {
    const flags = { ProfileMode: { n_apply_to_print: 1, profile_memory: true, min_memory_size: 1 } };
    const printed = changeFlags(flags, () => {
      const f = compileFunction([x], T.tanh(T.dot(x, x)), { mode: "ProfileMode" });
      f(EYE);
      return f.profile === null ? "" : textOfProfileMode(f.profile);
    });
    expect(printed).toContain("(remaining 1 Apply instances account for");
    expect(printed).toContain("(remaining 1 Apply account for");
  });

  test("print_global_stats adds what all functions took", () => {
    const entries = [{ profile: profiled("f"), text: null }];
    expect(exitText(entries)).toBe("");
    expect(changeFlags({ print_global_stats: true }, () => exitText(entries))).toMatch(
      /^=+\nGlobal stats: Time since theano import = .*s, Time spent in Theano functions = \d+\.\d{3}s, .*\n=+\n$/,
    );
  });
});
