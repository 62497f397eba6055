"""Makes numpy-golden.json: what NumPy prints and promotes. Run with NumPy 1.24: `python numpy-golden.py`."""
import itertools
import json
from pathlib import Path

import numpy as np

DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
          "complex64", "complex128"]

rng = np.random.RandomState(7)
ARRAYS = [
    *[np.array(x) for x in (2.0, -0.0, 1e20, 1e16, 1e15, 123456789.123456789, 0.0001, 0.00001, np.nan, -np.inf, True, 7)],
    np.array([2.0]), np.array([np.inf]), np.array([10 / 7]), np.array([1, 2, 3]), np.array([[1.0, 2.0], [3.0, 4.0]]),
    np.array([]), np.array([[]]), np.zeros((0, 3)), np.zeros((2, 0, 3)), np.array([], dtype="int8"),
    np.array([-0.0, 0.0]), np.array([1.5, 2.0]), np.array([-1.5, 22.25]), np.array([0.0001, 1.0]), np.array([0.00009, 1.0]),
    np.array([1e8, 1.0]), np.array([99999999.0, 1e5]), np.array([1e300, 1e-300]), np.array([1e16, 1.0]), np.array([5e-324]),
    np.array([1234.5678, 2.0]), np.array([0.001953125]), np.array([0.005859375, 1.0]), np.array([1 / 3, 2 / 3]),
    np.array([np.nan, 1.0, np.inf, -np.inf]), np.array([np.nan]), np.array([np.nan, np.inf]), np.array([-np.inf, 1e10]),
    np.array([1.5, np.nan]), np.array([-1e-5, np.inf]), np.array([1 / 3, 1e10]), np.array([1.00000000012345e10]),
    np.array([0.1, 0.2], dtype="float32"), np.array([0.0001, 1], dtype="float32"), np.array([1e20, 3], dtype="float32"),
    np.array([1 / 3, 2 / 3, 16777216], dtype="float32"), np.array(0.1, dtype="float32"), np.array([1000.5, 1], dtype="float32"),
    np.array([True, False]), np.array([True, True]), np.array([[True], [False]]), np.array([1, -100, 20], dtype="int8"),
    np.array([2**63 - 1, -(2**63)]), np.array([2**64 - 1, 0], dtype="uint64"), np.array([[1, 2], [3, 4]], dtype="uint8"),
    np.arange(60), np.arange(30.0) / 7, np.arange(24).reshape(2, 3, 4), np.arange(24.0).reshape(2, 3, 4) / 3,
    np.arange(2000), np.arange(2000.0).reshape(40, 50), np.arange(1200.0).reshape(3, 400) / 1000, np.arange(1001) % 2 == 0,
    np.arange(1010).reshape(5, 202), np.arange(1080.0).reshape(3, 4, 90), np.arange(1000.0),
    rng.randn(3, 4), rng.randn(20), rng.randn(2, 30), (rng.randn(12) * 1e6), np.exp(rng.randn(10) * 20), rng.randn(8).astype("float32"),
    np.arange(12, dtype="float32").reshape(1, 12) / 7, np.arange(40, dtype="int16"),
    np.array([0.1, 2.5, 1000, 6e4], dtype="float16"), np.array([1e-7, 1], dtype="float16"), np.array(0.1, dtype="float16"),
    np.array([1 / 3, np.inf, -2], dtype="float16"), (rng.randn(6) * 100).astype("float16"),
    *[np.array(z) for z in (1 + 2j, 2j, complex(-0.0, 2), 1e20 + 1e-5j, complex(np.nan, np.inf), -1.5 - 2j)],
    np.array([1 + 2j, 3.5 - 1j]), np.array([[1 + 1e10j, 0], [0.1, -2j]]), np.array([complex(np.inf, 0), 1]),
    np.array([complex(1, np.nan), 2.5]), np.array([complex(0, -np.inf), 2.5]), np.arange(3) * (1 + 1j) / 3, np.array([1e-9 + 1j, 1]),
    np.array([0.1 + 0.2j, 3], dtype="complex64"), np.array(0.1 + 0.2j, dtype="complex64"), np.array([], dtype=complex),
    np.arange(1200) * (1 - 0.5j), rng.randn(3, 4) + 1j * rng.randn(3, 4), rng.randn(12).astype("float32") * np.complex64(1 + 1j),
]


def encode(value):
    if isinstance(value, complex):
        return f"{encode(value.real)},{encode(value.imag)}"
    if isinstance(value, float):
        return "NaN" if np.isnan(value) else ("Infinity" if value > 0 else "-Infinity") if np.isinf(value) else repr(value)
    return str(value).lower()


golden = {
    "made_with": f"NumPy {np.__version__}, numpy-golden.py",
    "show": [
        {
            "dtype": str(a.dtype),
            "shape": list(a.shape),
            "data": " ".join(encode(x) for x in a.ravel().tolist()),
            "str": str(a),
            "repr": repr(a),
        }
        for a in ARRAYS
    ],
    "promote": {f"{a},{b}": str(np.promote_types(a, b)) for a, b in itertools.product(DTYPES, DTYPES)},
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=0) + "\n")
