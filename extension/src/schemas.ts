import type { FromConfigComm } from "@theanotes/kernel/comm-config";
import type {
  ConfigFlagJson,
  ConfigJson,
  DebugJson,
  GraphEdgeJson,
  GraphJson,
  GraphNodeJson,
  ReportField,
  SourceLocation,
  ValueSummaryJson,
} from "@theanotes/runtime/json";
import * as v from "valibot";

/**
 * Readers of the kernel's JSON. A notebook file can come from anyone and from any version, so nothing is believed
 * before it has been checked; keys that we do not know are ignored, as the MIME types promise.
 */
type Schema<T> = v.GenericSchema<unknown, T>;

const origin = v.picklist(["default", "file", "environment", "code", "panel"]);

const location: Schema<SourceLocation> = v.object({
  file: v.string(),
  cell: v.optional(v.number()),
  line: v.number(),
  column: v.number(),
});

const flag: Schema<ConfigFlagJson> = v.object({
  name: v.string(),
  kind: v.picklist(["bool", "enum", "int", "float", "str", "device", "map", "cfg"]),
  choices: v.optional(v.array(v.string())),
  value: v.string(),
  default: v.string(),
  origin,
  originDetail: v.optional(v.string()),
  mutable: v.boolean(),
  effective: v.boolean(),
  doc: v.string(),
});

const graphNode: Schema<GraphNodeJson> = v.object({
  id: v.string(),
  kind: v.picklist(["input", "shared", "constant", "apply", "output"]),
  label: v.string(),
  op: v.optional(v.string()),
  type: v.optional(v.string()),
  name: v.optional(v.string()),
  topo: v.optional(v.number()),
  location: v.optional(location),
  seconds: v.optional(v.number()),
});

const graphEdge: Schema<GraphEdgeJson> = v.object({
  from: v.string(),
  to: v.string(),
  input: v.number(),
  alias: v.optional(v.picklist(["view", "destroy"])),
});

const reportField: Schema<ReportField> = v.object({ label: v.string(), value: v.string() });

const valueSummary: Schema<ValueSummaryJson> = v.object({
  name: v.string(),
  dtype: v.string(),
  shape: v.array(v.number()),
  min: v.optional(v.string()),
  max: v.optional(v.string()),
  nanCount: v.number(),
  infCount: v.number(),
  text: v.string(),
});

/** The data of {@link CONFIG_MIME}. */
export const configSchema: Schema<ConfigJson> = v.object({
  schema: v.literal("theanotes.config"),
  minor: v.number(),
  flags: v.array(flag),
});

/** The data of {@link GRAPH_MIME}. */
export const graphSchema: Schema<GraphJson> = v.object({
  schema: v.literal("theanotes.graph"),
  minor: v.number(),
  name: v.optional(v.string()),
  nodes: v.array(graphNode),
  edges: v.array(graphEdge),
  text: v.string(),
});

/** The data of {@link DEBUG_MIME}. */
export const debugSchema: Schema<DebugJson> = v.object({
  schema: v.literal("theanotes.debug"),
  minor: v.number(),
  kind: v.string(),
  title: v.string(),
  location: v.optional(location),
  op: v.optional(v.string()),
  fields: v.array(reportField),
  inputs: v.array(valueSummary),
  outputs: v.array(valueSummary),
  graph: v.optional(graphSchema),
  hints: v.array(v.string()),
  text: v.string(),
});

/** What the kernel says on the configuration comm. */
export const configCommSchema: Schema<FromConfigComm> = v.union([
  v.object({ op: v.literal("snapshot"), rev: v.number(), flags: v.array(flag), modes: v.array(v.string()) }),
  v.object({ op: v.literal("changed"), rev: v.number(), name: v.string(), value: v.string(), origin }),
  v.object({ op: v.literal("result"), req: v.number(), ok: v.literal(true) }),
  v.object({ op: v.literal("result"), req: v.number(), ok: v.literal(false), error: v.string() }),
]);

/** `data` read by a schema, or null when it is not what the schema describes. */
export function read<T>(schema: Schema<T>, data: unknown): T | null {
  const result = v.safeParse(schema, data);
  return result.success ? result.output : null;
}
