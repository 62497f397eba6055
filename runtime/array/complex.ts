/** Complex numbers as elements of arrays. */
import { inspect } from "node:util";

/** One complex number, unchangeable. What can be computed with it stands in the table of scalar ops. */
export class Complex {
  /** The real part. */
  readonly re: number;
  /** The imaginary part. */
  readonly im: number;

  constructor(re: number, im = 0) {
    this.re = re;
    this.im = im;
  }

  /** Whether both parts agree; as for numbers, NaN equals nothing and 0 equals -0. */
  equals(other: Complex): boolean {
    return this.re === other.re && this.im === other.im;
  }

  /** Whether either part is NaN. */
  get isNaN(): boolean {
    return Number.isNaN(this.re) || Number.isNaN(this.im);
  }

  /** Whether both parts are finite. */
  get isFinite(): boolean {
    return Number.isFinite(this.re) && Number.isFinite(this.im);
  }

  /** As Python writes it: `(1.5+2j)`, `2j`. */
  toString(): string {
    const im = `${pythonNumber(this.im)}j`;
    if (Object.is(this.re, 0)) return im;
    return `(${pythonNumber(this.re)}${im.startsWith("-") ? "" : "+"}${im})`;
  }

  /** What `console.log` prints. */
  [inspect.custom](): string {
    return this.toString();
  }
}

function pythonNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}
