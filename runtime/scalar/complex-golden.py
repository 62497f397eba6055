"""Makes complex-golden.json: functions of complex numbers. Run with NumPy 1.24 and SciPy 1.10: `python complex-golden.py`."""
import json
from pathlib import Path

import numpy as np
import scipy
from scipy import special

np.seterr(all="ignore")
rng = np.random.RandomState(3)
POINTS = np.array(
    [*(rng.randn(10) + 1j * rng.randn(10)) * 1.5, *(rng.randn(6) + 1j * rng.randn(6)) * 6, 0.999 + 1e-6j, 30 - 2j, -2.5 + 0.3j,
     0.5 + 20j, 2j, 1.5 + 0j, -0.5 + 0j, complex(-0.5, -0.0), 3 + 0j, complex(3, -0.0)]
)
UNARY = {
    **{name: getattr(np, name) for name in ("exp exp2 expm1 log log2 log10 sqrt sin cos tan sinh cosh tanh arcsin arccos arctan "
                                            "arcsinh arccosh arctanh conj angle").split()},
    "neg": np.negative, "sqr": np.square, "inv": np.reciprocal, "abs_": np.abs, "log1p": lambda z: np.log(1 + z),
    "erf": special.erf, "gamma": special.gamma, "psi": special.psi,
}
BINARY = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "true_div": np.divide, "pow": np.power,
          "maximum": np.maximum, "minimum": np.minimum}


def encode(values):
    return [[float(z.real), float(z.imag)] for z in np.asarray(values, dtype=complex)]


partners = np.roll(POINTS, 7)
golden = {
    "made_with": f"NumPy {np.__version__}, SciPy {scipy.__version__}, complex-golden.py",
    "points": encode(POINTS),
    "partners": encode(partners),
    "unary": {name: encode(f(POINTS)) for name, f in UNARY.items()},
    "binary": {name: encode(f(POINTS, partners)) for name, f in BINARY.items()},
    "powers": {str(n): encode(POINTS**n) for n in (-4, -1, 0, 1, 2, 3, 7)},
}
Path(__file__).with_name("complex-golden.json").write_text(json.dumps(golden) + "\n")
