/** Discrete Fourier transforms of any length, of plain arrays: the numerics under `fft.ts`. */

/** Real and imaginary parts of complex numbers. */
export interface ComplexArray {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function complexZeros(length: number): ComplexArray {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

/** Prime factors above this take a convolution, which is of order n·log n whatever n is. */
const LARGEST_DIRECT_FACTOR = 50;

/**
 * X[k] = Σ x[j]·exp(-2πi·jk/n) for one length n; the inverse has the other sign and is not scaled. Made once for a
 * length, it may be used for many transforms.
 */
export class FourierTransform {
  readonly length: number;
  readonly #factors: readonly number[];
  /** exp(-2πi·k/n). */
  readonly #roots: ComplexArray;

  constructor(length: number) {
    this.length = length;
    this.#factors = primeFactors(length);
    this.#roots = unitRoots(length);
  }

  /** A new array; `x` stays as it is. */
  forward(x: ComplexArray): ComplexArray {
    if (this.#factors.some((factor) => factor > LARGEST_DIRECT_FACTOR)) return this.#byConvolution(x);
    const result = complexZeros(this.length);
    this.#transform(x, 0, 1, result, 0, this.length, 0);
    return result;
  }

  /** Not scaled: `backward(forward(x))` is n times x. */
  backward({ re, im }: ComplexArray): ComplexArray {
    // With real and imaginary parts exchanged on both sides, forward goes backward.
    const { re: imaginary, im: real } = this.forward({ re: im, im: re });
    return { re: real, im: imaginary };
  }

  /**
   * Transforms `n` elements of `x` into consecutive ones of `out`, by transforms of the elements at each residue modulo
   * the next factor (Cooley and Tukey).
   */
  #transform(
    x: ComplexArray,
    start: number,
    step: number,
    out: ComplexArray,
    to: number,
    n: number,
    level: number,
  ): void {
    if (n === 1) {
      out.re[to] = x.re[start];
      out.im[to] = x.im[start];
      return;
    }
    const factor = this.#factors[level];
    const count = n / factor;
    for (let q = 0; q < factor; q++)
      this.#transform(x, start + q * step, step * factor, out, to + q * count, count, level + 1);
    const part = complexZeros(factor);
    for (let k = 0; k < count; k++) {
      for (let q = 0; q < factor; q++) {
        part.re[q] = out.re[to + q * count + k];
        part.im[q] = out.im[to + q * count + k];
      }
      for (let r = 0; r < factor; r++) this.#combine(part, k + r * count, this.length / n, out, to + k + r * count);
    }
  }

  /** Σ part[q]·root(q·k·step) into one element. */
  #combine(part: ComplexArray, k: number, step: number, out: ComplexArray, to: number): void {
    const { re, im } = this.#roots;
    let [real, imaginary] = [0, 0];
    for (let q = 0; q < part.re.length; q++) {
      const root = (q * k * step) % this.length;
      real += part.re[q] * re[root] - part.im[q] * im[root];
      imaginary += part.re[q] * im[root] + part.im[q] * re[root];
    }
    out.re[to] = real;
    out.im[to] = imaginary;
  }

  /** As a convolution with a chirp, by transforms whose length is a power of two (L. Bluestein, 1970). */
  #byConvolution(x: ComplexArray): ComplexArray {
    const n = this.length;
    const transform = new FourierTransform(2 ** Math.ceil(Math.log2(2 * n - 1)));
    const chirp = unitRoots(2 * n);
    const [signal, filter] = [complexZeros(transform.length), complexZeros(transform.length)];
    for (let j = 0; j < n; j++) {
      const root = j ** 2 % (2 * n);
      const [c, s] = [chirp.re[root], chirp.im[root]];
      signal.re[j] = x.re[j] * c - x.im[j] * s;
      signal.im[j] = x.re[j] * s + x.im[j] * c;
      for (const at of [j, (transform.length - j) % transform.length]) {
        filter.re[at] = c;
        filter.im[at] = -s;
      }
    }
    const convolved = transform.backward(products(transform.forward(signal), transform.forward(filter)));
    const result = complexZeros(n);
    for (let k = 0; k < n; k++) {
      const root = k ** 2 % (2 * n);
      const [re, im] = [convolved.re[k] / transform.length, convolved.im[k] / transform.length];
      result.re[k] = re * chirp.re[root] - im * chirp.im[root];
      result.im[k] = re * chirp.im[root] + im * chirp.re[root];
    }
    return result;
  }
}

function products(a: ComplexArray, b: ComplexArray): ComplexArray {
  return {
    re: a.re.map((re, i) => re * b.re[i] - a.im[i] * b.im[i]),
    im: a.re.map((re, i) => re * b.im[i] + a.im[i] * b.re[i]),
  };
}

function primeFactors(n: number): readonly number[] {
  const factors: number[] = [];
  let rest = n;
  for (let factor = 2; factor * factor <= rest; factor++)
    for (; rest % factor === 0; rest /= factor) factors.push(factor);
  return rest > 1 ? [...factors, rest] : factors;
}

/** exp(-2πi·k/n) for k from 0 to n - 1; multiples of an eighth of a turn are exact. */
function unitRoots(n: number): ComplexArray {
  const roots = complexZeros(n);
  for (let k = 0; k < n; k++) {
    roots.re[k] = cosine(k, n);
    roots.im[k] = cosine(4 * k + n, 4 * n);
  }
  return roots;
}

/** cos(2π·k/n), from the angle's place within an eighth of a turn. */
function cosine(k: number, n: number): number {
  const place = Math.min(k % n, n - (k % n));
  if (4 * place > n) return -cosine(n - 2 * place, 2 * n);
  if (8 * place > n) return Math.sin((2 * Math.PI * (n - 4 * place)) / (4 * n));
  return Math.cos((2 * Math.PI * place) / n);
}
