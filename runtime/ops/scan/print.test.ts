/** Texts of Theano 1.0.5 for the same programs. */
import { expect, test } from "vitest";
import { debugprint, T, theano } from "../../index.ts";

test("a loop prints with the memory around it, and the step below", () => {
  const k = T.iscalar("k");
  const A = T.dvector("A");
  const [powers] = theano.scan((p, q) => p.mul(q), { outputsInfo: T.onesLike(A), nonSequences: A, nSteps: k });
  expect(
    debugprint(powers.at(-1))
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n"),
  ).toBe(`\
Subtensor{int64} [id A] ''
 |Subtensor{int64::} [id B] ''
 | |for{cpu,scan_fn} [id C] ''
 | | |k [id D]
 | | |IncSubtensor{Set;:int64:} [id E] ''
 | | | |AllocEmpty{dtype='float64'} [id F] ''
 | | | | |Elemwise{add,no_inplace} [id G] ''
 | | | | | |k [id D]
 | | | | | |Subtensor{int64} [id H] ''
 | | | | |   |Shape [id I] ''
 | | | | |   | |Rebroadcast{0} [id J] ''
 | | | | |   |   |InplaceDimShuffle{x,0} [id K] ''
 | | | | |   |     |Elemwise{second,no_inplace} [id L] ''
 | | | | |   |       |A [id M]
 | | | | |   |       |InplaceDimShuffle{x} [id N] ''
 | | | | |   |         |TensorConstant{1.0} [id O]
 | | | | |   |Constant{0} [id P]
 | | | | |Subtensor{int64} [id Q] ''
 | | | |   |Shape [id R] ''
 | | | |   | |Rebroadcast{0} [id J] ''
 | | | |   |Constant{1} [id S]
 | | | |Rebroadcast{0} [id J] ''
 | | | |ScalarFromTensor [id T] ''
 | | |   |Subtensor{int64} [id H] ''
 | | |A [id M]
 | |Constant{1} [id U]
 |Constant{-1} [id V]

Inner graphs of the scan ops:

for{cpu,scan_fn} [id C] ''
 >Elemwise{mul,no_inplace} [id W] ''
 > |<TensorType(float64, vector)> [id X] -> [id E]
 > |A_copy [id Y] -> [id M]
`);
});

test("names and kinds of loops", () => {
  const x = T.dvector("x");
  const named = theano.scan((v) => v.mul(2), { sequences: x, name: "twice" })[0];
  const stopping = theano.scan((v) => [v.mul(2), theano.until(v.gt(1))], { sequences: x })[0];
  expect([named, stopping].map((rows) => String(rows.owner?.op))).toEqual(["for{cpu,twice}", "do_while{cpu,scan_fn}"]);
  expect(debugprint(stopping)).toContain("do_while{cpu,scan_fn} [id A]");
});
