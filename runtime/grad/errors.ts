import { TheanoError } from "../base/errors.ts";

/** The cost does not depend on a variable its gradient was asked for. */
export class DisconnectedInputError extends TheanoError {
  override readonly name = "DisconnectedInputError";
}

/** A gradient that does not exist, or is not written, was needed. */
export class NullTypeGradError extends TheanoError {
  override readonly name: string = "NullTypeGradError";
}

/** The gradient of an op that has none for any input was needed. */
export class MethodNotDefined extends NullTypeGradError {
  override readonly name = "MethodNotDefined";
}
