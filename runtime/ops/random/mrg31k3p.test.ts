import { expect, test } from "vitest";
import { fillFromStreams, jumped, M1, M2, NEXT_DRAW, NEXT_STREAM, streamStates } from "./mrg31k3p.ts";

type Matrix = readonly (readonly bigint[])[];

/** The recurrences of the paper: x₁ = 2²² x₂ + (2⁷ + 1) x₃ mod M1, y₁ = 2¹⁵ y₁ + (2¹⁵ + 1) y₃ mod M2. */
const FIRST: Matrix = [
  [0n, 2n ** 22n, 2n ** 7n + 1n],
  [1n, 0n, 0n],
  [0n, 1n, 0n],
];
const SECOND: Matrix = [
  [2n ** 15n, 0n, 2n ** 15n + 1n],
  [1n, 0n, 0n],
  [0n, 1n, 0n],
];

function times(a: Matrix, b: Matrix, modulus: number): Matrix {
  const columns = b[0].map((_, j) => b.map((row) => row[j]));
  return a.map((row) => columns.map((column) => row.reduce((sum, x, k) => sum + x * column[k], 0n) % BigInt(modulus)));
}

/** The matrix of 2^exponent steps. */
function doubled(matrix: Matrix, exponent: number, modulus: number): Matrix {
  let power = matrix;
  for (let i = 0; i < exponent; i++) power = times(power, power, modulus);
  return power;
}

const STATE = [12345, 67890, 2147483646, 5, 2147462578, 777];

test("a step is the recurrence, and the sample the difference of the components", () => {
  const states = Int32Array.from(STATE);
  const samples = new Int32Array(1);
  fillFromStreams(states, samples);
  const column = (from: number) => STATE.slice(from, from + 3).map((x) => [BigInt(x)]);
  const expected = [times(FIRST, column(0), M1), times(SECOND, column(3), M2)].flat(2).map(Number);
  expect([...states]).toEqual(expected);
  expect(samples[0]).toBe((((expected[0] - expected[3]) % M1) + M1) % M1);
});

test.each([
  ["from stream to stream", NEXT_STREAM, 72],
  ["from draw to draw", NEXT_DRAW, 134],
] as const)("the jump %s is a power of the step", (_, jump, exponent) => {
  const numbers = (matrix: Matrix) => matrix.map((row) => row.map(Number));
  expect(jump.first).toEqual(numbers(doubled(FIRST, exponent, M1)));
  expect(jump.second).toEqual(numbers(doubled(SECOND, exponent, M2)));
});

test("streams follow each other by jumps, and samples go round them", () => {
  const start = Int32Array.from(STATE);
  const states = streamStates(start, 3);
  expect(states.slice(6, 12)).toEqual(jumped(start, NEXT_STREAM));
  const all = new Int32Array(6);
  fillFromStreams(states.slice(), all);
  const second = new Int32Array(2);
  fillFromStreams(states.slice(6, 12), second);
  expect([all[1], all[4]]).toEqual([...second]);
});
