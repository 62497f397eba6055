"""PyTorch on the processor, as it is written: eager, with its own fused functions and its own LSTM."""

import torch
from torch.nn import functional as F

torch.set_num_threads(1)
torch.set_num_interop_threads(1)

PACKAGES = ["torch"]


def read(results):
    return [result.detach().numpy() for result in results]


def values(t):
    return {name: torch.from_numpy(tensor.value) for name, tensor in t.items()}


def pure(function):
    def make(t):
        arguments = values(t)

        def call():
            with torch.no_grad():
                return function(**arguments)

        return call

    return make


def gradient(function, names):
    """A value and its slopes."""

    def make(t):
        v = values(t)
        leaves = [v[name].requires_grad_() for name in names]

        def call():
            value = function(**v)
            return value, *torch.autograd.grad(value, leaves)

        return call

    return make


def stepping(function, rate):
    """Descends; the function gives a cost and results."""

    def make(t):
        v = values(t)
        leaves = [v[name].requires_grad_() for name, tensor in t.items() if tensor.is_state]

        def call():
            cost, results = function(**v)
            slopes = torch.autograd.grad(cost, leaves)
            with torch.no_grad():
                torch._foreach_add_(leaves, slopes, alpha=-rate)
            return results

        return call

    return make


def update(t):
    s = torch.from_numpy(t["s"].value)

    def call():
        s.add_(1)
        return (s,)

    return call


def logreg(x, y, w, b):
    p = torch.sigmoid(x @ w + b)
    entropy = F.binary_cross_entropy(p, y, reduction="none")
    return entropy.mean() + 0.01 * w.square().sum(), (p > 0.5, entropy)


def mlp(x, y, w1, b1, w2, b2):
    h = torch.tanh(torch.addmm(b1, x, w1))
    squares = w1.square().sum() + w2.square().sum()
    cost = F.cross_entropy(torch.addmm(b2, h, w2), y) + 1e-4 * squares
    return cost, (cost,)


def lstm(x, w, u, b, h0):
    """Its gates lie in another order, and its weights transposed: our columns become its rows."""
    n = u.shape[0]
    order = torch.cat([torch.arange(k * n, (k + 1) * n) for k in (0, 1, 3, 2)])
    w, u, b = w[:, order].T, u[:, order].T, b[order]
    start = h0[None]
    _, h, _ = torch.lstm(x, (start, start), [w, u, b, torch.zeros_like(b)], True, 1, 0.0, False, False, False)
    return h[0]


def layer(x, k, b):
    return torch.tanh(F.max_pool2d(F.conv2d(x, k), 2) + b[:, None, None])


def scores(x, k1, c1, k2, c2, w1, b1, w2, b2):
    x = layer(layer(x, k1, c1), k2, c2).flatten(1)
    return torch.addmm(b2, torch.tanh(torch.addmm(b1, x, w1)), w2)


def lenet_step(x, y, **p):
    cost = F.cross_entropy(scores(x, **p), y)
    return cost, (cost,)


def hierarchical(y, x, g, a, mu, b, s):
    z = (y - a[g] - b * x) / torch.exp(s)
    return (-0.5 * z * z - s).sum() + (-0.5 * (a - mu).square()).sum()


def poisson(y, x, a, b):
    eta = a + b * x
    return (y * eta - torch.exp(eta)).sum()


PROGRAMS = {
    "add": pure(lambda a, b: (a + b,)),
    "scalar": pure(lambda x: (2 * x + 1,)),
    "update": update,
    "chain": pure(lambda a, b, c: (2 * a + 3 * b - c * a,)),
    "chain-tanh": pure(lambda a, b, c: ((a * b + c) * torch.tanh(a) - b.square(),)),
    "sigmoid": pure(lambda a: (torch.sigmoid(a),)),
    "tanh": pure(lambda a: (torch.tanh(a),)),
    "exp": pure(lambda a: (torch.exp(a),)),
    "sum": pure(lambda a: (a.sum(),)),
    "softmax": pure(lambda a: (torch.softmax(a, 1),)),
    "log-softmax": pure(lambda a: (torch.log_softmax(a, 1),)),
    "layer-norm": pure(lambda a: (F.layer_norm(a, a.shape[1:], eps=1e-5),)),
    "dot": pure(lambda a, b: (a @ b,)),
    "logreg": stepping(logreg, 0.1),
    "mlp": stepping(mlp, 0.01),
    "lstm": pure(lambda **v: (lstm(**v),)),
    "lstm-gradient": gradient(lambda **v: lstm(**v).square().mean(), ["w", "u", "b"]),
    "lenet": pure(lambda **v: (scores(**v),)),
    "lenet-step": stepping(lenet_step, 0.01),
    "hierarchical": gradient(hierarchical, ["a", "mu", "b", "s"]),
    "poisson": gradient(poisson, ["a", "b"]),
}
