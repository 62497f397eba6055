/** How any value of a cell looks. */
import { inspect } from "node:util";
import { config, DebugModeError, isTheanoFunction, NDArray, ProfileStats, TensorVariable } from "@theanotes/runtime";
import type { DisplayData } from "../../messages.ts";
import { arrayDisplay } from "./array.ts";
import { DISPLAY_METHOD, displayOf, isDisplayable, isMimeBundle, textDisplay } from "./bundle.ts";
import { Chart } from "./chart.ts";
import { configDisplay } from "./config.ts";
import { DisplayHandle } from "./display.ts";
import { functionDisplay, variableDisplay } from "./graph.ts";
import { imageDisplay } from "./image.ts";
import { profileChart } from "./profile.ts";
import { isRecords, recordsDisplay } from "./records.ts";
import { reportDisplay } from "./report.ts";
import { isVegaLite } from "./vega.ts";

type Described = DisplayData | null | Promise<DisplayData | null>;

/** `EngineServices.describe`: never throws, and a promise of it never rejects, whatever the value does. */
export function describe(value: unknown): Described {
  try {
    const described = look(value);
    return described instanceof Promise ? described.catch((error) => cannotBeShown(error)) : described;
  } catch (error) {
    return cannotBeShown(error);
  }
}

/** `EngineServices.describeError`: DebugMode's report, in full. */
export function describeError(error: unknown): DisplayData | null {
  return error instanceof DebugModeError ? reportDisplay(error.report) : null;
}

/** A value's text alone, as Node's console writes it, but without colours. */
export function plainText(value: unknown): string {
  // Text of several lines reads better as it is than as a literal.
  if (typeof value === "string" && value.includes("\n")) return value;
  return inspect(value, { colors: false, depth: 4 });
}

/** What we know how to draw comes first, then what draws itself, then everything else. */
function look(value: unknown): Described {
  if (value === undefined || value instanceof DisplayHandle) return null;
  if (value === config) return configDisplay(config.toJSON(), config.toString());
  if (value instanceof NDArray) return arrayDisplay(value);
  if (value instanceof TensorVariable) return variableDisplay(value);
  if (isTheanoFunction(value)) return functionDisplay(value);
  if (value instanceof ProfileStats) return look(profileChart(value));
  if (isDisplayable(value)) return ownDisplay(value);
  if (isVegaLite(value)) return look(new Chart(value, plainText(value)));
  if (isRecords(value)) return recordsDisplay(value);
  return imageDisplay(value) ?? textDisplay(plainText(value));
}

function ownDisplay(value: { [DISPLAY_METHOD](): unknown }): Described {
  const shown = value[DISPLAY_METHOD]();
  return shown instanceof Promise ? shown.then((bundle) => checked(bundle, value)) : checked(shown, value);
}

/** The bundle of a value's own making, with text for front ends that draw nothing. */
function checked(bundle: unknown, value: unknown): DisplayData {
  if (!isMimeBundle(bundle)) return textDisplay(plainText(value));
  return displayOf("text/plain" in bundle ? bundle : { ...bundle, "text/plain": plainText(value) });
}

function cannotBeShown(error: unknown): DisplayData {
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return textDisplay(`<a value that cannot be shown: ${why}>`);
}
