/**
 * Sine and cosine as programs over vector lanes, for angles up to {@link NEAR}: farther ones need more digits of π than lanes
 * can look up, and are left to scalar code. The programs have 64 bits, and serve both precisions.
 */
import {
  abs,
  add,
  arg,
  bits,
  floor,
  fromBits,
  iadd,
  iand,
  int,
  type Lane,
  mul,
  ne,
  num,
  polynomial,
  select,
  shl,
  sub,
} from "./lanes.ts";

/** The largest angle, in radians, for which the programs hold: quarter turns are counted in 20 bits. */
export const NEAR = 1e6;

/** π/2 in four parts. Multiples of the first three by 20 bits are exact. */
const QUARTER = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32] as const;
const MAGIC = 1.5 * 2 ** 52;
const SIGN = 1n << 63n;
/** Terms of Taylor's series; what follows is below the last place up to π/4. */
const TERMS = 8;

/** An angle from the nearest multiple of π/2, and that multiple: as a number, and in the low bits of a float. */
interface Turned {
  readonly rest: Lane;
  readonly count: Lane;
  readonly shifted: Lane;
}

/** Cody and Waite's reduction. Errors of the differences are taken up, so that the rest is exact to its last place. */
function turned(angle: Lane): Turned {
  const [first, second, third, last] = QUARTER;
  const shifted = add(mul(angle, num(2 / Math.PI)), num(MAGIC));
  const count = sub(shifted, num(MAGIC));
  const a = sub(angle, mul(count, num(first)));
  const b = sub(a, mul(count, num(second)));
  const lost = sub(sub(a, b), mul(count, num(second)));
  const c = sub(b, mul(count, num(third)));
  const lostToo = sub(sub(b, c), mul(count, num(third)));
  return { rest: add(c, sub(add(lostToo, lost), mul(count, num(last)))), count, shifted };
}

/** Σ (-1)^i z^i / (2 i + first)! */
function series(z: Lane, first: number): Lane {
  let factorial = 1;
  for (let i = 2; i <= first; i++) factorial *= i;
  const coefficients = Array.from({ length: TERMS }, (_, i) => {
    if (i > 0) factorial *= -(2 * i + first - 1) * (2 * i + first);
    return 1 / factorial;
  });
  return polynomial(z, coefficients);
}

/** The sine and the cosine of an angle of at most π/4. */
function both(x: Lane): { readonly sine: Lane; readonly cosine: Lane } {
  const z = mul(x, x);
  const half = mul(num(0.5), z);
  const near = sub(num(1), half);
  return {
    sine: sub(x, mul(mul(x, z), series(z, 3))),
    cosine: add(near, add(sub(sub(num(1), near), half), mul(mul(z, z), series(z, 4)))),
  };
}

/** The sine of an angle that is so many quarter turns further. */
function sineAfter(angle: Lane, quarters: 0 | 1): Lane {
  const { rest, count, shifted } = turned(angle);
  const { sine, cosine } = both(rest);
  const half = mul(count, num(0.5));
  const isOdd = ne(floor(half), half);
  const size = quarters === 0 ? select(isOdd, cosine, sine) : select(isOdd, sine, cosine);
  // Every second pair of quarter turns changes the sign: the second lowest bit, added to the highest one.
  const sign = iand(shl(iadd(bits(shifted), int(BigInt(quarters))), 62), int(SIGN));
  return fromBits(iadd(bits(size), sign));
}

const PROGRAMS = {
  // Of the angle's size, so that the sign of zero stays.
  sin: fromBits(iadd(bits(sineAfter(abs(arg(0)), 0)), iand(bits(arg(0)), int(SIGN)))),
  cos: sineAfter(abs(arg(0)), 1),
} as const satisfies Record<string, Lane>;

/** The name of a function that has a program for near angles. */
export type NearName = keyof typeof PROGRAMS;

export function isNear(name: string): name is NearName {
  return Object.hasOwn(PROGRAMS, name);
}

/** The program of a function of `arg(0)`. */
export function nearProgram(name: NearName): Lane {
  return PROGRAMS[name];
}
