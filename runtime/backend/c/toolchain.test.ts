import { describe, expect, test } from "vitest";
import { changeFlags } from "../../config/index.ts";
import { describeProcessor, processorText } from "./processor.ts";
import { findToolchain } from "./toolchain.ts";

describe("the processor in words", () => {
  const info = (line: string): string => `processor\t: 0\n${line}\n\nprocessor\t: 1\n`;

  test("other features, another text", () => {
    const [some, more] = ["fpu avx2", "fpu avx2 avx512f"].map((flags) =>
      describeProcessor("x64", "A", info(`flags\t\t: ${flags}`)),
    );
    expect([some, more]).toEqual(["x64 A avx2 fpu", "x64 A avx2 avx512f fpu"]);
  });

  test("another model, another text, also where features are not told", () => {
    expect(describeProcessor("arm64", "Apple M1", "")).not.toBe(describeProcessor("arm64", "Apple M2", ""));
    expect(describeProcessor("arm64", "unknown", info("Features\t: fp asimd"))).toBe("arm64 unknown asimd fp");
  });
});

describe.skipIf(findToolchain() === null)("the compiler (skipped where there is none)", () => {
  test("its identity names the processor", () => {
    expect(findToolchain()?.identity).toContain(processorText());
  });

  test("options are split as by a shell, and those that break arithmetic are left out", () => {
    const cxxflags = "-I'/a folder' -Xclang -ffast-math -Ofast -ffp-model=fast -mdaz-ftz -DX";
    const [best] = changeFlags({ "gcc.cxxflags": cxxflags }, () => findToolchain()?.attempts ?? []);
    expect(best).toEqual(expect.arrayContaining(["-I/a folder", "-DX"]));
    expect(best.filter((flag) => /fast|Xclang|daz/.test(flag))).toEqual([]);
  });

  test("other flags, other code", () => {
    const plain = findToolchain()?.identity;
    for (const flags of [
      { openmp: true },
      { "cmodule.remove_gxx_opt": true },
      { "gcc.cxxflags": "-g" },
      { "cmodule.debug": true },
    ])
      expect(changeFlags(flags, () => findToolchain()?.identity)).not.toBe(plain);
  });

  test("without optimizing only on request", () => {
    const optimizing = (): string[] => (findToolchain()?.attempts[0] ?? []).filter((flag) => /^-O/.test(flag));
    expect(optimizing()).toHaveLength(1);
    expect(changeFlags({ "cmodule.remove_gxx_opt": true }, optimizing)).toEqual(["-O0"]);
  });
});
