/**
 * Theanotes' runtime: a Theano-style graph compiler. `T` makes symbolic expressions, `theano.function` compiles them,
 * `theano.config` says how.
 */

import "./compile/eval.ts";
import { compileAny } from "./compile/bundles.ts";
import { debugprintAny } from "./compile/debugprint.ts";
import { In, Out } from "./compile/io.ts";
import { DebugMode, getMode, Mode, NanGuardMode, PREDEFINED_MODES } from "./compile/mode.ts";
import { pydotprint } from "./compile/pydotprint.ts";
import { verifyGrad } from "./compile/verifygrad.ts";
import { changeFlags, config } from "./config/index.ts";
import { grad } from "./grad/gradient.ts";
import { hessian, jacobian } from "./grad/jacobian.ts";
import { Lop, Rop, subgraphGrad } from "./grad/products.ts";
import { Apply } from "./graph/apply.ts";
import { minInformativeStr, varDescriptor } from "./graph/debugprint.ts";
import { Op } from "./graph/op.ts";
import { asOp } from "./ops/asop.ts";
import { Assert } from "./ops/assert.ts";
import { clone } from "./ops/clone.ts";
import { considerConstant, disconnectedGrad, gradClip, gradScale, undefinedGrad, zeroGrad } from "./ops/gradcontrol.ts";
import { ifelse } from "./ops/ifelse.ts";
import { OpFromGraph } from "./ops/opfromgraph.ts";
import { Print } from "./ops/printop.ts";
import { CounterRandomStreams } from "./ops/random/counterstreams.ts";
import { MRG_RandomStreams } from "./ops/random/mrgstreams.ts";
import { RandomStreams } from "./ops/random/randomstreams.ts";
import { randomState } from "./ops/random/rawrandom.ts";
import { scanFunctions } from "./ops/scan/functions.ts";
import { sparse } from "./ops/sparse/index.ts";
import { shared } from "./ops/sparse/shared.ts";
import { tensorFunctions } from "./ops/tensor.ts";
import { typedList } from "./ops/typedlist.ts";
import { functionPrinter, ignorePrinter, operatorPrinter, patternPrinter, pprint } from "./print/pprint.ts";
import { optdb } from "./rewrite/optdb.ts";

// Values.
export { Complex } from "./array/complex.ts";
export type { DType, Scalar } from "./array/dtype.ts";
export { type Index, NDArray, type NDArrayLike, type Nested, type Slice } from "./array/ndarray.ts";
export * from "./base/errors.ts";
export type { BundleFunction, BundleOutputs, BundleResults } from "./compile/bundles.ts";
export { Container } from "./compile/container.ts";
// Functions, shared variables, modes, profiles.
export { DebugModeError } from "./compile/debugerrors.ts";
export type { DebugModeOptions } from "./compile/debugmode.ts";
export { debugprintAny as debugprint, type Printable, type PrintOptions } from "./compile/debugprint.ts";
export type { EvalValues } from "./compile/eval.ts";
export { type CopyOptions, isTheanoFunction, type TheanoFunction } from "./compile/executable.ts";
export type { FunctionOptions, Givens, Outputs, Results, Updates } from "./compile/function.ts";
export { In, type InOptions, type Input, Out, UnusedInputError } from "./compile/io.ts";
export { DebugMode, getMode, Mode, type ModeOptions, NanGuardMode, PREDEFINED_MODES } from "./compile/mode.ts";
export type { NanGuardOptions } from "./compile/nanguard.ts";
export { ProfileStats, profilesToJson } from "./compile/profile.ts";
export { ProfileSession } from "./compile/profilesession.ts";
export { type ProfilerPrinter, registerProfilerPrinter } from "./compile/profiletext.ts";
export { pydotprint } from "./compile/pydotprint.ts";
export { GradientError, type VerifyGradOptions, verifyGrad } from "./compile/verifygrad.ts";
export { warmUp } from "./compile/warmup.ts";
export { type Config, changeFlags, config, parseFlags } from "./config/index.ts";
// Gradients.
export { DisconnectedInputError, MethodNotDefined, NullTypeGradError } from "./grad/errors.ts";
export { type GradOptions, type GradResult, grad, type PlainGradOptions } from "./grad/gradient.ts";
export { hessian, type JacobianOptions, jacobian } from "./grad/jacobian.ts";
export { Lop, Rop, subgraphGrad } from "./grad/products.ts";
// Graphs, and what ops are written with.
export { Apply } from "./graph/apply.ts";
export type { TensorLike } from "./graph/constant.ts";
export { type DebugPrintOptions, minInformativeStr, varDescriptor } from "./graph/debugprint.ts";
export { BadOptimization, InconsistencyError, MissingInputError } from "./graph/errors.ts";
export { type Client, type Feature, FunctionGraph } from "./graph/fgraph.ts";
export type { SymbolicDType } from "./graph/floatx.ts";
export {
  DISCONNECTED,
  type Differentiate,
  type InnerFunction,
  type InnerGraph,
  type Lowered,
  type NoGradient,
  Op,
} from "./graph/op.ts";
export { type SharedOptions, SharedVariable } from "./graph/shared.ts";
export { type Dim, TensorType } from "./graph/type.ts";
export { TensorConstant, TensorVariable, type Variable } from "./graph/variable.ts";
export { ancestors, cloneGraph, equalComputations, graphInputs, toposort } from "./graph/walk.ts";
export { elementwiseKernel, reduceKernel } from "./loop/build.ts";
/** Writing kernels out: `new loops.KernelBuilder(name)`, `loops.loop`, `loops.reduce`, `loops.on`, … */
export * as loops from "./loop/builder.ts";
export { checkKernel } from "./loop/check.ts";
export type { Kernel } from "./loop/ir.ts";
export { parseKernel } from "./loop/parse.ts";
export { kernelText } from "./loop/text.ts";
export { type AsOpFunction, type AsOpOptions, asOp, FromFunctionOp, type TypeLike } from "./ops/asop.ts";
export { Assert } from "./ops/assert.ts";
export type { CloneOptions } from "./ops/clone.ts";
export { DimShuffle } from "./ops/dimshuffle.ts";
export { Dot } from "./ops/dot.ts";
export { Elemwise, elemwise } from "./ops/elemwise.ts";
export { IfElse, type IfElseOptions } from "./ops/ifelse.ts";
// Names the file, so that the declarations have the methods of variables too.
export type { TensorMethods } from "./ops/methods.ts";
export {
  CrossentropyCategorical1Hot,
  CrossentropyCategorical1HotGrad,
  CrossentropySoftmax1HotWithBiasDx,
  CrossentropySoftmaxArgmax1HotWithBias,
} from "./ops/nnet/onehot.ts";
export { LogSoftmax, Softmax, SoftmaxGrad, SoftmaxWithBias } from "./ops/nnet/softmax.ts";
export { OpFromGraph, type OpFromGraphOptions } from "./ops/opfromgraph.ts";
export { Print, type PrintFunction } from "./ops/printop.ts";
export { CounterRandomStreams } from "./ops/random/counterstreams.ts";
export type { MrgSeed, MrgSize } from "./ops/random/mrgarguments.ts";
export { MRG_RandomStreams } from "./ops/random/mrgstreams.ts";
export { RandomStreams } from "./ops/random/randomstreams.ts";
export { randomState } from "./ops/random/rawrandom.ts";
export type { StateUpdate } from "./ops/random/streams.ts";
export { CAReduce, type ReduceOptions, type SumOptions } from "./ops/reduce.ts";
export { Scan } from "./ops/scan/op.ts";
export type { OutputInfo } from "./ops/scan/outputs.ts";
export type { ScanOptions, ScanUpdates } from "./ops/scan/scan.ts";
export type { Sequence } from "./ops/scan/sequences.ts";
export type { StepResult } from "./ops/scan/step.ts";
export { ShapeI } from "./ops/shape.ts";
export { type SparseFormat, SparseMatrix } from "./ops/sparse/matrix.ts";
export { SharedSparseVariable, shared } from "./ops/sparse/shared.ts";
export { type SparseLike, SparseVariable } from "./ops/sparse/variable.ts";
export { TypedListType, TypedListVariable, typedList } from "./ops/typedlist.ts";
// Drawings and texts of graphs.
export { type DotOptions, type Drawable, graphToDot } from "./print/dot.ts";
export { graphToJson } from "./print/graph.ts";
export * from "./print/json.ts";
export {
  defaultPrinter,
  functionPrinter,
  ignorePrinter,
  operatorPrinter,
  PPrinter,
  patternPrinter,
  pprint,
  pprinter,
} from "./print/pprint.ts";
export { graphToSvg } from "./print/svg.ts";
// Rewrites, and the databases that they are registered in.
export { type ExtraRewrite, Query } from "./rewrite/db.ts";
export { type OptimizeResult, optimize } from "./rewrite/engine.ts";
export { canonicalize, optdb, specialize, stabilize, uncanonicalize, useless } from "./rewrite/optdb.ts";
export { type Found, type PatternSpec, pattern } from "./rewrite/pattern.ts";
export { type GraphRewrite, graphRewrite, type NodeRewrite, nodeRewrite, type Rewrite } from "./rewrite/rewrite.ts";

/** Symbolic tensors: constructors, functions, reductions, products, gradients. */
export const T = { ...tensorFunctions, grad, Lop, Rop, jacobian, hessian, verifyGrad };

/** Theano's `theano.gradient`: differentiation, and what steers it. */
export const gradient = {
  grad,
  Lop,
  Rop,
  subgraphGrad,
  jacobian,
  hessian,
  verifyGrad,
  gradClip,
  gradScale,
  zeroGrad,
  considerConstant,
  disconnectedGrad,
  undefinedGrad,
};

/** The library under Theano's own names. */
export const theano = {
  config,
  changeFlags,
  tensor: T,
  function: compileAny,
  shared,
  RandomStreams,
  MRG_RandomStreams,
  CounterRandomStreams,
  randomState,
  In,
  Out,
  ...scanFunctions,
  ifelse,
  clone,
  OpFromGraph,
  asOp,
  Assert,
  Print,
  /** Theano's `theano.sandbox`, of which users call this much. */
  sandbox: { rngMrg: { MRG_RandomStreams } },
  /** Theano's `theano.typed_list`. */
  typedList,
  /** Theano's `theano.printing`. */
  printing: {
    Print,
    debugprint: debugprintAny,
    pprint,
    pp: pprint,
    pydotprint,
    minInformativeStr,
    varDescriptor,
    functionPrinter,
    ignorePrinter,
    operatorPrinter,
    patternPrinter,
  },
  /** Theano's `scan_module`. */
  scanModule: scanFunctions,
  /** Theano's `theano.sparse`: sparse matrices. */
  sparse,
  ...gradient,
  gradient,
  Mode,
  DebugMode,
  NanGuardMode,
  getMode,
  predefinedModes: PREDEFINED_MODES,
  debugprint: debugprintAny,
  pprint,
  pp: pprint,
  pydotprint,
  Op,
  Apply,
  optdb,
};

export default theano;
