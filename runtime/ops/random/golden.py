"""Makes golden.json: draws of numpy.random.RandomState, whose algorithms are frozen. Run: `python golden.py`."""
import json
from pathlib import Path

import numpy as np

R = np.random.RandomState


def take(seed, draw):
    return np.asarray(draw(R(seed))).ravel().tolist()


P5 = [0.1, 0.2, 0.3, 0.25, 0.15]
CASES = {
    "uint32": [{"seed": s, "values": take(s, lambda r: r.randint(0, 2**32, 5, dtype="uint32"))} for s in (0, 5489, 2**32 - 1)],
    "seeded by a list": [{"seed": s, "values": take(s, lambda r: r.random_sample(3))} for s in ([1], [1, 2, 3], list(range(700)))],
    "uniform": [{"seed": 7, "parameters": [-1.5, 2.25], "values": take(7, lambda r: r.uniform(-1.5, 2.25, 700))[690:], "skip": 690}],
    "normal": [{"seed": 7, "parameters": [1.5, 0.5], "values": take(7, lambda r: r.normal(1.5, 0.5, 99))}],
    "binomial": [
        {"seed": 11, "parameters": [n, p], "values": take(11, lambda r: r.binomial(n, p, 40))}
        for n, p in ((1, 0.3), (10, 0.5), (20, 0.9), (100, 0.29), (80, 0.45), (1000, 0.03), (1000, 0.7), (100000, 0.5), (7, 0.0), (7, 1.0))
    ],
    "poisson": [
        {"seed": 11, "parameters": [lam], "values": take(11, lambda r: r.poisson(lam, 40))}
        for lam in (0.0, 0.3, 2.5, 9.99, 10.0, 33.3, 1e4)
    ],
    "random_integers_helper": [
        {"seed": 3, "parameters": [low, high], "values": take(3, lambda r: [r.randint(low, high + 1) for _ in range(10)])}
        for low, high in ((0, 9), (-5, 5), (4, 4), (0, 2**31), (0, 2**32 - 1), (-(2**40), 2**45))
    ],
    "permutation_helper": [{"seed": 3, "parameters": [n], "values": take(3, lambda r: r.permutation(n))} for n in (1, 2, 20)],
    "multinomial_helper": [
        {"seed": 3, "parameters": [n, P5], "values": take(3, lambda r: r.multinomial(n, P5))} for n in (0, 1, 20, 500)
    ],
    "choice_helper": [
        {"seed": 5, "parameters": [8, 1, []], "size": [6], "values": take(5, lambda r: r.choice(8, 6))},
        {"seed": 5, "parameters": [8, 0, []], "size": [6], "values": take(5, lambda r: r.choice(8, 6, replace=False))},
        {"seed": 5, "parameters": [5, 1, P5], "size": [6], "values": take(5, lambda r: r.choice(5, 6, p=P5))},
        {"seed": 5, "parameters": [5, 0, P5], "size": [2, 2], "values": take(5, lambda r: r.choice(5, (2, 2), replace=False, p=P5))},
        {"seed": 5, "parameters": [[10, 20, 30], 1, []], "size": [6], "values": take(5, lambda r: r.choice([10, 20, 30], 6))},
    ],
}

Path(__file__).with_name("golden.json").write_text("{\n" + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in CASES.items()) + "\n}\n")
