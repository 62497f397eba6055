/**
 * One step of the set-up.
 * @typedef {object} Step
 * @property {string} title what the step provides
 * @property {() => boolean} isCurrent whether there is nothing to do
 * @property {(report: (detail: string) => void) => Promise<string>} run does it; may report what it is at, and says at the
 *   end what it did. Throws when it could not.
 */

const onTerminal = process.stdout.isTTY && !process.env.CI;
const FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/**
 * Performs a step unless it is up to date, and shows how it goes.
 * @param {Step} step
 */
export async function perform({ title, isCurrent, run }) {
  if (isCurrent()) {
    console.log(`✓ ${title}: up to date`);
    return;
  }
  const start = Date.now();
  const seconds = () => ((Date.now() - start) / 1000).toFixed(1);
  const display = onTerminal ? spinner(title, seconds) : plainLines(title, seconds);
  try {
    const summary = await run(display.report);
    display.end(`✓ ${title}: ${summary} (${seconds()} s)`);
  } catch (error) {
    display.end(`✗ ${title}: failed (${seconds()} s)`);
    throw error;
  }
}

/**
 * A line that is written over while the step runs.
 * @param {string} title
 * @param {() => string} seconds
 */
function spinner(title, seconds) {
  let detail = "";
  let frame = 0;
  const draw = () => {
    frame = (frame + 1) % FRAMES.length;
    const text = `${FRAMES[frame]} ${title} (${seconds()} s) ${detail}`;
    process.stdout.write(`\r\x1b[K${text.slice(0, (process.stdout.columns || 80) - 1)}`);
  };
  const timer = setInterval(draw, 100);
  return {
    /** @param {string} text */
    report: (text) => {
      detail = text;
    },
    /** @param {string} text */
    end: (text) => {
      clearInterval(timer);
      process.stdout.write(`\r\x1b[K${text}\n`);
    },
  };
}

/**
 * Lines for a log: one at the start, one every 15 seconds, one at the end.
 * @param {string} title
 * @param {() => string} seconds
 */
function plainLines(title, seconds) {
  let detail = "";
  console.log(`· ${title} …`);
  const timer = setInterval(() => console.log(`· ${title} (${seconds()} s) ${detail}`), 15_000);
  return {
    /** @param {string} text */
    report: (text) => {
      detail = text;
    },
    /** @param {string} text */
    end: (text) => {
      clearInterval(timer);
      console.log(text);
    },
  };
}
