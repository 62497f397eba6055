/** Something that the person at the keyboard can put right: shown as plain text, without a stack. */
export class Problem extends Error {
  /**
   * @param {string} what what is wrong
   * @param {string} [advice] what to do about it
   */
  constructor(what, advice) {
    super(advice === undefined ? what : `${what}\n\n${advice}`);
    this.name = "Problem";
  }
}

/**
 * Runs a command's main function and turns its result, or what it threw, into the exit code.
 * @param {() => Promise<number>} main
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.exitCode = 1;
    console.error(`\n${describe(error)}`);
  }
}

/**
 * A problem's text; anything else is a fault of ours, and needs its stack.
 * @param {unknown} error
 */
export function describe(error) {
  if (error instanceof Problem) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
