/** `T`: what Theano calls `theano.tensor`. */
import "./methods.ts";
import { asTensor, constant } from "../graph/constant.ts";
import { cast } from "./cast.ts";
import { constructors, tensor } from "./constructors.ts";
import { dimshuffle, transpose } from "./dimshuffle.ts";
import { dot, outer } from "./dot.ts";
import { zerosLike } from "./elemwise.ts";
import { elementwise } from "./math.ts";
import { all, any, max, min, prod, sum } from "./reduce.ts";
import { mean, shapeI } from "./shape.ts";

/** Symbolic tensors: constructors (`T.dvector("x")`), elementwise functions (`T.exp(x)`), reductions and products. */
export const tensorFunctions = {
  ...constructors,
  ...elementwise,
  /** Absolute value; Theano's `abs_`. */
  abs: elementwise.abs_,
  tensor,
  constant,
  asTensorVariable: asTensor,
  cast,
  dimshuffle,
  transpose,
  sum,
  prod,
  mean,
  max,
  min,
  all,
  any,
  dot,
  outer,
  shapeI,
  zerosLike,
};
