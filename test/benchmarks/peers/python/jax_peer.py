"""JAX on the processor: every program is one jitted function, and a call waits for its results."""

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
# Programs run in the thread that calls them: the processor time of another one is known only when it rests.
jax.config.update("jax_cpu_enable_async_dispatch", False)

PACKAGES = ["jax", "jaxlib"]


def read(results):
    return results


def pure(function):
    def make(t):
        arguments = [jnp.asarray(tensor.value) for tensor in t.values()]
        names = list(t)
        f = jax.jit(lambda *values: function(**dict(zip(names, values))))
        return lambda: jax.block_until_ready(f(*arguments))

    return make


def stepping(function):
    """A program that changes states: they are given away to the call that makes new ones."""

    def make(t):
        arguments = {name: jnp.asarray(tensor.value) for name, tensor in t.items() if not tensor.is_state}
        states = {name: jnp.asarray(tensor.value) for name, tensor in t.items() if tensor.is_state}
        f = jax.jit(function, donate_argnums=0)

        def call():
            nonlocal states
            states, results = jax.block_until_ready(f(states, arguments))
            return results

        return call

    return make


def update(t):
    f = jax.jit(lambda s: s + 1, donate_argnums=0)
    s = jnp.asarray(t["s"].value)

    def call():
        nonlocal s
        s = jax.block_until_ready(f(s))
        return (s,)

    return call


def layer_norm(a):
    c = a - a.mean(axis=1, keepdims=True)
    return c / jnp.sqrt(jnp.square(c).mean(axis=1, keepdims=True) + 1e-5)


def descend(cost, states, rate, has_aux=False):
    found, slopes = jax.value_and_grad(cost, has_aux=has_aux)(states)
    return jax.tree.map(lambda p, g: p - rate * g, states, slopes), found


def logreg(states, v):
    def cost(p):
        q = 1 / (1 + jnp.exp(-v["x"] @ p["w"] - p["b"]))
        entropy = -v["y"] * jnp.log(q) - (1 - v["y"]) * jnp.log(1 - q)
        return entropy.mean() + 0.01 * jnp.square(p["w"]).sum(), (q > 0.5, entropy)

    states, (_, results) = descend(cost, states, 0.1, has_aux=True)
    return states, results


def class_cost(scores, y):
    return -jnp.take_along_axis(jax.nn.log_softmax(scores), y[:, None], axis=1).mean()


def mlp(states, v):
    def cost(p):
        h = jnp.tanh(v["x"] @ p["w1"] + p["b1"])
        squares = jnp.square(p["w1"]).sum() + jnp.square(p["w2"]).sum()
        return class_cost(h @ p["w2"] + p["b2"], v["y"]) + 1e-4 * squares

    states, found = descend(cost, states, 0.01)
    return states, (found,)


def lstm(x, w, u, b, h0):
    def step(carry, now):
        h, c = carry
        i, f, o, new = jnp.split(now + h @ u, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(new)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), None

    (h, _), _ = jax.lax.scan(step, (h0, h0), x @ w + b)
    return h


def lstm_gradient(x, w, u, b, h0):
    cost, slopes = jax.value_and_grad(lambda p: jnp.square(lstm(x, *p, h0)).mean())((w, u, b))
    return cost, *slopes


def layer(x, k, b):
    x = jax.lax.conv_general_dilated(x, k, (1, 1), "VALID")
    x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    return jnp.tanh(x + b[:, None, None])


def scores(x, p):
    x = layer(layer(x, p["k1"], p["c1"]), p["k2"], p["c2"]).reshape(x.shape[0], -1)
    return jnp.tanh(x @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]


def lenet_step(states, v):
    states, cost = descend(lambda p: class_cost(scores(v["x"], p), v["y"]), states, 0.01)
    return states, (cost,)


def hierarchical(y, x, g, a, mu, b, s):
    def density(p):
        a, mu, b, s = p
        z = (y - a[g] - b * x) / jnp.exp(s)
        return (-0.5 * z * z - s).sum() + (-0.5 * jnp.square(a - mu)).sum()

    value, slopes = jax.value_and_grad(density)((a, mu, b, s))
    return value, *slopes


def poisson(y, x, a, b):
    def density(p):
        eta = p[0] + p[1] * x
        return (y * eta - jnp.exp(eta)).sum()

    value, slopes = jax.value_and_grad(density)((a, b))
    return value, *slopes


PROGRAMS = {
    "add": pure(lambda a, b: (a + b,)),
    "scalar": pure(lambda x: (2 * x + 1,)),
    "update": update,
    "chain": pure(lambda a, b, c: (2 * a + 3 * b - c * a,)),
    "chain-tanh": pure(lambda a, b, c: ((a * b + c) * jnp.tanh(a) - jnp.square(b),)),
    "sigmoid": pure(lambda a: (jax.nn.sigmoid(a),)),
    "tanh": pure(lambda a: (jnp.tanh(a),)),
    "exp": pure(lambda a: (jnp.exp(a),)),
    "sum": pure(lambda a: (a.sum(),)),
    "softmax": pure(lambda a: (jax.nn.softmax(a),)),
    "log-softmax": pure(lambda a: (jax.nn.log_softmax(a),)),
    "layer-norm": pure(lambda a: (layer_norm(a),)),
    "dot": pure(lambda a, b: (a @ b,)),
    "logreg": stepping(logreg),
    "mlp": stepping(mlp),
    "lstm": pure(lambda **v: (lstm(**v),)),
    "lstm-gradient": pure(lstm_gradient),
    "lenet": pure(lambda x, **p: (scores(x, p),)),
    "lenet-step": stepping(lenet_step),
    "hierarchical": pure(hierarchical),
    "poisson": pure(poisson),
}
