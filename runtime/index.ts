/**
 * Theanotes' runtime: a Theano-style graph compiler. `T` makes symbolic expressions, `theano.function` compiles them,
 * `theano.config` says how.
 */

import { debugprintAny } from "./compile/debugprint.ts";
import { compileFunction } from "./compile/function.ts";
import { DebugMode, getMode, Mode, NanGuardMode, PREDEFINED_MODES } from "./compile/mode.ts";
import { shared } from "./compile/shared.ts";
import { changeFlags, config } from "./config/index.ts";
import { grad } from "./grad/gradient.ts";
import { tensorFunctions } from "./ops/tensor.ts";
import { optdb } from "./rewrite/optdb.ts";

export type { DType, Scalar } from "./array/dtype.ts";
export { NDArray, type NDArrayLike } from "./array/ndarray.ts";
export * from "./base/errors.ts";
export { DebugModeError } from "./compile/debugerrors.ts";
export { debugprintAny as debugprint } from "./compile/debugprint.ts";
export { isTheanoFunction, type TheanoFunction } from "./compile/executable.ts";
export type { FunctionOptions } from "./compile/function.ts";
export { In, UnusedInputError } from "./compile/io.ts";
export { DebugMode, getMode, Mode, NanGuardMode, PREDEFINED_MODES } from "./compile/mode.ts";
export { ProfileStats, profilesToJson } from "./compile/profile.ts";
export { ProfileSession } from "./compile/profilesession.ts";
export { SharedVariable, shared } from "./compile/shared.ts";
export { type Config, changeFlags, config, parseFlags } from "./config/index.ts";
export { DisconnectedInputError, NullTypeGradError } from "./grad/errors.ts";
export { grad } from "./grad/gradient.ts";
export { Apply } from "./graph/apply.ts";
export { BadOptimization, InconsistencyError, MissingInputError } from "./graph/errors.ts";
export { FunctionGraph } from "./graph/fgraph.ts";
export { Op } from "./graph/op.ts";
export { TensorType } from "./graph/type.ts";
export { TensorConstant, TensorVariable } from "./graph/variable.ts";
export { graphToJson } from "./print/graph.ts";
export * from "./print/json.ts";
export { pprint } from "./print/pprint.ts";
export { graphToSvg } from "./print/svg.ts";

/** Symbolic tensors: constructors, functions, reductions, products, gradients. */
export const T = { ...tensorFunctions, grad };

/** The library under Theano's own names. */
export const theano = {
  config,
  changeFlags,
  tensor: T,
  function: compileFunction,
  shared,
  grad,
  Mode,
  DebugMode,
  NanGuardMode,
  getMode,
  predefinedModes: PREDEFINED_MODES,
  debugprint: debugprintAny,
  optdb,
};

export default theano;
