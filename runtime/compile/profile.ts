/** Profiles: what a function's calls and compilation cost, by node. The text form is `profiletext.ts`. */
import { type DType, dtypeInfo } from "../array/dtype.ts";
import type { NDArray } from "../array/ndarray.ts";
import { config } from "../config/index.ts";
import type { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Thunk } from "../link/thunk.ts";
import type { InnerTracer } from "../link/trace.ts";
import { sourceLocation } from "../print/graph.ts";
import type { ProfileFunctionJson, ProfileJson, ProfileOpJson } from "../print/json.ts";
import type { OptimizeResult } from "../rewrite/engine.ts";
import { scanText } from "./profilescan.ts";
import { profileText } from "./profiletext.ts";

/** How an array lies in memory; strides and offset in bytes. */
export interface ArrayLayout {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly isContiguous: boolean;
  /** Of its elements. */
  readonly bytes: number;
}

/** What one node cost, over all calls. */
export interface NodeProfile {
  readonly node: Apply;
  readonly implementation: Thunk["implementation"];
  /** Position in execution order. */
  readonly index: number;
  /** Seconds that making it runnable took. */
  readonly makeSeconds: number;
  calls: number;
  seconds: number;
  /** What it read and gave at its last call; null unless `profile_memory` was on when the function was compiled. */
  arrays: { readonly inputs: readonly ArrayLayout[]; readonly outputs: readonly ArrayLayout[] } | null;
  /** What running the graph inside of its op cost; null for ops without one. */
  readonly inner: ProfileStats | null;
}

/** Seconds spent compiling, by stage. */
export interface CompileTimes {
  readonly total: number;
  readonly optimize: number;
  /** Within `optimize`: asking whether changes of the graph are allowed. */
  readonly validate: number;
  readonly link: number;
  /** Within `link`: turning generated code into functions. */
  readonly load: number;
}

/** A graph that was linked: its nodes in the order in which they run. */
export interface ProfiledGraph {
  readonly fgraph: FunctionGraph;
  readonly order: readonly Apply[];
}

/** When this library was loaded. */
const LOADED = now();

/** Monotonic time in seconds. */
export function now(): number {
  return performance.now() / 1000;
}

/** Seconds since this library was loaded. */
export function secondsSinceLoaded(): number {
  return now() - LOADED;
}

const NO_TIME: CompileTimes = { total: 0, optimize: 0, validate: 0, link: 0, load: 0 };

/** What one compiled function cost; filled while it runs. */
export class ProfileStats implements InnerTracer {
  readonly message: string;
  /** Calls, and seconds in them: all of each call, running the linked graph, and in its nodes. */
  calls = 0;
  callSeconds = 0;
  programSeconds = 0;
  /** What the optimizer did, for each function of the profile; empty unless `profile_optimizer` was on. */
  readonly optimizations: OptimizeResult[] = [];
  readonly graphs: ProfiledGraph[] = [];
  readonly #timeThunks: boolean;
  readonly #keepsArrays: boolean;
  readonly #ignoresFirstCalls: boolean;
  /** The functions that were called, where first calls are ignored. */
  readonly #warm = new WeakSet<object>();
  /** The thunks that ran, where first calls are ignored. */
  readonly #warmThunks = new WeakSet<Thunk>();
  readonly #nodes = new Map<Thunk, NodeProfile>();
  readonly #made = new Map<Apply, number>();
  readonly #inner = new Map<Apply, ProfileStats>();
  #compile = NO_TIME;

  constructor(message: string, timeThunks: boolean, ignoresFirstCalls: boolean = config.profiling.ignore_first_call) {
    this.message = message;
    this.#timeThunks = timeThunks;
    this.#keepsArrays = config.profile_memory;
    this.#ignoresFirstCalls = ignoresFirstCalls;
  }

  /** What several profiles tell, as one. */
  static sum(message: string, profiles: readonly ProfileStats[]): ProfileStats {
    const all = new ProfileStats(message, true, false);
    for (const profile of profiles) {
      all.calls += profile.calls;
      all.callSeconds += profile.callSeconds;
      all.programSeconds += profile.programSeconds;
      all.compiled(profile.compile);
      all.graphs.push(...profile.graphs);
      for (const [thunk, node] of profile.#nodes) all.#nodes.set(thunk, node);
    }
    return all;
  }

  get nodes(): readonly NodeProfile[] {
    return [...this.#nodes.values()];
  }

  /** Seconds in nodes; 0 when `profiling.time_thunks` is off. */
  get thunkSeconds(): number {
    return this.nodes.reduce((total, node) => total + node.seconds, 0);
  }

  /** Seconds spent compiling. */
  get compile(): CompileTimes {
    return this.#compile;
  }

  /** Tells the profile what a compilation cost; several functions may share a profile. */
  compiled(cost: Partial<CompileTimes>): void {
    const { total = 0, optimize = 0, validate = 0, link = 0, load = 0 } = cost;
    const before = this.#compile;
    this.#compile = {
      total: before.total + total,
      optimize: before.optimize + optimize,
      validate: before.validate + validate,
      link: before.link + link,
      load: before.load + load,
    };
  }

  /** Tells the profile what the optimizer did. */
  optimized(result: OptimizeResult): void {
    this.compiled({ optimize: result.seconds, validate: result.validateSeconds });
    if (config.profile_optimizer) this.optimizations.push(result);
  }

  /** Tells the profile of a call of `caller`: seconds in all of it, and in running its graph. */
  called(caller: object, callSeconds: number, programSeconds: number): void {
    if (this.#ignoresFirstCalls && !this.#warm.has(caller)) {
      this.#warm.add(caller);
      return;
    }
    this.calls += 1;
    this.callSeconds += callSeconds;
    this.programSeconds += programSeconds;
  }

  /** Starts again from no calls. */
  forgetCalls(): void {
    this.calls = 0;
    this.callSeconds = 0;
    this.programSeconds = 0;
    for (const node of this.#nodes.values()) {
      node.calls = 0;
      node.seconds = 0;
      node.inner?.forgetCalls();
    }
  }

  made(node: Apply, seconds: number, compiling: number): void {
    this.#made.set(node, (this.#made.get(node) ?? 0) + seconds);
    this.compiled({ load: compiling });
  }

  linked(fgraph: FunctionGraph, thunks: readonly Thunk[]): void {
    this.graphs.push({ fgraph, order: thunks.map(({ node }) => node) });
    for (const [index, thunk] of thunks.entries()) {
      const { node } = thunk;
      this.#nodes.set(thunk, {
        node,
        // What runs it may change while the profile is collected.
        get implementation() {
          return thunk.implementation;
        },
        index,
        makeSeconds: this.#made.get(node) ?? 0,
        calls: 0,
        seconds: 0,
        arrays: null,
        inner: this.#inner.get(node) ?? null,
      });
    }
  }

  inner(node: Apply): InnerTracer {
    const stats = new ProfileStats(String(node.op), this.#timeThunks, false);
    this.#inner.set(node, stats);
    return stats;
  }

  finished(seconds: number): void {
    this.called(this, seconds, seconds);
  }

  now(): number {
    return this.#timeThunks ? now() : 0;
  }

  ran(_index: number, thunk: Thunk, inputs: readonly NDArray[], outputs: readonly NDArray[], start: number): void {
    const seconds = this.#timeThunks ? now() - start : 0;
    const node = this.#nodes.get(thunk);
    if (node === undefined) return;
    if (this.#keepsArrays) node.arrays = { inputs: inputs.map(layoutOf), outputs: outputs.map(layoutOf) };
    if (this.#ignoresFirstCalls && !this.#warmThunks.has(thunk)) {
      this.#warmThunks.add(thunk);
      node.inner?.forgetCalls();
      return;
    }
    node.calls += 1;
    node.seconds += seconds;
  }

  /** The profile in Theano's layout. */
  summary(): string {
    return profileText(this);
  }

  /** The profiles of the loops of the function, one after the other; empty when it has none. */
  scanSummary(): string {
    return scanText(this);
  }

  toJSON(): ProfileJson {
    return profilesToJson([this]);
  }
}

function layoutOf(array: NDArray): ArrayLayout {
  const { bytes } = dtypeInfo(array.dtype);
  return {
    dtype: array.dtype,
    shape: array.shape,
    strides: array.byteStrides,
    offset: array.offset * bytes,
    isContiguous: array.isContiguous,
    bytes: array.size * bytes,
  };
}

/** Several functions' profiles as one document. */
export function profilesToJson(profiles: readonly ProfileStats[]): ProfileJson {
  return {
    schema: "theanotes.profile",
    minor: 0,
    functions: profiles.map(functionJson),
    text: profiles.map((p) => p.summary()).join("\n"),
  };
}

function functionJson(profile: ProfileStats): ProfileFunctionJson {
  return {
    name: profile.message,
    calls: profile.calls,
    callSeconds: profile.callSeconds,
    programSeconds: profile.programSeconds,
    thunkSeconds: profile.thunkSeconds,
    compileSeconds: profile.compile.total,
    optimizeSeconds: profile.compile.optimize,
    linkSeconds: profile.compile.link,
    ops: profile.nodes.map(opJson),
  };
}

function opJson({ node, implementation, index, calls, seconds }: NodeProfile): ProfileOpJson {
  return {
    id: index,
    apply: String(node),
    op: String(node.op),
    class: node.op.family,
    // An op's own JavaScript is the same tier as the JavaScript we print.
    impl: implementation === "perform" ? "js" : implementation,
    calls,
    seconds,
    location: sourceLocation(node.origin) ?? undefined,
  };
}
