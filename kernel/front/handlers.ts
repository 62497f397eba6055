/** What the kernel answers to each request, by channel. */
import { kernelVersion } from "../package-info.ts";
import { codePointOfOffset, offsetOfCodePoint } from "./codepoints.ts";
import type { Comms } from "./comms.ts";
import type { Connection } from "./connection.ts";
import type { Executions } from "./executions.ts";
import { flagField, numberField, textField } from "./fields.ts";
import type { History } from "./history.ts";
import type { Language } from "./language/language.ts";
import type { Handler, HandlerTable } from "./requests.ts";
import { type JsonObject, PROTOCOL_VERSION } from "./wire.ts";

export interface HandlerParts {
  readonly connection: Connection;
  readonly language: Language;
  readonly executions: Executions;
  readonly history: History;
  readonly comms: Comms;
  /** Ends the kernel once the reply to this request has been sent. */
  shutdown(): void;
}

/** The requests that are served at once, also while a cell runs. `execute_request` waits in line: see `Executions`. */
export function createHandlers(parts: HandlerParts): Readonly<Record<"shell" | "control", HandlerTable>> {
  const { connection, language, executions, history, comms } = parts;
  const kernelInfo: Handler = () => kernelInfoContent(language);
  const shutdown: Handler = ({ content }) => {
    parts.shutdown();
    return { restart: flagField(content, "restart", false) };
  };
  return {
    shell: {
      kernel_info_request: kernelInfo,
      complete_request: ({ content }) => complete(language, content),
      inspect_request: ({ content }) => inspect(language, content),
      is_complete_request: async ({ content }) => ({ ...(await language.isComplete(textField(content, "code"))) }),
      history_request: ({ content }) => ({ history: history.find(content) }),
      connect_request: () => connectionContent(connection),
      shutdown_request: shutdown,
      ...comms.handlers,
    },
    control: {
      kernel_info_request: kernelInfo,
      interrupt_request: () => {
        executions.interrupt();
        return {};
      },
      shutdown_request: shutdown,
    },
  };
}

function kernelInfoContent(language: Language): JsonObject {
  const version = kernelVersion();
  return {
    protocol_version: PROTOCOL_VERSION,
    implementation: "theanotes",
    implementation_version: version,
    language_info: {
      name: "typescript",
      version: language.version,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: "typescript",
      nbconvert_exporter: "script",
    },
    banner: `Theanotes ${version}: ${language.name} ${language.version} on Node ${process.versions.node}`,
    help_links: [{ text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/" }],
    supported_features: [],
  };
}

async function complete(language: Language, content: JsonObject): Promise<JsonObject> {
  const { code, offset } = cursor(content);
  const { start, end, items } = await language.complete(code, offset);
  const span = { start: codePointOfOffset(code, start), end: codePointOfOffset(code, end) };
  return {
    matches: items.map(({ text }) => text),
    cursor_start: span.start,
    cursor_end: span.end,
    // JupyterLab's extension of the protocol: what each match is, in the same order.
    metadata: { _jupyter_types_experimental: items.map((item) => ({ ...span, ...item })) },
  };
}

async function inspect(language: Language, content: JsonObject): Promise<JsonObject> {
  const { code, offset } = cursor(content);
  const detail = numberField(content, "detail_level") === 1 ? 1 : 0;
  const data = await language.inspect(code, offset, detail);
  return { found: data !== null, data: data ?? {}, metadata: {} };
}

function cursor(content: JsonObject): { code: string; offset: number } {
  const code = textField(content, "code");
  const point = numberField(content, "cursor_pos");
  return { code, offset: point === null ? code.length : offsetOfCodePoint(code, point) };
}

function connectionContent({ ports }: Connection): JsonObject {
  const { shell, control, iopub, stdin, hb } = ports;
  return { shell_port: shell, control_port: control, iopub_port: iopub, stdin_port: stdin, hb_port: hb };
}
