import { captureStack, describeFrame, userFrames } from "../base/stack.ts";

/** Where a flag's value came from. A later entry of this list wins over an earlier one. */
export type FlagSource =
  | { readonly origin: "default" }
  | { readonly origin: "file"; readonly file: string; readonly line: number }
  | { readonly origin: "environment"; readonly variable: string }
  | { readonly origin: "code"; readonly place?: string }
  | { readonly origin: "panel"; readonly place?: string };

/** Every kind of origin. */
export type FlagOrigin = FlagSource["origin"];

/** The code that is running, with its place when that is a notebook's cell. */
export function runningCode(): FlagSource {
  const [frame] = userFrames(captureStack(1).stack ?? "", 1);
  return frame?.cell == null ? { origin: "code" } : { origin: "code", place: describeFrame(frame) };
}

/** The source of a value in a few words: `~/.theanorc:3`, `THEANO_FLAGS`, `cell 4, line 1`, `an assignment`. */
export function showSource(source: FlagSource): string {
  switch (source.origin) {
    case "default":
      return "its default";
    case "file":
      return `${source.file}:${source.line}`;
    case "environment":
      return source.variable;
    case "code":
      return source.place ?? "an assignment";
    case "panel":
      return source.place ?? "the configuration panel";
  }
}
