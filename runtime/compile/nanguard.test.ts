import { expect, test, vi } from "vitest";
import { changeFlags } from "../config/index.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { compileFunction } from "./function.ts";
import { NanGuardMode } from "./mode.ts";

const x = T.dvector("x");

test.each([
  [
    "a NaN from a node",
    () => compileFunction([x], T.log(x), { mode: "NanGuardMode" })([-1]),
    /^NaN detected\nNanGuardMode found an error in the output of a node in this variable:\nElemwise\{log,no_inplace\}/,
  ],
  [
    "an infinity",
    () => compileFunction([x], T.log(x), { mode: "NanGuardMode" })([0]),
    /^Inf detected\nBig value detected/,
  ],
  ["a big value", () => compileFunction([x], T.mul(x, 1e6), { mode: "NanGuardMode" })([1e6]), /^Big value detected\n/],
  [
    "a NaN in an input",
    () => compileFunction([x], T.exp(x), { mode: "NanGuardMode" })([Number.NaN]),
    /^NaN detected\nNanGuardMode found an error in an input of the graph: x/,
  ],
])("stops at %s", (_, run, message) => {
  expect(run).toThrow(message);
});

test("what is not asked for is let through", () => {
  const mode = NanGuardMode({ nanIsError: true, infIsError: false, bigIsError: false });
  expect(String(compileFunction([x], T.log(x), { mode })([0]))).toBe("[-inf]");
  expect(() => compileFunction([x], T.log(x), { mode: mode.excluding("inplace") })([-1])).toThrow(/NaN detected/);
});

test("NanGuardMode.action=warn reports and goes on", () => {
  const report = vi.spyOn(console, "error").mockImplementation(() => {});
  const f = compileFunction([x], T.log(x), { mode: "NanGuardMode" });
  expect(String(changeFlags({ NanGuardMode: { action: "warn" } }, () => f([-1])))).toBe("[nan]");
  expect(report.mock.calls[0][0]).toMatch(/NaN detected/);
  report.mockRestore();
});
