"""
Makes poly-golden.json: true values of the functions in poly.ts and trigonometric.ts from mpmath with 60 digits, rounded to the nearest float of
each precision. Arguments are exact floats of that precision; those whose value is not a normal number are left out.
"""
import json
import struct
from pathlib import Path
from random import Random

import mpmath as mp

mp.mp.dps = 60
rng = Random(11)
TINY = {64: 2.0**-1022, 32: 2.0**-126}


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


FUNCTIONS = {
    "exp": (mp.exp, (-700, 700), (-87, 88)),
    "exp2": (lambda x: mp.mpf(2) ** x, (-1020, 1020), (-125, 127)),
    "expm1": (mp.expm1, (-40, 700), (-20, 88)),
    "log": (mp.log, None, None),
    "log1p": (mp.log1p, (-0.9999, 1e3), (-0.9999, 1e3)),
    "tanh": (mp.tanh, (-20, 20), (-9, 9)),
    "sigmoid": (sigmoid, (-700, 40), (-87, 20)),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), (-700, 700), (-87, 88)),
    "sinh": (mp.sinh, (-700, 700), (-88, 88)),
    "cosh": (mp.cosh, (-700, 700), (-88, 88)),
}


def uniform(low, high, count):
    return [rng.uniform(low, high) for _ in range(count)]


def arguments(bounds, exponents):
    """Over the whole range, near zero, and near one."""
    if bounds is None:
        return [*(10.0**e for e in uniform(*exponents, 40)), *uniform(0.5, 2, 40), *(1 + x for x in uniform(-1e-3, 1e-3, 20))]
    low, high = bounds
    small = [rng.choice([-1, 1]) * 10.0**e for e in uniform(-8, 0, 30)]
    return [*uniform(low, high, 40), *uniform(max(low, -1), 1, 40), *(x for x in small if low < x < high)]


def rounded(x, bits):
    """The nearest float of that many bits."""
    return float(x) if bits == 64 else struct.unpack("f", struct.pack("f", float(x)))[0]


golden = {}
for name, (function, *ranges) in FUNCTIONS.items():
    for bits, bounds, exponents in [(64, ranges[0], (-300, 300)), (32, ranges[1], (-37, 37))]:
        given = [rounded(x, bits) for x in arguments(bounds, exponents)]
        pairs = [(x, rounded(function(mp.mpf(x)), bits)) for x in given]
        golden[f"{name}{bits}"] = [[x, y] for x, y in pairs if TINY[bits] <= abs(y)]

quarters = [float(n * mp.pi / 2) for n in rng.sample(range(1, 630000), 40)]
for name, function in [("sin", mp.sin), ("cos", mp.cos)]:
    given = [*arguments((-1e6, 1e6), None), *quarters]
    golden[f"{name}64"] = [[x, float(function(mp.mpf(x)))] for x in given]

lines = ",\n".join(f'  "{name}": {json.dumps(pairs)}' for name, pairs in golden.items())
Path(__file__).with_name("poly-golden.json").write_text(f"{{\n{lines}\n}}\n")
