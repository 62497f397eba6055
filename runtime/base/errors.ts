/**
 * Errors under the names that Python and Theano give them, since people search the web for these names.
 * JavaScript's own `TypeError` serves as Python's.
 */

/** The common ancestor of the errors that Theanotes throws; it has the place of Python's `Exception`. */
export class TheanoError extends Error {
  override name = "TheanoError";
}

/** A value of the right type that is not acceptable. */
export class ValueError extends TheanoError {
  override name = "ValueError";
}

/** An operation that cannot be done in the present state, and that no better class describes. */
export class RuntimeError extends TheanoError {
  override name = "RuntimeError";
}

/** A name that an object does not have, or that is taken already. */
export class AttributeError extends TheanoError {
  override name = "AttributeError";
}

/** Something that must always hold does not. */
export class AssertionError extends TheanoError {
  override name = "AssertionError";
}

/** A key that a mapping does not have. */
export class KeyError extends TheanoError {
  override name = "KeyError";
}

/** A position outside of a sequence or of an axis. */
export class IndexError extends TheanoError {
  override name = "IndexError";
}

/** Memory that is not to be had. */
export class MemoryError extends TheanoError {
  override name = "MemoryError";
}

/** A combination that is meaningful and that this version does not offer. */
export class NotImplementedError extends TheanoError {
  override name = "NotImplementedError";
}

/** A value that does not become a tensor by itself. JavaScript's own `TypeError` is Python's, which this one is in Theano. */
export class AsTensorError extends TypeError {
  override name = "AsTensorError";
}

/** A division of two integers where the flag `int_division` forbids it. */
export class IntegerDivisionError extends TheanoError {
  override name = "IntegerDivisionError";
}

/** An operation that complex numbers do not have. */
export class ComplexError extends NotImplementedError {
  override name = "ComplexError";
}

/** A computation of linear algebra that has no result: a singular matrix, or an iteration that does not converge. */
export class LinAlgError extends TheanoError {
  override name = "LinAlgError";
}
