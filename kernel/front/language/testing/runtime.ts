/** A stand-in for the graph compiler: symbolic variables that only remember how they were made. */
type Operand = TensorVariable | number;

export class TensorVariable {
  declare readonly __symbolic: true;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  sum(): TensorVariable {
    return new TensorVariable(`sum(${this.text})`);
  }

  toString(): string {
    return this.text;
  }
}

function op(name: string): (...operands: Operand[]) => TensorVariable {
  return (...operands) => new TensorVariable(`${name}(${operands.join(", ")})`);
}

export const T = {
  /** A named vector of float64. */
  dvector: (name: string) => new TensorVariable(name),
  exp: op("exp"),
  add: op("add"),
  sub: op("sub"),
  mul: op("mul"),
  trueDiv: op("trueDiv"),
  mod: op("mod"),
  pow: op("pow"),
  neg: op("neg"),
  invert: op("invert"),
  lt: op("lt"),
  le: op("le"),
  gt: op("gt"),
  ge: op("ge"),
  eq: op("eq"),
  neq: op("neq"),
  and_: op("and_"),
  or_: op("or_"),
  xor: op("xor"),
};

export default { version: "test" };
