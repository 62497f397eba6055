"""Makes exactlog-golden.json: correctly rounded logarithms. Run: `python exactlog-golden.py`."""
import json
import random
from decimal import Decimal, getcontext
from pathlib import Path

getcontext().prec = 60
random.seed(4)
XS = [
    1.0,
    *[random.random() for _ in range(24)],
    *[1 - random.random() * 2 ** -random.randint(3, 50) for _ in range(10)],
    *[random.random() * 2 ** -random.randint(1, 900) for _ in range(10)],
    *[random.random() * 2 ** random.randint(1, 900) for _ in range(6)],
]
CASES = [{"x": x, "log": float(Decimal(x).ln())} for x in XS]
Path(__file__).with_name("exactlog-golden.json").write_text("[\n" + ",\n".join(f"  {json.dumps(c)}" for c in CASES) + "\n]\n")
