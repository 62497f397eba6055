"""
Makes special-series.ts: Chebyshev series of the smooth parts of special functions, from mpmath with 50 digits.
Run with mpmath 1.4; format the result with Biome.
"""
from fractions import Fraction
from pathlib import Path

import mpmath as mp

mp.mp.dps = 50
SAMPLES = 64
PSI_ROOT = mp.findroot(mp.psi0 if hasattr(mp, "psi0") else mp.digamma, mp.mpf("1.4616"))


def hankel(order):
    """P and Q of J = sqrt(2 / (pi x)) (P cos(c) - Q sin(c)), c = x - (2 order + 1) pi / 4; Q times x."""
    def parts(x):
        chi, size = x - (2 * order + 1) * mp.pi / 4, mp.sqrt(mp.pi * x / 2)
        j, y = mp.besselj(order, x), mp.bessely(order, x)
        return size * (j * mp.cos(chi) + y * mp.sin(chi)), x * size * (y * mp.cos(chi) - j * mp.sin(chi))
    return parts


def far(order, part):
    """In s = (8 / x)^2; its limit at s = 0 is known."""
    limits = [1, mp.mpf(4 * order * order - 1) / 8]
    return lambda s: limits[part] if s == 0 else hankel(order)(8 / mp.sqrt(s))[part]


# What is expanded, over which interval, and in words. Divisions by zero are never sampled.
SERIES = {
    "ERF": (lambda s: mp.erf(mp.sqrt(s)) / mp.sqrt(s) - 1, 0, 1, "erf(x) / x - 1 in x² on [0, 1]"),
    "ERFCX": (lambda t: (lambda x: (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x))(mp.mpf(15) / 4 * (1 + t) / (1 - t)), -1, 1, "(1 + 2x) erfcx(x) in (x - 3.75) / (x + 3.75) for x ≥ 0"),
    "GAMMA": (lambda x: (mp.gamma(x) - 1) / ((x - 1) * (x - 2)), 1, 2, "(Γ(x) - 1) / ((x - 1)(x - 2)) on [1, 2]"),
    "GAMMALN": (lambda x: mp.loggamma(x) / ((x - 1) * (x - 2)), 1, 3, "ln Γ(x) / ((x - 1)(x - 2)) on [1, 3]"),
    "PSI": (lambda x: mp.digamma(x) / (x - PSI_ROOT), 1, 2, "ψ(x) / (x - root) on [1, 2]"),
    "J0": (lambda s: (mp.besselj(0, mp.sqrt(s)) - 1) / s, 0, 64, "(J0(x) - 1) / x² in x² on [0, 64]"),
    "J1": (lambda s: mp.besselj(1, mp.sqrt(s)) / mp.sqrt(s), 0, 64, "J1(x) / x in x² on [0, 64]"),
    "J0_COS": (far(0, 0), 0, 1, "P of J0 in (8 / x)² for x ≥ 8"),
    "J0_SIN": (far(0, 1), 0, 1, "x Q of J0 in (8 / x)² for x ≥ 8"),
    "J1_COS": (far(1, 0), 0, 1, "P of J1 in (8 / x)² for x ≥ 8"),
    "J1_SIN": (far(1, 1), 0, 1, "x Q of J1 in (8 / x)² for x ≥ 8"),
    "I0": (lambda x: (mp.exp(-x) * mp.besseli(0, x) - 1) / x, 0, 8, "(e^-x I0(x) - 1) / x on [0, 8]"),
    "I1": (lambda x: mp.exp(-x) * mp.besseli(1, x) / x, 0, 8, "e^-x I1(x) / x on [0, 8]"),
    "I0_FAR": (lambda t: mp.exp(-8 / t) * mp.besseli(0, 8 / t) * mp.sqrt(8 / t), 0, 1, "√x e^-x I0(x) in 8 / x for x ≥ 8"),
    "I1_FAR": (lambda t: mp.exp(-8 / t) * mp.besseli(1, 8 / t) * mp.sqrt(8 / t), 0, 1, "√x e^-x I1(x) in 8 / x for x ≥ 8"),
}


def chebyshev(f, low, high):
    """The coefficients by the discrete orthogonality at Chebyshev's nodes, cut where they no longer change a double."""
    angles = [mp.pi * (k + mp.mpf(1) / 2) / SAMPLES for k in range(SAMPLES)]
    values = [f((high + low + (high - low) * mp.cos(a)) / mp.mpf(2)) for a in angles]
    sums = [2 * mp.fsum(v * mp.cos(n * a) for v, a in zip(values, angles)) / SAMPLES for n in range(SAMPLES)]
    sums[0] /= 2
    last = max(n for n, c in enumerate(sums) if abs(c) > mp.mpf(2) ** -57 * max(map(abs, values)))
    assert last < SAMPLES - 8, "needs more samples"
    return [float(c) for c in sums[: last + 1]]


def temme(counts):
    """
    Taylor coefficients about 0 of c0(h), c1(h) … of DLMF 8.12.10, with m - ln(1 + m) = h^2 / 2: exact, as fractions.
    Index 0 stands for h^-1 until the poles have cancelled.
    """
    size = 2 * len(counts) + max(counts) + 2
    m = [Fraction(0), Fraction(1)]  # from m m' = h (1 + m)
    for n in range(2, size + 1):
        known = sum(m[i] * (n + 1 - i) * m[n + 1 - i] for i in range(2, n))
        m.append((m[n - 1] - known) / (n + 1))
    inverse = [Fraction(1)]  # h / m
    for n in range(1, size):
        inverse.append(-sum(m[i + 1] * inverse[n - i] for i in range(1, n + 1)))
    stirling = [Fraction(1), Fraction(1, 12), Fraction(1, 288), Fraction(-139, 51840)]
    c = [inverse[0] - 1, *inverse[1:]]
    for k, count in enumerate(counts):
        assert c[0] == 0
        yield [float(x) for x in c[1 : count + 1]]
        slope = [n * x for n, x in enumerate(c[1:])]  # of c's part without pole; dividing by h moves it to index n - 1
        assert slope[0] == 0
        g = (-1) ** (k + 1) * stirling[k + 1] if k + 1 < len(counts) else 0
        c = [x + g * y for x, y in zip(slope[1:], inverse)]


lines = ["/** Coefficients of Chebyshev's polynomials T0, T1 …, made by special-series.py with mpmath. */"]
for name, (f, low, high, words) in SERIES.items():
    coefficients = chebyshev(f, low, high)
    print(name, len(coefficients))
    lines += ["", f"/** {words}. */", f"export const {name}: readonly number[] = [{', '.join(map(repr, coefficients))}];"]
rows = ", ".join(f"[{', '.join(map(repr, row))}]" for row in temme([18, 14, 10, 6]))
lines += ["", "/** Taylor coefficients of c0(η), c1(η) … in the uniform expansion of the incomplete gamma functions. */", f"export const TEMME: readonly (readonly number[])[] = [{rows}];"]
high = float(PSI_ROOT)
lines += ["", "/** The positive root of ψ, and what rounding it left out. */", f"export const PSI_ROOT: readonly [number, number] = [{high!r}, {float(PSI_ROOT - high)!r}];", ""]
Path(__file__).with_suffix(".ts").write_text("\n".join(lines))
