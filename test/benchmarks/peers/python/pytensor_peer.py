"""PyTensor in its default mode: the same graphs as ours, nearly word for word."""

import pytensor
import pytensor.tensor as pt

PACKAGES = ["pytensor", "numba"]
REASONS = {
    "lenet": "PyTensor has no layers of convolution and pooling any more",
    "lenet-step": "PyTensor has no layers of convolution and pooling any more",
}


def read(results):
    return results


def program(build):
    """`build` gives outputs and updates from variables by name."""

    def make(t):
        variables, parameters, arguments = {}, [], []
        for name, tensor in t.items():
            value = tensor.value
            if tensor.is_state:
                variables[name] = pytensor.shared(value, name)
            else:
                variables[name] = pt.tensor(name, dtype=value.dtype, shape=(None,) * value.ndim)
                parameters.append(variables[name])
                arguments.append(value if value.ndim > 0 else value[()])
        outputs, updates = build(**variables)
        f = pytensor.function(parameters, outputs, updates=updates)
        if not outputs:
            states = [variables[name] for name, tensor in t.items() if tensor.is_state]

            def call():
                f(*arguments)
                return [state.get_value(borrow=True) for state in states]

            return call
        return lambda: f(*arguments)

    return make


def pure(function):
    return program(lambda **v: ([function(**v)], []))


def steps(cost, parameters, rate):
    return [(p, (p - rate * g).astype(p.dtype)) for p, g in zip(parameters, pt.grad(cost, parameters))]


def layer_norm(a):
    c = a - a.mean(axis=1, keepdims=True)
    return c / pt.sqrt(pt.sqr(c).mean(axis=1, keepdims=True) + 1e-5)


def logreg(x, y, w, b):
    p = 1 / (1 + pt.exp(-pt.dot(x, w) - b))
    entropy = -y * pt.log(p) - (1 - y) * pt.log(1 - p)
    cost = entropy.mean() + 0.01 * pt.sqr(w).sum()
    return [p > 0.5, entropy], steps(cost, [w, b], 0.1)


def mlp(x, y, w1, b1, w2, b2):
    h = pt.tanh(pt.dot(x, w1) + b1)
    logs = pt.special.log_softmax(pt.dot(h, w2) + b2, axis=1)
    cost = -logs[pt.arange(y.shape[0]), y].mean() + 1e-4 * (pt.sqr(w1).sum() + pt.sqr(w2).sum())
    return [cost.astype("float32")], steps(cost, [w1, b1, w2, b2], 0.01)


def lstm(x, w, u, b, h0):
    n = u.shape[0]

    def step(now, h, c, u):
        z = now + pt.dot(h, u)
        i, f, o, new = (z[:, k * n : (k + 1) * n] for k in range(4))
        c = pt.sigmoid(f) * c + pt.sigmoid(i) * pt.tanh(new)
        return pt.sigmoid(o) * pt.tanh(c), c

    (hiddens, _) = pytensor.scan(
        step,
        sequences=[pt.dot(x, w) + b],
        outputs_info=[h0, h0],
        non_sequences=[u],
        return_updates=False,
    )
    return hiddens[-1]


def lstm_gradient(x, w, u, b, h0):
    cost = pt.sqr(lstm(x, w, u, b, h0)).mean()
    return [cost, *pt.grad(cost, [w, u, b])], []


def hierarchical(y, x, g, a, mu, b, s):
    z = (y - a[g] - b * x) / pt.exp(s)
    density = (-0.5 * z * z - s).sum() + (-0.5 * pt.sqr(a - mu)).sum()
    return [density, *pt.grad(density, [a, mu, b, s])], []


def poisson(y, x, a, b):
    eta = a + b * x
    density = (y * eta - pt.exp(eta)).sum()
    return [density, *pt.grad(density, [a, b])], []


PROGRAMS = {
    "add": pure(lambda a, b: a + b),
    "scalar": pure(lambda x: 2 * x + 1),
    "update": program(lambda s: ([], [(s, s + 1)])),
    "chain": pure(lambda a, b, c: 2 * a + 3 * b - c * a),
    "chain-tanh": pure(lambda a, b, c: (a * b + c) * pt.tanh(a) - pt.sqr(b)),
    "sigmoid": pure(lambda a: pt.sigmoid(a)),
    "tanh": pure(lambda a: pt.tanh(a)),
    "exp": pure(lambda a: pt.exp(a)),
    "sum": pure(lambda a: a.sum()),
    "softmax": pure(lambda a: pt.special.softmax(a, axis=1)),
    "log-softmax": pure(lambda a: pt.special.log_softmax(a, axis=1)),
    "layer-norm": pure(layer_norm),
    "dot": pure(lambda a, b: pt.dot(a, b)),
    "logreg": program(logreg),
    "mlp": program(mlp),
    "lstm": pure(lstm),
    "lstm-gradient": program(lstm_gradient),
    "hierarchical": program(hierarchical),
    "poisson": program(poisson),
}
