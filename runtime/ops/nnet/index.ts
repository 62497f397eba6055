/** `T.nnet`: activations, losses and layers of neural networks. */
import { elementwise } from "../math.ts";
import { elu, hardSigmoid, relu, selu } from "./activations.ts";
import { batchNormalization, batchNormalizationTest, batchNormalizationTrain } from "./batchnorm.ts";
import { sparseBlockDot } from "./blocksparse.ts";
import {
  causalConv1d,
  conv2d,
  conv2dGradWrtInputs,
  conv2dGradWrtWeights,
  conv2dTranspose,
  conv3d,
  conv3dGradWrtInputs,
  conv3dGradWrtWeights,
  separableConv2d,
  separableConv3d,
} from "./conv.ts";
import { bilinearKernel1D, bilinearKernel2D, bilinearUpsampling, fracBilinearUpsampling } from "./convupsampling.ts";
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
import { images2neibs, neibs2images } from "./neighbours.ts";
import {
  crossentropyCategorical1hot,
  crossentropyCategorical1hotGrad,
  crossentropySoftmax1hotWithBiasDx,
  crossentropySoftmaxArgmax1hotWithBias,
} from "./onehot.ts";
import { prepend0ToEachRow, prepend1ToEachRow, prependScalarToEachRow } from "./prepend.ts";
import { logsoftmax, softmax, softmaxGrad, softmaxGraph, softmaxWithBias } from "./softmax.ts";

const { sigmoid, softplus, softsign, ultraFastSigmoid } = elementwise;

/** The functions of Theano's module `nnet.abstract_conv`, in camelCase. */
const abstractConv = {
  conv2d,
  conv3d,
  conv2dGradWrtInputs,
  conv2dGradWrtWeights,
  conv3dGradWrtInputs,
  conv3dGradWrtWeights,
  conv2dTranspose,
  separableConv2d,
  separableConv3d,
  causalConv1d,
  bilinearKernel1D,
  bilinearKernel2D,
  bilinearUpsampling,
  fracBilinearUpsampling,
};

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
  conv2d,
  conv3d,
  conv2dTranspose,
  separableConv2d,
  abstractConv,
  neighbours: { images2neibs, neibs2images },
  bn: { batchNormalization, batchNormalizationTrain, batchNormalizationTest },
};
