/** When an error of ours counts as the one that Theano raises. */

/** An error as the oracle files write it. */
export interface OracleError {
  readonly class: string;
  readonly message: string;
  /** Given when the Python exception has more than one argument; the first is the sentence. */
  readonly args?: readonly string[];
}

/**
 * Same class, and Theano's sentence is part of our message: ours also names the source and what to do. Python's bare
 * `Exception` is met by any class, as `except Exception` would catch it. Where Theano lists valid options, ours may
 * list more: whether those are right is another check.
 */
export function meets(actual: Error, expected: OracleError): boolean {
  return (
    classNames(actual).includes(expected.class) &&
    says(actual.message, expected.args?.[0] ?? sentence(expected.message))
  );
}

/** The first argument when a message is that of an exception with two: `('Invalid value (yes) …', 'yes')`. */
function sentence(message: string): string {
  return /^\('(.*)', [^,]*\)$/s.exec(message)?.[1] ?? message;
}

/** What an error about a setting has to name. */
export interface Culprit {
  readonly flag: string;
  /** As text, or as a Python literal. */
  readonly value: string;
  readonly source: string;
}

/**
 * Same class, and our message names the flag, the value and the source. It counts where Theano's sentence names the flag
 * or the value not at all: `invalid literal for int()` says only what Python could not read.
 */
export function namesTheCulprit(actual: Error, expected: OracleError, { flag, value, source }: Culprit): boolean {
  const text = /^'(.*)'$/s.exec(value)?.[1] ?? value;
  const theirs = expected.args?.[0] ?? sentence(expected.message);
  if (theirs.includes(flag) && theirs.includes(text)) return false;
  const named = [`"${flag}"`, `(from ${source})`];
  const isValueNamed = [text, `"${text}"`].some((form) => actual.message.includes(`(${form})`));
  return (
    classNames(actual).includes(expected.class) && isValueNamed && named.every((part) => actual.message.includes(part))
  );
}

function classNames(error: Error): string[] {
  const names = ["Exception"];
  for (
    let proto: unknown = Object.getPrototypeOf(error);
    proto instanceof Error;
    proto = Object.getPrototypeOf(proto)
  ) {
    names.push(proto.constructor.name);
  }
  // Errors of one class in JavaScript may be of several in Theano: those have the name of theirs.
  return names.concat(error.constructor.name, error.name);
}

function says(ours: string, theirs: string): boolean {
  if (ours.includes(theirs)) return true;
  const [theirSentence, theirOptions] = options(theirs);
  const [ourSentence, ourOptions] = options(ours);
  return theirOptions.length > 0 && ourSentence === theirSentence && theirOptions.every((o) => ourOptions.includes(o));
}

function options(message: string): [sentence: string, options: string[]] {
  const [, sentence = message, list = ""] = /^(.*Valid options are )\(([^)]*)\)/s.exec(message) ?? [];
  return [sentence, list === "" ? [] : list.split(", ")];
}

/** An error in one line, for reports. */
export function showError(error: Error): string {
  return `${error.constructor.name}: ${error.message}`;
}

/** Whether something is an error of a class, by the class's name, or of one derived from it. */
export function isA(thrown: unknown, className: string): boolean {
  return thrown instanceof Error && classNames(thrown).includes(className);
}
