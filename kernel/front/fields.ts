/** Reading the fields of a request. A field that is missing or of the wrong type counts as its default. */
import type { JsonObject } from "./wire.ts";

export function textField(content: JsonObject, name: string, fallback = ""): string {
  const value = content[name];
  return typeof value === "string" ? value : fallback;
}

export function flagField(content: JsonObject, name: string, fallback: boolean): boolean {
  const value = content[name];
  return typeof value === "boolean" ? value : fallback;
}

export function numberField(content: JsonObject, name: string): number | null {
  const value = content[name];
  return typeof value === "number" && Number.isFinite(value) ? Math.trunc(value) : null;
}

/** The entries of an object of strings; others are left out. */
export function textEntries(content: JsonObject, name: string): [name: string, text: string][] {
  const value = content[name];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
}
