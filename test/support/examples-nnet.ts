/** Examples of the ops of neural networks. */
import { grad, NDArray, T } from "../../runtime/index.ts";
import { type Example, examplesOf, type Row, scattered } from "./derivatives.ts";

const { nnet, signal } = T;
const { images2neibs, neibs2images } = nnet.neighbours;
const { abstractConv } = nnet;

const matrix = scattered([3, 4]);
const other = scattered([3, 4], 2);
const vector = scattered([4], 3);
const rows = scattered([3], 4);
const labels = NDArray.from([1, 3, 0], "int64");
const positive = NDArray.from(
  [...scattered([12], 2).elements()].map((v) => 1.5 + Number(v)),
  "float64",
).reshape([3, 4]);
const between = NDArray.from([0.2, 0.7, 0.4], "float64");

const functions: readonly Row[] = [
  ["softmax", nnet.softmax, [matrix]],
  ["softmax of a vector", nnet.softmax, [vector]],
  ["logsoftmax", nnet.logsoftmax, [matrix]],
  ["softmaxWithBias", nnet.softmaxWithBias, [matrix, vector]],
  ["softmaxGrad", nnet.softmaxGrad, [matrix, other]],
  ["relu with a slope", nnet.relu, [matrix, NDArray.scalar(0.3, "float64")]],
  ["elu", (x) => nnet.elu(x, 1.5), [matrix]],
  ["selu", nnet.selu, [matrix]],
  ["binaryCrossentropy", nnet.binaryCrossentropy, [between, scattered([3])]],
  ["sigmoidBinaryCrossentropy", nnet.sigmoidBinaryCrossentropy, [scattered([3]), between]],
  ["categoricalCrossentropy of distributions", nnet.categoricalCrossentropy, [positive, matrix]],
  ["cross entropy of a softmax", (x) => nnet.categoricalCrossentropy(nnet.softmax(x), labels), [matrix]],
  ["cross entropy of a sigmoid", (z, t) => nnet.binaryCrossentropy(nnet.sigmoid(z), t), [scattered([3]), between]],
  ["crossentropySoftmax1hotWithBias", (x, b) => nnet.crossentropySoftmax1hotWithBias(x, b, labels), [matrix, vector]],
  [
    "crossentropySoftmax1hotWithBiasDx",
    (dy, sm) => nnet.crossentropySoftmax1hotWithBiasDx(dy, sm, labels),
    [rows, matrix],
  ],
  [
    "crossentropySoftmax1hotWithBiasDx with one slope for all rows",
    (dy, sm) => nnet.crossentropySoftmax1hotWithBiasDx(dy, sm, labels),
    [NDArray.scalar(0.7, "float64"), matrix],
  ],
  ["crossentropyCategorical1hot", (p, y) => nnet.crossentropyCategorical1hot(p, y), [positive, labels]],
  ["crossentropyCategorical1hotGrad", (g, p) => nnet.crossentropyCategorical1hotGrad(g, p, labels), [rows, positive]],
  [
    "ctc",
    (x) =>
      nnet.ctc(
        x,
        NDArray.from(
          [
            [1, 2],
            [1, -1],
          ],
          "int32",
        ),
        NDArray.from([4, 3], "int32"),
      ),
    [scattered([4, 2, 3])],
    "as in Theano, only the cost has a gradient",
  ],
  [
    "a number before each row",
    (v, m) => T.sqr(nnet.prependScalarToEachRow(v, m)),
    [NDArray.scalar(0.5, "float64"), matrix],
  ],
  ["a one before each row", (m) => T.sqr(nnet.prepend1ToEachRow(m)), [matrix]],
];

const row = (seed: number, from = 0): NDArray =>
  NDArray.from(
    [...scattered([4], seed).elements()].map((v) => from + Number(v)),
    "float64",
  ).reshape([1, 4]);

const layers: readonly Row[] = [
  [
    "batch normalization in training",
    (x, gamma, beta) => nnet.batchNormalizationTrain(x, gamma, beta),
    [matrix, row(2), row(3)],
  ],
  [
    "batch normalization of images",
    (x, gamma, beta) => nnet.batchNormalizationTrain(x, gamma, beta, { axes: "spatial" }),
    [scattered([2, 2, 2, 1]), scattered([1, 2, 1, 1], 2), scattered([1, 2, 1, 1], 3)],
  ],
  [
    "batch normalization with running averages",
    (x, gamma, beta, runningMean, runningVar, runningAverageFactor) =>
      nnet.batchNormalizationTrain(x, gamma, beta, { runningMean, runningVar, runningAverageFactor }),
    [matrix, row(2), row(3), row(4), row(5, 2), NDArray.scalar(0.3, "float64")],
  ],
  [
    "batch normalization with given statistics",
    (x, gamma, beta, mean, variance) => nnet.batchNormalizationTest(x, gamma, beta, mean, variance),
    [matrix, row(2), row(3), row(4), row(5, 2)],
  ],
  [
    "block-sparse products",
    (w, h, b) =>
      nnet.sparseBlockDot(
        w,
        h,
        NDArray.from(
          [
            [0, 2],
            [1, 1],
          ],
          "int64",
        ),
        b,
        NDArray.from(
          [
            [1, 0],
            [1, 1],
          ],
          "int64",
        ),
      ),
    [scattered([3, 2, 3, 2]), scattered([2, 2, 3], 2), scattered([2, 2], 3)],
  ],
  [
    "hierarchical softmax",
    (x, w1, b1, w2, b2) => nnet.hSoftmax(x, 3, 4, 2, 2, w1, b1, w2, b2),
    [scattered([3, 2]), scattered([2, 2], 2), scattered([2], 3), scattered([2, 2, 2], 4), scattered([2, 2], 5)],
  ],
];

const images = scattered([1, 2, 4, 5]);
const filters = scattered([2, 2, 2, 2], 2);
const sizes = NDArray.from([2, 2], "int64");

const convolutions: readonly Row[] = [
  ["conv2d", (x, w) => nnet.conv2d(x, w), [images, filters]],
  [
    "conv2d with all settings",
    (x, w) =>
      nnet.conv2d(x, w, {
        borderMode: [1, 2],
        subsample: [2, 1],
        filterDilation: [1, 2],
        numGroups: 2,
        filterFlip: false,
      }),
    [images, scattered([2, 1, 2, 2], 2)],
  ],
  [
    "conv2d with filters for each place",
    (x, w) => nnet.conv2d(x, w, { unshared: true }),
    [scattered([1, 2, 3, 3]), scattered([2, 2, 2, 2, 2, 2], 2)],
  ],
  [
    "conv2d in full with strides",
    (x, w) => nnet.conv2d(x, w, { borderMode: "full", subsample: [2, 3] }),
    [scattered([1, 1, 4, 5]), scattered([1, 1, 2, 3], 2)],
  ],
  [
    "conv2d that leaves the last pixels",
    (x, w) => nnet.conv2d(x, w, { subsample: [3, 2], filterDilation: [1, 2] }),
    [scattered([1, 1, 6, 6]), scattered([1, 1, 2, 2], 2)],
  ],
  [
    "separableConv2d",
    (x, depth, point) => abstractConv.separableConv2d(x, depth, point, 2),
    [scattered([1, 2, 3, 3]), scattered([2, 1, 2, 2], 2), scattered([3, 2, 1, 1], 3)],
  ],
  [
    "conv3d",
    (x, w) => nnet.conv3d(x, w, { borderMode: "half" }),
    [scattered([1, 1, 3, 3, 3]), scattered([2, 1, 2, 2, 2], 2)],
  ],
  [
    "the gradient of conv2d with respect to filters",
    (x, top) => abstractConv.conv2dGradWrtWeights(x, top, [2, 2, 2, 2]),
    [images, scattered([1, 2, 3, 4], 2)],
  ],
  [
    "the gradient of conv2d with respect to images",
    (top, w) => abstractConv.conv2dGradWrtInputs(top, w, [1, 2, 4, 5]),
    [scattered([1, 2, 3, 4], 2), filters],
  ],
  [
    "causalConv1d",
    (x, w) => abstractConv.causalConv1d(x, w, [2, 2, 2], { filterDilation: 2 }),
    [scattered([1, 2, 5]), scattered([2, 2, 2], 2)],
  ],
  ["bilinearUpsampling", (x) => T.sqr(abstractConv.bilinearUpsampling(x, { ratio: 2 })), [scattered([1, 1, 2, 3])]],
];

const pooling: readonly Row[] = [
  ...(["max", "sum", "average_inc_pad", "average_exc_pad"] as const).map(
    (mode): Row => [
      `pool2d, ${mode}`,
      (x) => T.sqr(signal.pool.pool2d(x, [2, 3], { mode, stride: [1, 2], ignoreBorder: true, pad: [1, 0] })),
      [scattered([1, 4, 5])],
    ],
  ),
  [
    "pool2d with windows that are inputs",
    (x, ws) => T.sqr(signal.pool.pool2d(x, ws, { ignoreBorder: false })),
    [scattered([3, 5]), sizes],
  ],
  [
    "the gradient of max pooling",
    (x, g) => grad(T.sum(T.mul(signal.pool.pool2d(x, [2, 2], { ignoreBorder: true }), g)), x),
    [scattered([3, 5]), scattered([1, 2], 2)],
  ],
  [
    "pool2d with gaps and incomplete windows",
    (x) => T.sqr(signal.pool.pool2d(x, [2, 2], { stride: [3, 3], ignoreBorder: false })),
    [scattered([5, 7])],
  ],
  ["pool3d", (x) => T.sqr(signal.pool.pool3d(x, [2, 2, 1], { ignoreBorder: true })), [scattered([2, 3, 2])]],
  ["images2neibs", (x) => T.sqr(images2neibs(x, [2, 2], [1, 2])), [images.slice({}, {}, {}, { stop: 4 }).copy()]],
  ["neibs2images", (x) => T.sqr(neibs2images(x, [2, 2], [1, 1, 4, 4])), [scattered([4, 4])]],
];

export const nnetExamples: readonly Example[] = [
  ...examplesOf("nnet", functions),
  ...examplesOf("layer", layers),
  ...examplesOf("convolution", convolutions),
  ...examplesOf("pooling", pooling),
];
