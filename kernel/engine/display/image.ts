/** Pictures that a cell's value holds: bytes of PNG and JPEG files, and data URLs. */
import { Buffer } from "node:buffer";
import type { DisplayData } from "../../messages.ts";
import { displayOf } from "./bundle.ts";

/** The bytes that files of a type begin with. */
const SIGNATURES: readonly (readonly [mime: string, start: readonly number[]])[] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
];
const DATA_URL = /^data:(image\/(?:png|jpeg));base64,([A-Za-z0-9+/]+={0,2})$/;

/** The picture that `value` holds, or null when it holds none. */
export function imageDisplay(value: unknown): DisplayData | null {
  if (typeof value === "string") {
    const [, mime, base64] = DATA_URL.exec(value) ?? [];
    return mime === undefined || base64 === undefined ? null : image(mime, base64);
  }
  if (!(value instanceof Uint8Array)) return null;
  const found = SIGNATURES.find(([, start]) => start.every((byte, i) => value[i] === byte));
  return found === undefined ? null : image(found[0], Buffer.from(value).toString("base64"));
}

function image(mime: string, base64: string): DisplayData {
  const bytes = Math.floor((base64.replace(/=+$/, "").length * 3) / 4);
  return displayOf({ [mime]: base64, "text/plain": `<${mime}, ${bytes} bytes>` });
}
