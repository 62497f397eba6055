import { afterEach, describe, expect, test } from "vitest";
import { config, NDArray, T, theano } from "../index.ts";

afterEach(() => config.reset("exception_verbosity"));

/** What a call throws. */
function thrown(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}

describe("the storage map footprint", () => {
  test("tells what a program held when a node failed, the largest first, where exception_verbosity is high", () => {
    config.exception_verbosity = "high";
    const x = T.dmatrix("x");
    const v = T.dvector("v");
    const w = theano.shared(new Float64Array(7), "w");
    const f = theano.function([x, v], T.add(T.sum(w), T.dot(x, v)));
    const { message } = thrown(() => f(NDArray.zeros([2, 3], "float64"), NDArray.zeros([5], "float64")));
    const lines = message.slice(message.indexOf("Storage map footprint:")).split("\n");
    expect(lines.slice(1).filter((line) => / - [xvw],/.test(line))).toEqual([
      " - w, Shared Input, Shape: (7,), ElemSize: 8 Byte(s), TotalSize: 56 Byte(s)",
      " - x, Input, Shape: (2, 3), ElemSize: 8 Byte(s), TotalSize: 48 Byte(s)",
      " - v, Input, Shape: (5,), ElemSize: 8 Byte(s), TotalSize: 40 Byte(s)",
    ]);
    expect(lines).toContain(" TotalSize inputs: 144 Byte(s) 0.000 GB");
  });

  test.each(["js", "native"] as const)("comes with every lack of memory (%s)", (tier) => {
    const x = T.dvector("x");
    const f = theano.function([x], T.sum(T.exp(T.outer(x, x))), { tier });
    const long = NDArray.zeros([1], "float64").broadcastTo([2 ** 26]);
    const error = thrown(() => f(long));
    expect(error.name).toBe("MemoryError");
    expect(error.message).toContain("out of memory: an array of 33554432 GiB is not to be had");
    expect(error.message).toContain("Storage map footprint:\n - x, Input, Shape: (67108864,)");
  });
});
