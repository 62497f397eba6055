import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, expectTypeOf, test } from "vitest";
import { AttributeError, RuntimeError, ValueError } from "../base/errors.ts";
import type { ConfigJson } from "../print/json.ts";
import { type Config, ConfigRegistry, flag, int, viewOf } from "./index.ts";
import { rcFiles } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "theanotes-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function rc(content: string): string {
  const file = join(folder, `rc${count++}`);
  writeFileSync(file, content);
  return file;
}

interface Given {
  readonly flags?: string;
  readonly files?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}
function registry({ flags = "", files = [], env = {} }: Given = {}): ConfigRegistry {
  return ConfigRegistry.load({ env: { ...env, THEANO_FLAGS: flags }, files, home: folder, platform: "linux" });
}
const view = (given?: Given): Config => viewOf(registry(given));
const messages = (given: Given): string[] => registry(given).problems.map(({ message }) => message);

describe("precedence", () => {
  const files = [
    rc("[global]\nfloatX = float32\nprofile = True\n[traceback]\nlimit = 5\n"),
    rc("[global]\nfloatX = float16\n"),
  ];

  test("a later file wins over an earlier one, THEANO_FLAGS over files, code over all", () => {
    const config = view({ files, flags: "traceback.limit=6" });
    expect([config.floatX, config.profile, config.traceback.limit, config.optdb.max_use_ratio]).toEqual([
      "float16",
      true,
      6,
      5,
    ]);
    config.traceback.limit = 7;
    expect(config.traceback.limit).toBe(7);
    expect(config.describe("traceback.limit")).toMatchObject({ value: "7", default: "8", origin: "code" });
    config.reset("traceback.limit");
    expect(config.describe("traceback.limit")).toMatchObject({
      value: "6",
      origin: "environment",
      originDetail: "THEANO_FLAGS",
    });
    expect(config.describe("floatX")).toMatchObject({ origin: "file", originDetail: `${files[1]}:2` });
    expect(config.describe("mode")).toMatchObject({ origin: "default" });
  });

  test("the environment and the equal file give the same configuration", () => {
    const fromFlags = view({ flags: "floatX=float32,device=cpu,nvcc.fastmath=True" });
    const fromFile = view({ files: [rc("[global]\nfloatX = float32\ndevice = cpu\n\n[nvcc]\nfastmath = True\n")] });
    expect(fromFlags.toString()).toBe(fromFile.toString());
    expect([fromFile.floatX, fromFile.device, fromFile.nvcc.fastmath]).toEqual(["float32", "cpu", true]);
  });

  test("a faulty setting leaves what would hold without it", () => {
    expect(view({ files, flags: "floatX=float8" }).floatX).toBe("float16");
  });

  test("options and sections of a file are read in any case", () => {
    const config = view({ files: [rc("[GLOBAL]\nFLOATX = float32\n[debugmode]\nPatience = 3\n")] });
    expect([config.floatX, config.DebugMode.patience, config.problems]).toEqual(["float32", 3, []]);
  });

  test("THEANORC is a list of paths, ~ is home, and missing files are skipped", () => {
    expect(rcFiles({ THEANORC: "~/a:/b:" }, "/home/u", "linux")).toEqual(["/home/u/a", "/b"]);
    expect(rcFiles({}, "/home/u", "linux")).toEqual(["/home/u/.theanorc"]);
    expect(rcFiles({}, "/home/u", "win32").map((file) => file.replaceAll("\\", "/"))).toEqual([
      "/home/u/.theanorc",
      "/home/u/.theanorc.txt",
    ]);
    expect(registry({ files: [join(folder, "missing")] }).problems).toEqual([]);
  });
});

describe("problems of the environment and the files", () => {
  test.each<[what: string, given: Given, message: RegExp]>([
    ["a bad value", { flags: "floatX=float63" }, /"float63".*"floatX".*Did you mean "float64"\? \(from THEANO_FLAGS\)/],
    ["a bad value in a file", { files: [rc("[global]\n\nfloatX = float99\n")] }, /"floatX".*\(from .*rc\d+:3\)/],
    ["a bad number", { flags: "traceback.limit=many" }, /\(many\).*"traceback.limit".*whole number.*THEANO_FLAGS/],
    ["a removed flag", { flags: "home=/x" }, /`config.home` option has been removed.*config.base_compiledir/],
    [
      "an unknown flag",
      { flags: "floatx=float32" },
      /recognise this flag: floatx \(from THEANO_FLAGS\)\. Did you mean "floatX"\?/,
    ],
    ["a section left out", { flags: "limit=3" }, /Did you mean "traceback.limit"\?/],
    [
      "an unknown option",
      { files: [rc("[global]\ntraceback.limit = 3\n")] },
      /\[global\] traceback\.limit \(from .*:2\)/,
    ],
    ["no value", { flags: "floatX" }, /Config key 'floatX' has no value.*floatX=value/],
    ["an open quotation", { flags: 'mode="FAST_RUN' }, /No closing quotation/],
    ["no section", { files: [rc("floatX = float32\n")] }, /rc\d+:1: .*Begin the file with \[global\]/],
    ["a directory as file", { files: [folder] }, /could not be read/],
    ["threads", { env: { OMP_NUM_THREADS: "four" } }, /OMP_NUM_THREADS should be a number, got 'four'/],
    [
      "a device that does not compute",
      { flags: "device=gpu0" },
      /"gpu0" \(from THEANO_FLAGS\) is accepted without effect/,
    ],
    ["a forced device", { flags: "device=cuda0,force_device=True" }, /"cuda0".*cannot be used.*Use device=cpu/],
    ["an unknown key of a directory", { flags: "compiledir_format=%(nope)s" }, /no key "nope"; known keys are/],
  ])("%s is told and not fatal", (_, given, message) => {
    expect(messages(given)).toEqual([expect.stringMatching(message)]);
    expect(view(given).floatX).toBe("float64");
  });

  test("each is reported once", () => {
    const config = view({ flags: "nope=1" });
    const reported: string[] = [];
    config.reportProblems((message) => reported.push(message));
    config.reportProblems((message) => reported.push(message));
    expect(reported).toHaveLength(1);
  });

  test("strict loading throws the first error, with Theano's class", () => {
    const load = (flags: string) => () =>
      ConfigRegistry.load({ env: { THEANO_FLAGS: flags }, files: [], strict: true });
    expect(load("floatX=float63")).toThrow(ValueError);
    expect(load("dnn.conv.workmem=small")).toThrow(RuntimeError);
    expect(load("nope=1")).not.toThrow();
  });
});

describe("the configuration object", () => {
  test("has exact types", () => {
    const config = view();
    expectTypeOf(config.floatX).toEqualTypeOf<"float64" | "float32" | "float16">();
    expectTypeOf(config.DebugMode.patience).toEqualTypeOf<number>();
    expectTypeOf(config.tensor.cmp_sloppy).toEqualTypeOf<0 | 1 | 2>();
    expectTypeOf(config.dnn.conv.algo_fwd).toExtend<string>();
    expectTypeOf(config.profile).toEqualTypeOf<boolean>();
    expectTypeOf(config.vm.lazy).toEqualTypeOf<boolean | null>();
    expectTypeOf(config.get("optdb.max_use_ratio")).toEqualTypeOf<number>();
    // @ts-expect-error: not among the values of the enum
    expect(() => config.set("floatX", "float8")).toThrow(ValueError);
    // @ts-expect-error: only the environment and the files can set it
    expect(() => Object.assign(config, {}).set("device", "cuda")).toThrow(RuntimeError);
    expectTypeOf(config.toJSON()).toExtend<ConfigJson>();
  });

  test("reads, writes and lists flags as properties", () => {
    const config = view();
    config.floatX = "float32";
    config.DebugMode.patience = 3;
    expect([config.floatX, config.get("DebugMode.patience")]).toEqual(["float32", 3]);
    expect(Object.keys(config.vm)).toEqual(["lazy"]);
    expect("floatX" in config).toBe(true);
    expect("floatx" in config).toBe(false);
    expect(`${config.vm}`).toBe("vm.lazy = None");
    expect(inspect(config)).toBe(config.toString());
  });

  test("an unknown name is an error that names the nearest flag", async () => {
    const config = view();
    expect(() => Reflect.get(config, "floatx")).toThrow(/no flag "floatx"\. Did you mean "floatX"\?/);
    expect(() => Reflect.set(config.DebugMode, "patiens", 3)).toThrow(/"DebugMode.patiens".*"DebugMode.patience"/);
    expect(() => Reflect.deleteProperty(config, "floatX")).toThrow(AttributeError);
    expect(() => Object.defineProperty(config, "typo", { value: 1 })).toThrow(AttributeError);
    expect(await config).toBe(config);
  });

  test("an immutable flag names itself and where its value came from", () => {
    const { device } = view({ flags: "device=gpu1" });
    expect(device).toBe("gpu1");
    expect(() => view({ flags: "device=gpu1" }).setText("device", "cpu")).toThrow(
      /Can't change the value .*"device" has the value "gpu1" from THEANO_FLAGS/,
    );
  });

  test("an assignment from a panel keeps its place", () => {
    const config = view();
    config.setText("floatX", "32", { origin: "panel", place: "toolbar" });
    expect(config.describe("floatX")).toMatchObject({ value: "float32", origin: "panel", originDetail: "toolbar" });
    expect(() => config.setText("floatX", "8", { origin: "code", place: "cell-4.ts:1" })).toThrow(/from cell-4.ts:1/);
  });

  test("tells listeners about changes until they leave", () => {
    const config = view();
    const seen: string[] = [];
    const leave = config.onChange(({ name, previous, value }) => seen.push(`${name}: ${previous} → ${value}`));
    config.floatX = "float32";
    config.changeFlags({ profile: true }, () => undefined);
    leave();
    config.floatX = "float64";
    expect(seen).toEqual(["floatX: float64 → float32", "profile: false → true", "profile: true → false"]);
  });

  test("computed defaults follow the flags they depend on", () => {
    expect(view({ flags: "compile.wait=2" }).compile.timeout).toBe(48);
    expect(view({ flags: "warn.ignore_bug_before=all" }).warn.reduce_join).toBe(false);
    expect(view().warn.reduce_join).toBe(true);
    expect(view({ flags: "cuda.root=/opt/cuda" }).dnn.library_path).toBe(join("/opt/cuda", "lib64"));
    expect(view({ env: { PATH: "/nowhere" } }).cxx).toBe("");
  });

  test("the compiler is g++, or another that is on PATH", () => {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    const found = (): string => basename(view({ env: { PATH: bin } }).cxx);
    const install = (name: string): void => writeFileSync(join(bin, name), "");
    for (const name of ["cc", "clang", "gcc", "clang++", "g++"]) {
      install(name);
      expect(found()).toBe(name);
    }
  });

  test("reading compiledir makes the directory, listing it does not", () => {
    const config = view({ flags: "base_compiledir=~/cache,compiledir_format=for_%(processor)s" });
    const shown = config.describe("compiledir").value;
    expect(shown).toContain(join(folder, "cache", "for_"));
    expect(config.compiledir).toBe(shown);
    writeFileSync(join(folder, "file"), "");
    expect(() => view({ flags: "base_compiledir=~/file" }).compiledir).toThrow(
      /Unable to create the compiledir directory/,
    );
  });
});

describe("changeFlags", () => {
  const state = (config: Config): unknown[] => [
    config.floatX,
    config.traceback.limit,
    config.describe("floatX").origin,
  ];
  const before = ["float64", 8, "default"];
  const changes = { floatX: "float32", "traceback.limit": 3 } as const;

  test("restores after a return, and gives back what was returned", () => {
    const config = view();
    expect(config.changeFlags(changes, () => state(config))).toEqual(["float32", 3, "code"]);
    expect(state(config)).toEqual(before);
  });

  test("takes nested objects", () => {
    const config = view();
    expect(config.changeFlags({ DebugMode: { patience: 2 } }, () => config.DebugMode.patience)).toBe(2);
  });

  test("restores after an error", () => {
    const config = view();
    const fail = (): never => {
      throw new Error("inside");
    };
    expect(() => config.changeFlags(changes, fail)).toThrow("inside");
    expect(state(config)).toEqual(before);
  });

  test.each(["fulfilled", "rejected"])("restores when the promise is %s, not before", async (end) => {
    const config = view();
    const gate = Promise.withResolvers<number>();
    const result = config.changeFlags(changes, () => gate.promise);
    expect(config.floatX).toBe("float32");
    if (end === "fulfilled") gate.resolve(1);
    else gate.reject(new Error("later"));
    await result.catch(() => undefined);
    expect(state(config)).toEqual(before);
  });

  test.each<[what: string, change: object, error: RegExp]>([
    ["an unknown flag", { floatX: "float32", patiens: 1 }, /no flag "patiens"/],
    ["a bad value", { floatX: "float32", "traceback.limit": "many" }, /traceback.limit/],
    ["an immutable flag", { floatX: "float32", device: "cuda" }, /Can't change/],
  ])("undoes what it had changed on %s, and does not call the function", (_, change, error) => {
    const config = view();
    let called = false;
    expect(() => config.changeFlags(change, () => (called = true))).toThrow(error);
    expect([...state(config), called]).toEqual([...before, false]);
  });
});

describe("register", () => {
  const mine = flag("my.flag", int(), { default: 3, doc: "Mine." });

  test("adds a flag that takes what the environment says", () => {
    const config = view({ flags: "my.flag=7" });
    expect(config.problems).toHaveLength(1);
    config.register(mine);
    expect([config.get("my.flag"), config.problems]).toEqual([7, []]);
    expect(config.toString()).toMatch(/\nmy\.flag \(<class 'int'>\) \n {4}Doc: {2}Mine\..*\n {4}Value: {2}7\n\n$/);
  });

  test("refuses a name that is taken", () => {
    const config = view();
    config.register(mine);
    expect(() => config.register(mine)).toThrow(/This name is already taken/);
    expect(() => config.register({ ...mine, name: "set" })).toThrow(AttributeError);
    expect(() => config.register({ ...mine, name: "my" })).toThrow(AttributeError);
    expect(() => config.register({ ...mine, name: "floatX.wide" })).toThrow(TypeError);
  });
});

describe("the listing", () => {
  const listing = view({ flags: "floatX=float32" }).toString();

  test("shows each flag as Theano does", () => {
    expect(listing).toMatch(
      /^floatX \(\('float64', 'float32', 'float16'\)\) \n {4}Doc: {2}.+\n {4}Value: {2}float32\n\nwarn_float64 \(/,
    );
    expect(listing).toContain("\ndevice (cpu, gpu*, opencl*, cuda*) \n");
    expect(listing).toContain("\ninit_gpu_device (, gpu*, opencl*, cuda*) \n");
    expect(listing).toMatch(/\noptdb\.position_cutoff \(<class 'float'>\) \n.*\n {4}Value: {2}inf\n\n/);
    expect(listing.match(/^[\w.]+ \(.*\) $/gm)).toHaveLength(registry().names.length);
  });

  test("says which flags have no effect", () => {
    const docs = new Map(
      [...listing.matchAll(/^([\w.]+) \(.*\) \n {4}Doc: {2}(.*)$/gm)].map(([, name, doc]) => [name, doc]),
    );
    for (const { name, effective } of registry().flags()) {
      expect([name, docs.get(name)?.endsWith("(Accepted without effect in this version.)")]).toEqual([
        name,
        !effective,
      ]);
    }
  });
});
