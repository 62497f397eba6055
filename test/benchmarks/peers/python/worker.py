"""The loop of a peer that runs in Python: what ../node/worker.ts is for Node. ../protocol.ts says what is exchanged.

    python worker.py PEER
"""

import importlib
import json
import sys
import time
from importlib.metadata import version

import numpy as np

TRIAL = 0.004


def timed(call, seconds: float) -> dict:
    """The fastest of as many trials as fit into the given time, in seconds per call."""

    def measure(calls: int) -> tuple[float, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(calls):
            call()
        cpu = time.process_time() - cpu
        wall = time.perf_counter() - wall
        return cpu / calls, wall / calls

    calls = 1
    trial = measure(calls)
    while trial[1] * calls < TRIAL:
        calls = int(min(calls * 10, 1.2 * TRIAL / max(trial[1], 1e-8))) + 1
        trial = measure(calls)
    best, trials = trial, 1
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        trial = measure(calls)
        best = (min(best[0], trial[0]), min(best[1], trial[1]))
        trials += 1
    return {"cpu": best[0], "wall": best[1], "calls": calls * trials}


class Tensor:
    def __init__(self, name: str, file: str, dtype: str, shape: list[int], role: str):
        self.name = name
        self.is_state = role == "state"
        self.value = np.fromfile(file, dtype=dtype).reshape(shape)


def numbers(results) -> list[np.ndarray]:
    return [np.array(result, dtype="float64").ravel() for result in results]


def load(peer, request: dict):
    """The program, the clock at its start, and an answer."""
    tensors = {tensor["name"]: Tensor(**tensor) for tensor in request["inputs"]}
    started = time.perf_counter()
    make = peer.PROGRAMS.get(request["program"])
    if make is None:
        reasons = getattr(peer, "REASONS", {})
        return None, started, {"reason": reasons.get(request["program"], "no such program in this peer")}
    call = make(tensors)
    if request["out"] is None:
        return call, started, {"first": time.perf_counter() - started, "sizes": []}
    first = numbers(peer.read(call()))
    seconds = time.perf_counter() - started
    # A second call shows what the first did to states.
    found = [*first, *numbers(peer.read(call()))]
    with open(request["out"], "wb") as file:
        for one in found:
            one.tofile(file)
    return call, started, {"first": seconds, "sizes": [one.size for one in found]}


def main(name: str) -> None:
    # Libraries talk on the standard output; answers must stay lines of their own.
    answers, sys.stdout = sys.stdout, sys.stderr

    def answer(message: dict) -> None:
        print(json.dumps(message), file=answers, flush=True)

    peer = importlib.import_module(f"{name}_peer")
    answer({"versions": {package: version(package) for package in peer.PACKAGES}})
    call, started = None, 0.0
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["op"] == "load":
                call = None
                call, started, reply = load(peer, request)
                answer(reply)
            elif call is None:
                answer({"reason": "nothing is loaded"})
            elif request["op"] == "ready":
                answer({"seconds": time.perf_counter() - started, "tier": None})
            else:
                answer(timed(call, request["seconds"]))
        except Exception as error:  # A program that fails is a finding, not an end.
            answer({"reason": f"{type(error).__name__}: {error}".strip().split("\n")[0][:300]})


if __name__ == "__main__":
    main(sys.argv[1])
