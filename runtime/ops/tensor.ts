/** `T`: what Theano calls `theano.tensor`. */
import "./methods.ts";
import { constant, type TensorLike } from "../graph/constant.ts";
import { take } from "./advanced.ts";
import { alloc, arange, eye, fill, identityLike, ones, onesLike, zeros, zerosLike } from "./alloc.ts";
import { Assert, assertOp } from "./assert.ts";
import { batchedProductFunctions } from "./batcheddot.ts";
import { cast } from "./cast.ts";
import { composedFunctions } from "./composed.ts";
import { constructors, tensor } from "./constructors.ts";
import { countingFunctions } from "./counting.ts";
import { cumulativeFunctions } from "./cumulative.ts";
import { diagonalFunctions } from "./diagonal.ts";
import { dimshuffle, transpose } from "./dimshuffle.ts";
import { divProxy, modCheck } from "./division.ts";
import { productFunctions } from "./dot.ts";
import { extremeFunctions } from "./extremes.ts";
import { fft } from "./fft.ts";
import { incSubtensor, setSubtensor } from "./incsubtensor.ts";
import { slice } from "./indexing.ts";
import { inplaceFunctions } from "./inplacefunctions.ts";
import { asTensorVariable, concatenate, horizontalStack, join, split, stack, verticalStack } from "./join.ts";
import { nlinalg, slinalg } from "./linalg/namespaces.ts";
import { logsumexp } from "./logsumexp.ts";
import { elementwise } from "./math.ts";
import { nnetFunctions } from "./nnet/index.ts";
import { permutationFunctions } from "./permutation.ts";
import { RandomStreams } from "./random/randomstreams.ts";
import { rawRandom } from "./random/rawrandom.ts";
import { addbroadcast, patternbroadcast, rebroadcast, unbroadcast } from "./rebroadcast.ts";
import { all, any, prod, sum } from "./reduce.ts";
import {
  flatten,
  reshape,
  shapePadaxis,
  shapePadleft,
  shapePadright,
  specifyShape,
  squeeze,
  swapaxes,
} from "./reshape.ts";
import { scalarFromTensor, tensorFromScalar } from "./scalars.ts";
import { searchFunctions } from "./search.ts";
import { shapeI } from "./shape.ts";
import { makeVector, shape } from "./shapevector.ts";
import { signal } from "./signal.ts";
import { sortFunctions } from "./sort.ts";
import { statisticsFunctions } from "./statistics.ts";
import { subtensor } from "./subtensor.ts";
import { repeat, roll, tile } from "./tile.ts";
import { topkFunctions } from "./topk.ts";
import { unravelFunctions } from "./unravel.ts";

/** Symbolic tensors: constructors (`T.dvector("x")`), elementwise functions (`T.exp(x)`), reductions and products. */
export const tensorFunctions = {
  ...constructors,
  ...elementwise,
  inplace: inplaceFunctions,
  divProxy,
  modCheck,
  /** Absolute value; Theano's `abs_`. */
  abs: elementwise.abs_,
  tensor,
  constant,
  asTensorVariable,
  cast,
  dimshuffle,
  transpose,
  logsumexp,
  sum,
  prod,
  ...statisticsFunctions,
  ...extremeFunctions,
  ...cumulativeFunctions,
  ...sortFunctions,
  ...topkFunctions,
  ...searchFunctions,
  ...countingFunctions,
  ...diagonalFunctions,
  ...permutationFunctions,
  ...unravelFunctions,
  ...composedFunctions,
  all,
  any,
  ...productFunctions,
  ...batchedProductFunctions,
  nlinalg,
  slinalg,
  fft,
  shapeI,
  alloc,
  zeros,
  ones,
  fill,
  zerosLike,
  onesLike,
  eye,
  identityLike,
  arange,
  shape,
  makeVector,
  reshape,
  flatten,
  /** Everything as a vector. */
  ravel: (x: TensorLike) => flatten(x),
  squeeze,
  swapaxes,
  shapePadleft,
  shapePadright,
  shapePadaxis,
  addbroadcast,
  unbroadcast,
  patternbroadcast,
  rebroadcast,
  specifyShape,
  scalarFromTensor,
  tensorFromScalar,
  subtensor,
  slice,
  setSubtensor,
  incSubtensor,
  take,
  join,
  concatenate,
  stack,
  split,
  horizontalStack,
  verticalStack,
  repeat,
  tile,
  roll,
  nnet: nnetFunctions,
  signal,
  RandomStreams,
  sharedRandomstreams: { RandomStreams },
  rawRandom,
  Assert,
  /** Theano's `theano.tensor.extra_ops`. */
  extraOps: {
    ...cumulativeFunctions,
    ...countingFunctions,
    bartlett: composedFunctions.bartlett,
    compress: searchFunctions.compress,
    fillDiagonal: diagonalFunctions.fillDiagonal,
    fillDiagonalOffset: diagonalFunctions.fillDiagonalOffset,
    ravelMultiIndex: unravelFunctions.ravelMultiIndex,
    repeat,
    searchsorted: searchFunctions.searchsorted,
    squeeze,
    toOneHot: composedFunctions.toOneHot,
    unravelIndex: unravelFunctions.unravelIndex,
  },
  /** Theano's `theano.tensor.opt`, of which users call this much. */
  opt: { Assert, assertOp },
};
