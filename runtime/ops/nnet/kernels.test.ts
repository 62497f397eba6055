import { describe, expect, test } from "vitest";
import { scattered } from "../../../test/support/derivatives.ts";
import { type Apply, checkKernel, NDArray, T, theano, type Variable } from "../../index.ts";
import { lengthsOf } from "../shapevector.ts";

const { nnet } = T;
const labels = NDArray.from([2, 0, 1], "int64");
const matrix = scattered([3, 4]);
const positions = NDArray.from([[0, 1]], "int64");

/** For each op, a node and the values of its inputs. */
const NODES: readonly (readonly [string, (...inputs: Variable[]) => Variable, readonly NDArray[]])[] = [
  ["softmax", nnet.softmax, [matrix]],
  ["logsoftmax", nnet.logsoftmax, [matrix]],
  ["softmaxWithBias", nnet.softmaxWithBias, [matrix, scattered([4])]],
  ["softmaxGrad", nnet.softmaxGrad, [matrix, matrix]],
  [
    "crossentropySoftmax",
    (x, b, y) => nnet.crossentropySoftmax1hotWithBias(x, b, y)[0],
    [matrix, scattered([4]), labels],
  ],
  ["its gradient", nnet.crossentropySoftmax1hotWithBiasDx, [scattered([3]), matrix, labels]],
  ["crossentropyCategorical1hot", nnet.crossentropyCategorical1hot, [matrix, labels]],
  ["its gradient, too", nnet.crossentropyCategorical1hotGrad, [scattered([3]), matrix, labels]],
  ["prependScalarToEachRow", nnet.prependScalarToEachRow, [NDArray.scalar(1, "float64"), matrix]],
  ["prepend0ToEachRow", nnet.prepend0ToEachRow, [matrix]],
  [
    "batchNormalizationTrain",
    (x, ...vectors) => {
      const [gamma, beta, runningMean, runningVar] = vectors;
      return nnet.batchNormalizationTrain(x, gamma, beta, { axes: [1], runningMean, runningVar })[0];
    },
    [matrix, scattered([3]), scattered([3]), scattered([3]), scattered([3])],
  ],
  [
    "batchNormalizationTest",
    (x, ...vectors) => nnet.batchNormalizationTest(x, vectors[0], vectors[1], vectors[2], vectors[3]),
    [matrix, scattered([4]), scattered([4]), scattered([4]), scattered([4])],
  ],
  [
    "sparseBlockDot",
    (w, h, b) => nnet.sparseBlockDot(w, h, positions, b, positions),
    [scattered([2, 2, 3, 5]), scattered([1, 2, 3]), scattered([2, 5])],
  ],
  ["ctc", (x) => nnet.ctc(x, NDArray.from([[1]], "int32"), NDArray.from([2], "int32")), [scattered([2, 1, 3])]],
];

describe.each(NODES)("%s", (_name, build, values) => {
  const inputs = values.map((value) =>
    T.tensor(
      value.dtype,
      value.shape.map(() => false),
    ),
  );
  const node = ownerOf(build(...inputs));

  test("its loops keep the rules of the IR", () => {
    const lowered = node.op.lower?.(node) ?? null;
    if (lowered !== null) checkKernel(lowered.kernel);
    else expect(node.op.perform).toBeDefined();
  });

  test("it tells the lengths of its outputs", () => {
    const inferred = node.op.inferShape?.(node, node.inputs.map(lengthsOf)) ?? [];
    const lengths = inferred.map((of) => T.stack(of));
    const results = theano.function(inputs, [...lengths, ...node.outputs], { onUnusedInput: "ignore" })(...values);
    const outputs = results.slice(lengths.length);
    expect(results.slice(0, lengths.length).map((found) => [...found.elements()].map(Number))).toEqual(
      outputs.map((output) => output.shape),
    );
  });
});

function ownerOf(variable: Variable): Apply {
  if (variable.owner === null) throw new Error(`${variable} is not computed`);
  return variable.owner;
}

describe("lengths that are known to differ are refused while the graph is built", () => {
  const rows = T.specifyShape(T.dmatrix("x"), [2, 3]);
  const four = T.specifyShape(T.dvector("b"), [4]);
  const labels4 = T.specifyShape(T.lvector("y"), [4]);
  test.each<readonly [string, () => unknown, RegExp]>([
    [
      "a bias",
      () => nnet.softmaxWithBias(rows, four),
      /columns of x is 3, but the length of b is 4; .* shapes \(2, 3\), \(4,\)/,
    ],
    ["labels", () => nnet.crossentropyCategorical1hot(rows, labels4), /rows is 2, but the number of labels is 4/],
    [
      "a batch's scale",
      () => nnet.batchNormalizationTrain(rows, four, four),
      /dimension 1 of a parameter is 3, but that of input 1 is 4/,
    ],
  ])("%s", (_name, build, message) => {
    expect(build).toThrow(message);
  });
});
