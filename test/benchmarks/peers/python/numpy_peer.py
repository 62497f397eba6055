"""NumPy: one pass per operation; gradients written out by hand where that is reasonable."""

import numpy as np

PACKAGES = ["numpy"]
REASONS = {
    "lstm-gradient": "NumPy has no gradients",
    "lenet": "NumPy has no convolution of images",
    "lenet-step": "NumPy has no convolution of images",
}


def read(results):
    return results


def values(t):
    return {name: tensor.value for name, tensor in t.items()}


def pure(function):
    """A program without states: a function of its inputs by name."""

    def make(t):
        arguments = values(t)
        return lambda: function(**arguments)

    return make


def update(t):
    s = t["s"].value

    def call():
        np.add(s, 1, out=s)
        return (s,)

    return call


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def softmax(a):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def log_softmax(a):
    z = a - a.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def layer_norm(a):
    c = a - a.mean(axis=1, keepdims=True)
    return c / np.sqrt(np.square(c).mean(axis=1, keepdims=True) + a.dtype.type(1e-5))


def logreg(t):
    v = values(t)
    x, y, w, b = v["x"], v["y"], v["w"].copy(), v["b"].copy()

    def call():
        nonlocal w, b
        p = sigmoid(x @ w + b)
        entropy = -y * np.log(p) - (1 - y) * np.log(1 - p)
        d = (p - y) / len(y)
        w = w - 0.1 * (x.T @ d + 0.02 * w)
        b = b - 0.1 * d.sum()
        return p > 0.5, entropy

    return call


def mlp(t):
    v = values(t)
    x, y = v["x"], v["y"]
    p = {name: v[name].copy() for name in ("w1", "b1", "w2", "b2")}
    rows, f = np.arange(len(y)), np.float32

    def call():
        h = np.tanh(x @ p["w1"] + p["b1"])
        s = softmax(h @ p["w2"] + p["b2"])
        squares = np.vdot(p["w1"], p["w1"]) + np.vdot(p["w2"], p["w2"])
        cost = -np.log(s[rows, y]).mean() + f(1e-4) * squares
        s[rows, y] -= 1
        s /= f(len(y))
        dz = (s @ p["w2"].T) * (1 - h * h)
        slopes = {
            "w2": h.T @ s + f(2e-4) * p["w2"],
            "b2": s.sum(axis=0),
            "w1": x.T @ dz + f(2e-4) * p["w1"],
            "b1": dz.sum(axis=0),
        }
        for name, slope in slopes.items():
            slope *= f(0.01)
            p[name] -= slope
        return (cost,)

    return call


def lstm(x, w, u, b, h0):
    n = u.shape[0]
    inputs = x @ w + b
    h = c = h0
    for step in inputs:
        z = step + h @ u
        gates = sigmoid(z[:, : 3 * n])
        c = gates[:, n : 2 * n] * c + gates[:, :n] * np.tanh(z[:, 3 * n :])
        h = gates[:, 2 * n :] * np.tanh(c)
    return (h,)


def hierarchical(y, x, g, a, mu, b, s):
    scale = np.exp(-s)
    r = (y - a[g] - b * x) * scale
    square = np.dot(r, r)
    d = a - mu
    density = -0.5 * square - len(y) * s - 0.5 * np.dot(d, d)
    da = np.bincount(g, weights=r, minlength=len(a)) * scale - d
    return density, da, d.sum(), np.dot(r, x) * scale, square - len(y)


def poisson(y, x, a, b):
    eta = a + b * x
    e = np.exp(eta)
    d = y - e
    return np.dot(y, eta) - e.sum(), d.sum(), np.dot(d, x)


PROGRAMS = {
    "add": pure(lambda a, b: (a + b,)),
    "scalar": pure(lambda x: (2 * x + 1,)),
    "update": update,
    "chain": pure(lambda a, b, c: (2 * a + 3 * b - c * a,)),
    "chain-tanh": pure(lambda a, b, c: ((a * b + c) * np.tanh(a) - np.square(b),)),
    "sigmoid": pure(lambda a: (sigmoid(a),)),
    "tanh": pure(lambda a: (np.tanh(a),)),
    "exp": pure(lambda a: (np.exp(a),)),
    "sum": pure(lambda a: (a.sum(),)),
    "softmax": pure(lambda a: (softmax(a),)),
    "log-softmax": pure(lambda a: (log_softmax(a),)),
    "layer-norm": pure(lambda a: (layer_norm(a),)),
    "dot": pure(lambda a, b: (a @ b,)),
    "logreg": logreg,
    "mlp": mlp,
    "lstm": pure(lstm),
    "hierarchical": pure(hierarchical),
    "poisson": pure(poisson),
}
