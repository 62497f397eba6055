"""
Makes special-golden.json: true values of the special functions from mpmath with 50 digits, rounded to the nearest
double, and what SciPy gives at the edges. Run with mpmath 1.4 and SciPy 1.10, the version that Theano 1.0.5 ran on.
"""
import json
from pathlib import Path

import mpmath as mp
import numpy as np
import scipy
import scipy.special as sp

mp.mp.dps = 50
rng = np.random.RandomState(7)


def uniform(low, high, count=60):
    return [float(x) for x in rng.uniform(low, high, count)]


def powers(low, high, count=40):
    return [float(10.0**e) for e in rng.uniform(low, high, count)]


def around(low, high, count=60):
    """Pairs (a, x) with a in 10^[low, high] and x from a tenth to ten times that."""
    return [(a, a * 10.0 ** rng.uniform(-1, 1)) for a in powers(low, high, count)]


def erfcx(x):
    """Through erfc while it can be had, then by the first terms of its asymptotic series."""
    return mp.exp(x * x) * mp.erfc(x) if x < 1e4 else (1 - 1 / (2 * x * x) + 3 / (4 * x**4)) / (x * mp.sqrt(mp.pi))


PAIRS = [*around(-1, 1.5), *around(1.5, 3.5, 20), *around(-9, -1, 20), (2e4, 19900.0), (1e6, 1.002e6), (1e10, 1e10 + 3e5), (1e15, 1e15 - 1e7)]
SMALL = [(k, x) for k, x in PAIRS if k < 170]  # both factors are finite
POSITIVE = [*uniform(0, 5), *uniform(0, 100), *powers(-300, 0), *powers(0, 300)]
BESSEL = [*uniform(-10, 10), *uniform(-60, 60), *powers(-100, 0, 20), *powers(1, 6, 20)]
ORDERS = [*zip(uniform(0, 5), uniform(0, 10)), *zip(uniform(0, 60), uniform(0, 120)), *zip(uniform(-12, 0), uniform(0, 60)), *zip(rng.randint(-20, 60, 40), uniform(-60, 60)), *zip(uniform(0, 300), powers(-1, 2.8)), *zip(uniform(0, 3), powers(1, 2.8))]
MODIFIED = [*uniform(-10, 10), *uniform(-700, 700), *powers(-100, 0, 20)]


def upper(k, x):
    """By quadrature where mpmath's own would need too many terms."""
    if k < 3e3:
        return mp.gammainc(k, x, mp.inf, regularized=True)
    width, scale = mp.sqrt(k), mp.loggamma(k)
    pieces = [max(x, k + n * width) for n in range(-20, 21, 2)]
    return mp.quad(lambda t: mp.exp((k - 1) * mp.log(t) - t - scale), sorted(set(pieces)))


def lower(k, x):
    return 1 - upper(k, x) if k >= 3e3 else mp.gammainc(k, 0, x, regularized=True)


# op: the true function, where to sample it, SciPy's function, and the greatest error: in units of the last place, or relative.
OPS = {
    "erf": (mp.erf, [*uniform(-6, 6), *powers(-300, 0)], sp.erf, "ulps", 4),
    "erfc": (mp.erfc, [*uniform(-6, 27, 200), *powers(-300, 0)], sp.erfc, "ulps", 4),
    "erfcx": (erfcx, [*uniform(-26, 30, 200), *powers(-300, 100)], sp.erfcx, "ulps", 4),
    "erfinv": (mp.erfinv, [*uniform(-1, 1, 120), *powers(-300, 0), *(1 - x for x in powers(-15, 0))], sp.erfinv, "relative", 1e-13),
    "erfcinv": (lambda q: mp.erfinv(1 - q) if q > 1e-30 else mp.findroot(lambda x: mp.log(mp.erfc(x)) - mp.log(q), float(sp.erfcinv(float(q)))), [*uniform(0, 2, 120), *powers(-300, 0)], sp.erfcinv, "relative", 1e-13),
    "gamma": (mp.gamma, [*uniform(-170, 171, 200), *uniform(-6, 6), *powers(-300, 0)], sp.gamma, "ulps", 4),
    "gammaln": (lambda x: mp.log(abs(mp.gamma(x))) if x < 1e3 else mp.loggamma(x), [*POSITIVE, *uniform(-300, 0)], sp.gammaln, "ulps", 4),
    "psi": (mp.digamma, [*POSITIVE, *uniform(-30, 0)], sp.psi, "relative", 1e-13),
    "tri_gamma": (lambda x: mp.psi(1, x), [*uniform(0, 100), *powers(-150, 150), *uniform(-30, 0)], lambda x: sp.polygamma(1, x), "relative", 1e-13),
    "tetra_gamma": (lambda x: mp.psi(2, x), [*uniform(0, 100), *powers(-90, 100), *uniform(-30, 0)], lambda x: sp.polygamma(2, x), "relative", 1e-14),
    "chi2sf": (lambda x, k: upper(k / 2, x / 2), [(x, k) for k, x in PAIRS], lambda x, k: sp.chdtrc(k, x), "relative", 1e-13),
    "gammainc": (lower, PAIRS, sp.gammainc, "relative", 1e-13),
    "gammaincc": (upper, PAIRS, sp.gammaincc, "relative", 1e-13),
    "gammau": (lambda k, x: upper(k, x) * mp.gamma(k), SMALL, None, "relative", 1e-13),
    "gammal": (lambda k, x: lower(k, x) * mp.gamma(k), SMALL, None, "relative", 1e-13),
    "j0": (lambda x: mp.besselj(0, x), BESSEL, sp.j0, "relative", 1e-13),
    "j1": (lambda x: mp.besselj(1, x), BESSEL, sp.j1, "relative", 1e-13),
    "jv": (mp.besselj, ORDERS, None, "relative", 1e-13),
    "i0": (lambda x: mp.besseli(0, x), MODIFIED, sp.i0, "relative", 1e-13),
    "i1": (lambda x: mp.besseli(1, x), MODIFIED, sp.i1, "relative", 1e-13),
    "iv": (mp.besseli, ORDERS, None, "relative", 1e-13),
}
EDGES = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 2.0, -2.0, -3.0, 1e300, 5e-324, -5e-324]
WITH_ZEROS = {"gammaln", "psi", "j0", "j1", "jv"}
TAILS = {"chi2sf", "gammainc", "gammaincc", "gammau", "gammal"}  # exponentials of rounded numbers
# Where large arguments have no exact value, or SciPy's rounding is not worth following.
SKIPPED = {("j0", 1e300), ("j1", 1e300), ("gammaln", 5e-324), ("gammaln", -5e-324), ("erfcinv", 5e-324)}


def encode(value):
    value = float(value)
    return "NaN" if np.isnan(value) else ("Infinity" if value > 0 else "-Infinity") if np.isinf(value) else repr(value)


def fit_to_test(op, f, point, value):
    """Whether a double holds the value to its last place, and no zero is so close that rounding x changes the value."""
    least = mp.mpf("1e-150") if op in TAILS else mp.mpf(2) ** -1020
    if not least < abs(value) < mp.mpf(2) ** 1023:
        return False
    *order, x = point
    shift = min(1, abs(x) / (1 + abs(sum(order)))) / 2
    return op not in WITH_ZEROS or abs(value) > abs(mp.re(f(*order, x + shift))) / 20


def columns(points):
    return [" ".join(encode(x) for x in column) for column in zip(*points)]


cases = []
for op, (f, points, scipy_function, measure, bound) in OPS.items():
    points = [tuple(map(float, p)) if isinstance(p, tuple) else (p,) for p in points]
    values = [(p, mp.re(f(*map(mp.mpf, p)))) for p in points]
    kept = [(p, v) for p, v in values if fit_to_test(op, f, list(map(mp.mpf, p)), v)]
    cases.append({"op": op, "measure": measure, "bound": bound, "args": columns([p for p, _ in kept]), "result": " ".join(encode(v) for _, v in kept)})
    if scipy_function is not None and len(points[0]) == 1:
        edges = [(x,) for x in EDGES if (op, x) not in SKIPPED]
        cases.append({"op": op, "measure": "ulps", "bound": 4, "args": columns(edges), "result": " ".join(encode(scipy_function(x)) for (x,) in edges)})

made_with = f"mpmath {mp.__version__} and SciPy {scipy.__version__}, special-golden.py"
lines = ",\n".join(json.dumps(case) for case in cases)
Path(__file__).with_suffix(".json").write_text(f'{{"made_with": "{made_with}", "cases": [\n{lines}\n]}}\n')
