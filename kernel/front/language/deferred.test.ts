import { expect, test } from "vitest";
import { DeferredTypeScript } from "./deferred.ts";
import type { Language } from "./language.ts";

/** A language that writes down what it is asked. */
function recorder(calls: string[]): Language {
  const unknown = { status: "unknown" } as const;
  return {
    name: "recorder",
    version: "0",
    useMagics: (magics) => void calls.push(`useMagics ${magics.length}`),
    compile: async (code, cell) => {
      calls.push(`compile ${cell} ${code}`);
      return { ok: false, errors: [] };
    },
    compileExpression: async () => ({ ok: false, errors: [] }),
    commit: (cell) => void calls.push(`commit ${cell}`),
    reset: () => void calls.push("reset"),
    complete: async () => ({ start: 0, end: 0, items: [] }),
    inspect: async () => null,
    isComplete: async () => unknown,
    dispose: async () => void calls.push("dispose"),
  };
}

test("names itself at once, and passes all else on in order when the language is there", async () => {
  const calls: string[] = [];
  const loading = Promise.withResolvers<Language>();
  const language = new DeferredTypeScript(loading.promise);
  expect([language.name, language.version]).toEqual(["typescript", expect.stringMatching(/^7\./)]);
  language.useMagics([]);
  const compiled = language.compile("1", 1);
  language.commit(1);
  language.reset();
  const disposed = language.dispose();
  expect(calls).toEqual([]);
  loading.resolve(recorder(calls));
  await compiled;
  await disposed;
  expect(calls).toEqual(["useMagics 0", "compile 1 1", "commit 1", "reset", "dispose"]);
});

test("tells who asks when the language cannot be loaded, and ends all the same", async () => {
  const language = new DeferredTypeScript(Promise.reject(new Error("no compiler")));
  language.useMagics([]);
  await expect(language.isComplete("1")).rejects.toThrow("no compiler");
  await language.dispose();
});
