/** `T.nnet`: activations, losses and layers of neural networks. */
import { elementwise } from "../math.ts";
import { elu, hardSigmoid, relu, selu } from "./activations.ts";
import { batchNormalization, batchNormalizationTest, batchNormalizationTrain } from "./batchnorm.ts";
import { sparseBlockDot } from "./blocksparse.ts";
import { ctc } from "./ctc.ts";
import { hSoftmax } from "./hsoftmax.ts";
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  crossentropySoftmax1hot,
  crossentropySoftmax1hotWithBias,
  crossentropySoftmaxMaxAndArgmax1hot,
  crossentropySoftmaxMaxAndArgmax1hotWithBias,
  sigmoidBinaryCrossentropy,
} from "./losses.ts";
import { confusionMatrix } from "./metrics.ts";
import {
  crossentropyCategorical1hot,
  crossentropyCategorical1hotGrad,
  crossentropySoftmax1hotWithBiasDx,
  crossentropySoftmaxArgmax1hotWithBias,
} from "./onehot.ts";
import { prepend0ToEachRow, prepend1ToEachRow, prependScalarToEachRow } from "./prepend.ts";
import { logsoftmax, softmax, softmaxGrad, softmaxGraph, softmaxWithBias } from "./softmax.ts";

const { sigmoid, softplus, softsign, ultraFastSigmoid } = elementwise;

/** The functions of Theano's module `nnet`, in camelCase. */
export const nnetFunctions = {
  sigmoid,
  ultraFastSigmoid,
  hardSigmoid,
  softplus,
  softsign,
  relu,
  elu,
  selu,
  softmax,
  logsoftmax,
  softmaxGraph,
  softmaxWithBias,
  softmaxGrad,
  binaryCrossentropy,
  sigmoidBinaryCrossentropy,
  categoricalCrossentropy,
  crossentropyCategorical1hot,
  crossentropyCategorical1hotGrad,
  crossentropySoftmax1hot,
  crossentropySoftmax1hotWithBias,
  crossentropySoftmaxMaxAndArgmax1hot,
  crossentropySoftmaxMaxAndArgmax1hotWithBias,
  crossentropySoftmaxArgmax1hotWithBias,
  crossentropySoftmax1hotWithBiasDx,
  batchNormalization,
  batchNormalizationTrain,
  batchNormalizationTest,
  confusionMatrix,
  sparseBlockDot,
  hSoftmax,
  ctc,
  prependScalarToEachRow,
  prepend0ToEachRow,
  prepend1ToEachRow,
};
