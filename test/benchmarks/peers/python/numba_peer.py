"""numba: loops written out in Python and compiled, with reordered arithmetic allowed, as its users write them."""

import math

import numba
import numpy as np

PACKAGES = ["numba", "llvmlite"]
NETWORK = "a network written out in loops is no program that numba's users would write"
REASONS = {name: NETWORK for name in ("mlp", "lstm", "lstm-gradient", "lenet", "lenet-step")}

loops = numba.njit(fastmath=True)


def read(results):
    return results


def program(function):
    """A compiled function of the inputs in their order that returns a tuple of results."""

    def make(t):
        arguments = [tensor.value if tensor.value.ndim > 0 else tensor.value[()] for tensor in t.values()]
        return lambda: function(*arguments)

    return make


def mapped(expression):
    """A loop over vectors; `expression` is of their elements."""
    inner = numba.njit(fastmath=True)(expression)
    if expression.__code__.co_argcount == 1:

        @loops
        def one(a):
            result = np.empty_like(a)
            for i in range(a.size):
                result[i] = inner(a[i])
            return (result,)

        return program(one)

    @loops
    def three(a, b, c):
        result = np.empty_like(a)
        for i in range(a.size):
            result[i] = inner(a[i], b[i], c[i])
        return (result,)

    return program(three)


@loops
def add(a, b):
    return (a + b,)


@loops
def scalar(x):
    return (2 * x + 1,)


@loops
def update(s):
    for i in range(s.size):
        s[i] += 1
    return (s,)


@loops
def total(a):
    result = a.dtype.type(0)
    for i in range(a.size):
        result += a[i]
    return (result,)


@loops
def softmax(a):
    result = np.empty_like(a)
    for r in range(a.shape[0]):
        top = a[r].max()
        norm = a.dtype.type(0)
        for i in range(a.shape[1]):
            e = np.exp(a[r, i] - top)
            result[r, i] = e
            norm += e
        for i in range(a.shape[1]):
            result[r, i] /= norm
    return (result,)


@loops
def log_softmax(a):
    result = np.empty_like(a)
    for r in range(a.shape[0]):
        top = a[r].max()
        norm = a.dtype.type(0)
        for i in range(a.shape[1]):
            norm += np.exp(a[r, i] - top)
        shift = top + np.log(norm)
        for i in range(a.shape[1]):
            result[r, i] = a[r, i] - shift
    return (result,)


@loops
def layer_norm(a):
    result = np.empty_like(a)
    n = a.shape[1]
    for r in range(a.shape[0]):
        mean = a[r].sum() / n
        variance = a.dtype.type(0)
        for i in range(n):
            variance += (a[r, i] - mean) ** 2
        scale = 1 / math.sqrt(variance / n + 1e-5)
        for i in range(n):
            result[r, i] = (a[r, i] - mean) * scale
    return (result,)


@loops
def dot(a, b):
    return (np.dot(a, b),)


@loops
def logreg_step(x, y, w, b):
    z = np.dot(x, w)
    m = z.size
    predicted, entropy, d = np.empty(m, np.bool_), np.empty(m), np.empty(m)
    for i in range(m):
        p = 1 / (1 + math.exp(-z[i] - b[0]))
        predicted[i] = p > 0.5
        entropy[i] = -y[i] * math.log(p) - (1 - y[i]) * math.log(1 - p)
        d[i] = (p - y[i]) / m
    g = np.dot(d, x)
    for j in range(w.size):
        w[j] -= 0.1 * (g[j] + 0.02 * w[j])
    b[0] -= 0.1 * d.sum()
    return predicted, entropy


def logreg(t):
    x, y, w, b = (t[name].value for name in ("x", "y", "w", "b"))
    b = b.reshape(1)
    return lambda: logreg_step(x, y, w, b)


@loops
def hierarchical(y, x, g, a, mu, b, s):
    scale = math.exp(-s)
    da = np.zeros_like(a)
    square = db = 0.0
    for i in range(y.size):
        r = (y[i] - a[g[i]] - b * x[i]) * scale
        square += r * r
        db += r * x[i]
        da[g[i]] += r
    prior = dmu = 0.0
    for j in range(a.size):
        d = a[j] - mu
        prior += d * d
        dmu += d
        da[j] = da[j] * scale - d
    return -0.5 * square - y.size * s - 0.5 * prior, da, dmu, db * scale, square - y.size


@loops
def poisson(y, x, a, b):
    density = da = db = 0.0
    for i in range(y.size):
        eta = a + b * x[i]
        e = math.exp(eta)
        d = y[i] - e
        density += y[i] * eta - e
        da += d
        db += d * x[i]
    return density, da, db


PROGRAMS = {
    "add": program(add),
    "scalar": program(scalar),
    "update": program(update),
    "chain": mapped(lambda a, b, c: 2 * a + 3 * b - c * a),
    "chain-tanh": mapped(lambda a, b, c: (a * b + c) * np.tanh(a) - b * b),
    "sigmoid": mapped(lambda a: 1 / (1 + np.exp(-a))),
    "tanh": mapped(lambda a: np.tanh(a)),
    "exp": mapped(lambda a: np.exp(a)),
    "sum": program(total),
    "softmax": program(softmax),
    "log-softmax": program(log_softmax),
    "layer-norm": program(layer_norm),
    "dot": program(dot),
    "logreg": logreg,
    "hierarchical": program(hierarchical),
    "poisson": program(poisson),
}
