/** Errors of the graph floor, with Theano's class names. */
import { TheanoError } from "../base/errors.ts";

/** The graph needs a variable that was neither given as input nor has a value. */
export class MissingInputError extends TheanoError {
  override readonly name = "MissingInputError";
}

/** A replacement would change a variable's type. */
export class BadOptimization extends TheanoError {
  override readonly name: string = "BadOptimization";
}

/** A graph whose nodes overwrite one another's inputs in a way no order can satisfy. */
export class InconsistencyError extends TheanoError {
  override readonly name = "InconsistencyError";
}
