/**
 * The natural logarithm with an error of hardly more than half a unit in the last place. C libraries give it so, and
 * NumPy's normal numbers are made with theirs; `Math.log` is rounded the other way in one of thirty cases.
 *
 * The argument is 2^k·m, and c = j/128 lies near m, so that log x = k·log 2 + log c + log(m/c), where the logarithms of
 * all c are known to twice the precision, and the last one is a short series.
 */

/** A number to twice the precision of a float64: the sum of the two. */
interface Double2 {
  readonly high: number;
  readonly low: number;
}

/** Steps between the numbers c in 1. */
const STEPS = 128;
/** Fixed-point numbers have this many binary places. */
const PLACES = 120n;
const ONE = 1n << PLACES;

/** log(a/b) in fixed point, by 2·artanh((a − b)/(a + b)). */
function fixedLog(a: number, b: number): bigint {
  const z = (ONE * BigInt(a - b)) / BigInt(a + b);
  const square = (z * z) / ONE;
  let sum = 0n;
  let power = z;
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = (power * square) / ONE;
  }
  return 2n * sum;
}

function toNumber(fixed: bigint): number {
  return Number(fixed) * 2 ** -Number(PLACES);
}

/** High parts have this many binary places: few enough that any exponent times that of log 2 is exact. */
const HIGH_PLACES = 40n;

function toDouble2(fixed: bigint): Double2 {
  const step = 1n << (PLACES - HIGH_PLACES);
  const high = (fixed / step) * step;
  return { high: toNumber(high), low: toNumber(fixed - high) };
}

const LOG_2 = toDouble2(fixedLog(2, 1));

/** The numbers j that m comes near to, from √½ to √2. */
const LOWEST_STEP = 90;
const HIGHEST_STEP = 182;
const LOGS = logsOfSteps();

/** Each from the one before it, since logarithms of numbers close to 1 take only few terms. */
function logsOfSteps(): readonly Double2[] {
  const sums = [0n];
  for (let j = LOWEST_STEP; j < HIGHEST_STEP; j++) sums.push(sums[sums.length - 1] + fixedLog(j + 1, j));
  const origin = sums[STEPS - LOWEST_STEP];
  return sums.map((sum) => toDouble2(sum - origin));
}

/** log x for a positive, normal, finite x. */
export function exactLog(x: number): number {
  const exponent = Math.round(Math.log2(x));
  const m = x * 2 ** -exponent;
  const j = Math.round(m * STEPS);
  const c = j / STEPS;
  // m − c is exact; what the quotient leaves over, too, is found by splitting it in halves.
  const difference = m - c;
  const r = difference / c;
  const upper = Math.fround(r);
  const rest = (difference - upper * c - (r - upper) * c) / c;
  const cube = r * r * r;
  const tail = cube * (1 / 3 - r * (1 / 4 - r * (1 / 5 - r * (1 / 6 - r * (1 / 7 - r / 8)))));
  const half = upper * upper * 0.5;
  const halfRest = (r - upper) * (r + upper) * 0.5;
  const step = LOGS[j - LOWEST_STEP];
  const whole = exponent * LOG_2.high + step.high;
  const first = twoSum(whole, r);
  const second = twoSum(first.high, -half);
  const low = first.low + second.low + (exponent * LOG_2.low + step.low) + rest - halfRest + tail;
  return second.high + low;
}

/** a + b and what rounding it loses. */
function twoSum(a: number, b: number): Double2 {
  const high = a + b;
  const back = high - a;
  return { high, low: a - (high - back) + (b - back) };
}
