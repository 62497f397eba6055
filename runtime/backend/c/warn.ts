/** Warnings of the C backend: each cause is told once. */

const told = new Set<string>();

/** Warns, unless that cause was told before. */
export function warnOnce(cause: string, message: string): void {
  if (told.has(cause)) return;
  told.add(cause);
  process.emitWarning(message, "TheanoWarning");
}
