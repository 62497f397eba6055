import { afterEach, expect, test, vi } from "vitest";
import { changeFlags, config, warmUp } from "../index.ts";

afterEach(() => vi.restoreAllMocks());

test.each<Parameters<typeof changeFlags>[0]>([
  {},
  { mode: "DebugMode", profile: true, print_global_stats: true },
  { compute_test_value: "raise", warn_float64: "raise", optimizer_verbose: true, on_unused_input: "raise" },
  { optimizer: "None", linker: "c", floatX: "float64", cast_policy: "numpy+floatX" },
])("warming up is seen and heard by nobody, whatever the session asks for: %o", (flags) => {
  const heard = [
    vi.spyOn(console, "log"),
    vi.spyOn(console, "error"),
    vi.spyOn(process, "emitWarning"),
    vi.spyOn(process.stdout, "write"),
  ];
  changeFlags(flags, () => {
    const before = `${config}`;
    expect([...warmUp()].length).toBeGreaterThan(1);
    expect(`${config}`).toBe(before);
  });
  for (const spy of heard) expect(spy).not.toHaveBeenCalled();
});
