/**
 * The JSON forms of a configuration, a report, a profile and a graph: what travels in MIME bundles to the
 * JupyterLab extension. The major version is part of the MIME type; readers ignore keys they do not know.
 */

export const CONFIG_MIME = "application/vnd.theanotes.config.v1+json";
export const DEBUG_MIME = "application/vnd.theanotes.debug.v1+json";
export const PROFILE_MIME = "application/vnd.theanotes.profile.v1+json";
export const GRAPH_MIME = "application/vnd.theanotes.graph.v1+json";

/** A place in the user's code: `cell-7.ts` line 3, or a file outside the notebook. Lines and columns are 1-based. */
export interface SourceLocation {
  readonly file: string;
  /** The number of the cell when `file` is a cell. */
  readonly cell?: number;
  readonly line: number;
  readonly column: number;
}

export interface ConfigFlagJson {
  readonly name: string;
  readonly kind: "bool" | "enum" | "int" | "float" | "str" | "device" | "map" | "cfg";
  readonly choices?: readonly string[];
  /** The value and default as text, as they would be written in THEANO_FLAGS. */
  readonly value: string;
  readonly default: string;
  readonly origin: "default" | "file" | "environment" | "code" | "panel";
  /** `~/.theanorc:3`, `THEANO_FLAGS`, `cell-4.ts:1` … */
  readonly originDetail?: string;
  readonly mutable: boolean;
  /** False when this implementation accepts the flag and does nothing with it. */
  readonly effective: boolean;
  readonly doc: string;
}
export interface ConfigJson {
  readonly schema: "theanotes.config";
  readonly minor: number;
  readonly flags: readonly ConfigFlagJson[];
}

export interface GraphNodeJson {
  readonly id: string;
  readonly kind: "input" | "shared" | "constant" | "apply" | "output";
  /** What to write on the node: the op, or the variable's name or value. */
  readonly label: string;
  readonly op?: string;
  /** `TensorType(float64, vector)` of a variable, or of an apply node's first output. */
  readonly type?: string;
  readonly name?: string;
  /** Position in execution order. */
  readonly topo?: number;
  readonly location?: SourceLocation;
  /** Seconds spent, when a profile is attached. */
  readonly seconds?: number;
}
export interface GraphEdgeJson {
  readonly from: string;
  readonly to: string;
  /** Which input of `to`. */
  readonly input: number;
  readonly alias?: "view" | "destroy";
}
export interface GraphJson {
  readonly schema: "theanotes.graph";
  readonly minor: number;
  readonly name?: string;
  readonly nodes: readonly GraphNodeJson[];
  readonly edges: readonly GraphEdgeJson[];
  /** The same graph as `debugprint` prints it. */
  readonly text: string;
}

/** A labelled line of a report, in Theano's own order and wording: `shape(value)`, `(1,)`. */
export interface ReportField {
  readonly label: string;
  readonly value: string;
}
export interface ValueSummaryJson {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly min?: string;
  readonly max?: string;
  readonly nanCount: number;
  readonly infCount: number;
  /** The value printed as NumPy prints it, cut to a readable length. */
  readonly text: string;
}
export interface DebugJson {
  readonly schema: "theanotes.debug";
  readonly minor: number;
  /** The exception class: InvalidValueError, BadThunkOutput … */
  readonly kind: string;
  /** One plain sentence that says what happened. */
  readonly title: string;
  readonly location?: SourceLocation;
  /** The op of the node that caused it. */
  readonly op?: string;
  readonly fields: readonly ReportField[];
  readonly inputs: readonly ValueSummaryJson[];
  readonly outputs: readonly ValueSummaryJson[];
  readonly graph?: GraphJson;
  readonly hints: readonly string[];
  /** Theano's own text; equals the bundle's text/plain. */
  readonly text: string;
}

export interface ProfileOpJson {
  readonly id: number;
  /** `Elemwise{add,no_inplace}(x, y)`. */
  readonly apply: string;
  readonly op: string;
  readonly class: string;
  /** Which tier ran it. */
  readonly impl: "interp" | "js" | "c" | "wasm" | "webgpu";
  readonly calls: number;
  readonly seconds: number;
  readonly location?: SourceLocation;
}
export interface ProfileFunctionJson {
  readonly name: string;
  readonly calls: number;
  /** Seconds in calls, in the linked program, in its thunks, and compiling (in all, optimizing, linking). */
  readonly callSeconds: number;
  readonly programSeconds: number;
  readonly thunkSeconds: number;
  readonly compileSeconds: number;
  readonly optimizeSeconds: number;
  readonly linkSeconds: number;
  readonly ops: readonly ProfileOpJson[];
}
export interface ProfileJson {
  readonly schema: "theanotes.profile";
  readonly minor: number;
  readonly functions: readonly ProfileFunctionJson[];
  /** `f.profile.summary()` in Theano's layout. */
  readonly text: string;
}
