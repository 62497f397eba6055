import { expect, test } from "vitest";
import { parseOptions } from "../../scripts/lib/options.mjs";

test.each([
  [[], { kind: "lab", browser: true, port: undefined, token: undefined }],
  [["--no-browser", "--port", "9000", "--token=T"], { kind: "lab", browser: false, port: 9000, token: "T" }],
  [["--help"], { kind: "help" }],
  [["run", "a.ipynb"], { kind: "run", notebook: "a.ipynb", output: undefined }],
  [["run", "a.ipynb", "--output", "b.ipynb"], { kind: "run", notebook: "a.ipynb", output: "b.ipynb" }],
])("npm start -- %j", (args, wish) => {
  expect(parseOptions(args)).toEqual(wish);
});

test.each([
  [["--no-browsr"], "Unknown option '--no-browsr'"],
  [["--port"], "Option '--port <value>' argument missing"],
  [["--port", "many"], "--port takes a number from 0 (any free port) to 65535, not many"],
  [["--port", "65536"], "not 65536"],
  [["walk"], "unknown command walk; the only one is run"],
  [["run"], "run needs the path of a notebook"],
  [["run", "a.ipynb", "b.ipynb"], "run takes one notebook; b.ipynb is too much"],
  [["run", "a.ipynb", "--port", "1"], "--port is for JupyterLab"],
  [["--output", "a.ipynb"], "--output belongs to the command run"],
])("npm start -- %j is refused: %s", (args, reason) => {
  expect(() => parseOptions(args)).toThrow(reason);
  expect(() => parseOptions(args)).toThrow("Usage:");
});
