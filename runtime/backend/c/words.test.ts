import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { splitWords } from "./words.ts";

const texts = [
  "",
  "  -g   -DDEBUG=1 ",
  '-I\'/a folder\' -L"/an other" -DX=\\"text\\"',
  'a\\ b \'it is "so"\' "it\'s"',
  'x"y z"w \'\' "a\\$b\\\\c"',
];

/** What a shell makes of the text: one word a line. */
function shellWords(text: string): string[] {
  const { stdout } = spawnSync("/bin/sh", ["-c", `printf '%s\\n' ${text}`], { encoding: "utf8" });
  return text.trim() === "" ? [] : stdout.split("\n").slice(0, -1);
}

test.each(texts)("%s is split as a shell splits it", (text) => {
  expect(splitWords(text)).toEqual(shellWords(text));
});

test("a quote that is never closed does not swallow the rest", () => {
  expect(splitWords("-a 'b -c")).toEqual(["-a", "b", "-c"]);
});
