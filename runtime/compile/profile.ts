/** Profiles: what a function's calls and compilation cost, by node. The text form is `profiletext.ts`. */
import type { Apply } from "../graph/apply.ts";
import type { Thunk } from "../link/thunk.ts";
import type { Tracer } from "../link/trace.ts";
import { sourceLocation } from "../print/graph.ts";
import type { ProfileFunctionJson, ProfileJson, ProfileOpJson } from "../print/json.ts";
import { profileText } from "./profiletext.ts";

/** What one node cost, over all calls. */
export interface NodeProfile {
  readonly node: Apply;
  readonly implementation: Thunk["implementation"];
  /** Position in execution order. */
  readonly index: number;
  calls: number;
  seconds: number;
}

/** Seconds spent compiling, by stage. */
export interface CompileTimes {
  readonly total: number;
  readonly optimize: number;
  readonly link: number;
}

/** Monotonic time in seconds. */
export function now(): number {
  return performance.now() / 1000;
}

/** What one compiled function cost; filled while it runs. */
export class ProfileStats implements Tracer {
  readonly message: string;
  /** Calls, and seconds in them: all of each call, running the linked graph, and in its nodes. */
  calls = 0;
  callSeconds = 0;
  programSeconds = 0;
  readonly #timeThunks: boolean;
  readonly #nodes = new Map<Thunk, NodeProfile>();
  #compile: CompileTimes = { total: 0, optimize: 0, link: 0 };

  constructor(message: string, timeThunks: boolean) {
    this.message = message;
    this.#timeThunks = timeThunks;
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
  compiled({ total = 0, optimize = 0, link = 0 }: Partial<CompileTimes>): void {
    const before = this.#compile;
    this.#compile = {
      total: before.total + total,
      optimize: before.optimize + optimize,
      link: before.link + link,
    };
  }

  /** Tells the profile which nodes it will hear of. */
  linked(thunks: readonly Thunk[]): void {
    for (const [index, thunk] of thunks.entries())
      this.#nodes.set(thunk, {
        node: thunk.node,
        implementation: thunk.implementation,
        index,
        calls: 0,
        seconds: 0,
      });
  }

  now(): number {
    return this.#timeThunks ? now() : 0;
  }

  ran(_index: number, thunk: Thunk, _inputs: unknown, _outputs: unknown, start: number): void {
    const node = this.#nodes.get(thunk);
    if (node === undefined) return;
    node.calls += 1;
    if (this.#timeThunks) node.seconds += now() - start;
  }

  /** The profile in Theano's layout. */
  summary(): string {
    return profileText(this);
  }

  toJSON(): ProfileJson {
    return profilesToJson([this]);
  }
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
