/**
 * The generator MRG31k3p, and jumps along its sequence to the starts of streams.
 *
 * Sources: P. L'Ecuyer and R. Touzin, Fast combined multiple recursive generators with multipliers of the form
 * a = ±2^q ± 2^r, Winter Simulation Conference 2000, 683–689; for the jumps, P. L'Ecuyer, R. Simard, E. J. Chen and
 * W. D. Kelton, An object-oriented random-number package with many long streams and substreams, Operations Research 50
 * (2002), 1073–1075, and their package SSJ.
 */

/** Moduli of the two components. */
export const M1 = 2147483647;
export const M2 = 2147462579;
/** Words of a stream's state: three of each component, the newest first. */
export const STREAM_WORDS = 6;

type Matrix = readonly (readonly [number, number, number])[];

/** Transition matrices of the two components. */
interface Jump {
  readonly first: Matrix;
  readonly second: Matrix;
}

/** 2^72 steps: from one stream of a draw to the next. */
export const NEXT_STREAM: Jump = {
  first: [
    [1516919229, 758510237, 499121365],
    [1884998244, 1516919229, 335398200],
    [601897748, 1884998244, 358115744],
  ],
  second: [
    [1228857673, 1496414766, 954677935],
    [1133297478, 1407477216, 1496414766],
    [2002613992, 1639496704, 1407477216],
  ],
};

/** 2^134 steps: from the streams of one draw to those of the next. */
export const NEXT_DRAW: Jump = {
  first: [
    [1702500920, 1849582496, 1656874625],
    [828554832, 1702500920, 1512419905],
    [1143731069, 828554832, 102237247],
  ],
  second: [
    [796789021, 1464208080, 607337906],
    [1241679051, 1431130166, 1464208080],
    [1401213391, 1178684362, 1431130166],
  ],
};

/** The state that a jump leads to. */
export function jumped(state: Int32Array, jump: Jump): Int32Array<ArrayBuffer> {
  const next = new Int32Array(STREAM_WORDS);
  for (let row = 0; row < 3; row++) {
    next[row] = rowTimes(jump.first[row], state, 0, M1);
    next[row + 3] = rowTimes(jump.second[row], state, 3, M2);
  }
  return next;
}

function rowTimes(row: readonly number[], state: Int32Array, from: number, modulus: number): number {
  let sum = 0;
  for (let k = 0; k < 3; k++) sum += timesModulo(row[k], state[from + k], modulus);
  return sum % modulus;
}

/** a·b mod m for numbers of 31 bits, in two steps whose products a float64 holds exactly. */
function timesModulo(a: number, b: number, modulus: number): number {
  const high = Math.floor(a / 2 ** 16);
  const low = a % 2 ** 16;
  return (((high * b) % modulus) * 2 ** 16 + low * b) % modulus;
}

/** The states of `count` streams as rows, the first being `start` and each 2^72 steps behind the one before. */
export function streamStates(start: Int32Array<ArrayBuffer>, count: number): Int32Array<ArrayBuffer> {
  const states = new Int32Array(count * STREAM_WORDS);
  let state = start;
  for (let i = 0; i < count; i++) {
    states.set(state, i * STREAM_WORDS);
    state = jumped(state, NEXT_STREAM);
  }
  return states;
}

/**
 * Fills `samples` with whole numbers from 1 to 2^31 − 1, number i from stream i modulo the number of streams, and moves
 * the streams on in place.
 */
export function fillFromStreams(states: Int32Array, samples: Int32Array): void {
  const end = states.length;
  let at = 0;
  for (let i = 0; i < samples.length; i++) {
    samples[i] = step(states, at);
    at += STREAM_WORDS;
    if (at === end) at = 0;
  }
}

/** One step of the stream whose state starts at `at`. Sums wrap at 32 bits, so that an overflow shows as a sign. */
function step(states: Int32Array, at: number): number {
  const x12 = states[at + 1];
  const x13 = states[at + 2];
  const shifted = (((x12 & 0x1ff) << 22) + (x12 >> 9) + ((x13 & 0xffffff) << 7) + (x13 >> 24)) | 0;
  const x11 = reduced(reduced(shifted, M1) + x13, M1);

  const x21 = states[at + 3];
  const x23 = states[at + 5];
  const newest = reduced(((x21 & 0xffff) << 15) + 21069 * (x21 >> 16), M2);
  const oldest = reduced(reduced(((x23 & 0xffff) << 15) + 21069 * (x23 >> 16), M2) + x23, M2);
  const y = reduced(oldest + newest, M2);

  states[at + 2] = x12;
  states[at + 1] = states[at];
  states[at] = x11;
  states[at + 5] = states[at + 4];
  states[at + 4] = x21;
  states[at + 3] = y;
  return x11 <= y ? x11 - y + M1 : x11 - y;
}

/** A sum less its modulus where it reaches it or has overflowed. */
function reduced(sum: number, modulus: number): number {
  const wrapped = sum | 0;
  return wrapped < 0 || wrapped >= modulus ? (wrapped - modulus) | 0 : wrapped;
}
