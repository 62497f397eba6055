/**
 * What a check found.
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} skipped
 * @property {string[]} failures one text for each failed test
 */

/**
 * A check that counts as one test.
 * @param {string} name
 * @param {boolean} ok
 * @returns {Tally}
 */
export const single = (name, ok) => ({ passed: ok ? 1 : 0, skipped: 0, failures: ok ? [] : [name] });

/**
 * @param {Tally[]} tallies
 * @returns {Tally}
 */
export const total = (tallies) => ({
  passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
  skipped: tallies.reduce((sum, { skipped }) => sum + skipped, 0),
  failures: tallies.flatMap(({ failures }) => failures),
});

/**
 * The closing line of `npm test`.
 * @param {Tally} tally
 */
export function closingLine({ passed, skipped, failures }) {
  const line = `${passed} passed, ${failures.length} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}
