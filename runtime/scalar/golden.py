"""
Makes golden.json: true values of scalar ops. Arithmetic, comparisons and bits come from NumPy, which is exact there;
functions come from mpmath with 60 digits, rounded to the nearest double. Run with NumPy 1.24 and mpmath 1.4.
"""
import itertools
import json
import warnings
from pathlib import Path

import mpmath as mp
import numpy as np

mp.mp.dps = 60
warnings.simplefilter("ignore")
INF, NAN = float("inf"), float("nan")

rng = np.random.RandomState(3)
EDGES = {
    "float64": [0.0, -0.0, 1.0, -1.0, 0.5, -1.5, 2.5, -7.25, 1e-10, -5e-324, 1e300, INF, -INF, NAN],
    "float32": [0.0, -0.0, 1.0, -2.5, 0.1, -7.25, 1e30, INF, NAN],
    "int8": [0, 1, -1, 2, -3, 100, -128],
    "int32": [0, 1, -1, 7, -3, 46341, 2**31 - 1, -(2**31)],
    "int64": [0, 1, -1, 7, -3, 2**40 + 1, 2**63 - 1, -(2**63)],
    "uint8": [0, 1, 3, 200, 255],
    "uint32": [0, 1, 2, 7, 65537, 2**32 - 1],
    "uint64": [0, 1, 7, 2**40 + 1, 2**64 - 1],
    "bool": [False, True],
}
NUMPY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "true_div": np.true_divide, "int_div": np.floor_divide,
    "mod": np.remainder, "maximum": np.maximum, "minimum": np.minimum, "eq": np.equal, "neq": np.not_equal, "lt": np.less,
    "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "and_": np.bitwise_and, "or_": np.bitwise_or,
    "xor": np.bitwise_xor, "neg": np.negative, "abs_": np.absolute, "sgn": np.sign, "sqr": np.square, "invert": np.invert,
    "ceil": np.ceil, "floor": np.floor, "trunc": np.trunc, "round_half_to_even": np.rint, "isnan": np.isnan, "isinf": np.isinf,
}
FUNCTIONS = {
    "sqrt": mp.sqrt, "inv": lambda x: 1 / x, "exp": mp.exp, "exp2": lambda x: mp.power(2, x), "expm1": mp.expm1, "log": mp.log,
    "log2": lambda x: mp.log(x, 2), "log10": mp.log10, "log1p": mp.log1p, "sin": mp.sin, "cos": mp.cos, "tan": mp.tan,
    "arcsin": mp.asin, "arccos": mp.acos, "arctan": mp.atan, "sinh": mp.sinh, "cosh": mp.cosh, "tanh": mp.tanh,
    "arcsinh": mp.asinh, "arccosh": mp.acosh, "arctanh": mp.atanh, "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)), "deg2rad": mp.radians, "rad2deg": mp.degrees,
    "round_half_away_from_zero": lambda x: mp.sign(x) * mp.floor(abs(x) + mp.mpf(1) / 2),
}
DOMAINS = {"arcsin": (-1, 1), "arccos": (-1, 1), "arctanh": (-1, 1), "arccosh": (1, 50), "log": (0, 50), "log2": (0, 50), "log10": (0, 50), "sqrt": (0, 50), "log1p": (-1, 50)}


def encode(value):
    if isinstance(value, (float, np.floating)):
        value = float(value)
        return "NaN" if np.isnan(value) else ("Infinity" if value > 0 else "-Infinity") if np.isinf(value) else repr(value)
    return str(value).lower()


def column_text(values):
    return " ".join(encode(value) for value in values)


def exact_cases():
    for op, function in NUMPY.items():
        for dtype, values in EDGES.items():
            try:
                column = np.array(values, dtype)
                args = [column] if function.nin == 1 else [np.repeat(column, len(column)), np.tile(column, len(column))]
                if op in ("maximum", "minimum"):  # IEEE 754 leaves the sign of the larger of 0 and -0 open
                    args = [a[(args[0] != 0) | (args[1] != 0)] for a in args]
                result = function(*args)
            except TypeError:
                continue
            differs = str(result.dtype) == "float16" or (op in ("int_div", "mod") and dtype == "bool")
            if differs or (op == "round_half_to_even" and not dtype.startswith("float")):
                continue  # Theano has other types
            yield {"op": op, "dtype": dtype, "out": str(result.dtype), "exact": True, "args": [column_text(a.tolist()) for a in args], "result": column_text(result.tolist())}


def function_cases():
    for op, function in FUNCTIONS.items():
        low, high = DOMAINS.get(op, (-30, 30))
        points = [*rng.uniform(low, high, 40), *rng.uniform(max(low, -1), min(high, 1) if low < 1 else 3, 20), 1e-8, -1e-8, 1e-300, 700.5, -700.5]
        points = [float(x) for x in points if low <= x <= high or (abs(x) > 600 and op in ("sigmoid", "softplus", "exp", "tanh", "expm1"))]
        results = [float(function(mp.mpf(x))) for x in points]
        yield {"op": op, "dtype": "float64", "out": "float64", "exact": False, "args": [column_text(points)], "result": column_text(results)}
    pairs = [(float(x), float(y)) for x, y in zip(rng.uniform(0, 20, 60), rng.uniform(-15, 15, 60))]
    for op, function in {"pow": mp.power, "arctan2": mp.atan2}.items():
        yield {"op": op, "dtype": "float64", "out": "float64", "exact": False, "args": [column_text(x for x, _ in pairs), column_text(y for _, y in pairs)], "result": column_text(float(function(mp.mpf(x), mp.mpf(y))) for x, y in pairs)}
    edges = list(itertools.product(EDGES["float64"], repeat=2))
    yield {"op": "pow", "dtype": "float64", "out": "float64", "exact": False, "args": [column_text(x for x, _ in edges), column_text(y for _, y in edges)], "result": column_text(np.power(np.float64(x), np.float64(y)) for x, y in edges)}
    yield {"op": "arctan2", "dtype": "float64", "out": "float64", "exact": False, "args": [column_text(x for x, _ in edges), column_text(y for _, y in edges)], "result": column_text(np.arctan2(x, y) for x, y in edges)}
    for dtype in ("int8", "int32", "int64"):
        base, power = np.array([2, 3, 7, -2, 0, 1, -1, 5], dtype), np.array([7, 5, 3, 9, 0, 100, 101, 27], dtype)
        yield {"op": "pow", "dtype": dtype, "out": dtype, "exact": True, "args": [column_text(base.tolist()), column_text(power.tolist())], "result": column_text(np.power(base, power).tolist())}


cases = [*exact_cases(), *function_cases()]
lines = ",\n".join(json.dumps(case) for case in cases)
Path(__file__).with_suffix(".json").write_text(f'{{"made_with": "NumPy {np.__version__} and mpmath {mp.__version__}, golden.py", "cases": [\n{lines}\n]}}\n')
