/** How our tables and charts write times and shares. */

/** A unit of time, and how many of it are a second. */
export interface TimeUnit {
  readonly name: "s" | "ms" | "µs";
  readonly perSecond: number;
}

/** The unit in which `seconds` has a readable number before the point. */
export function timeUnit(seconds: number): TimeUnit {
  if (seconds >= 1) return { name: "s", perSecond: 1 };
  if (seconds >= 1e-3) return { name: "ms", perSecond: 1e3 };
  return { name: "µs", perSecond: 1e6 };
}

/** `1.25 s`, `12.5 ms`, `0.25 µs`: three significant digits. */
export function showSeconds(seconds: number): string {
  const unit = timeUnit(seconds);
  return `${threeDigits(seconds * unit.perSecond)} ${unit.name}`;
}

/** `37.5 %`. */
export function showShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** `1 call`, `3 calls`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function threeDigits(value: number): string {
  if (value === 0) return "0";
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(value)));
  return value.toFixed(Math.min(decimals, 3));
}
