import { describe, expect, test } from "vitest";
import { EditedText } from "./edited.ts";
import type { DeclaredName, NameKind } from "./names.ts";
import { mentionedNames, Session } from "./session.ts";

const declared = (name: string, kind: NameKind): DeclaredName => ({
  name,
  kind,
  value: kind !== "type",
  exported: false,
});
const none: ReadonlySet<string> = new Set();

/** Commits cells, each given as the names it declares; what it mentions comes into its prelude. */
function commit(session: Session, file: string, code: string, names: readonly DeclaredName[]) {
  const own = new Set(names.map((each) => each.name));
  return session.commit(file, EditedText.of(code), names, session.prelude(mentionedNames(code), own));
}

describe("Session", () => {
  test("imports what cannot be assigned to and declares what can", () => {
    const session = new Session();
    commit(session, "1.ts", "", [declared("a", "constant"), declared("b", "variable"), declared("C", "class")]);
    const { text, uses } = session.prelude(session.names(), none);
    expect(text).toBe('import { a, C } from "./1.ts";declare let b: typeof import("./1.ts").b;\n');
    expect([...uses]).toEqual(["1.ts"]);
  });

  test("brings in nothing that the cell does not mention, or declares itself", () => {
    const session = new Session();
    commit(session, "1.ts", "", [declared("a", "constant"), declared("b", "constant")]);
    expect(session.prelude(mentionedNames("b + c"), none).text).toBe('import { b } from "./1.ts";\n');
    expect(session.prelude(mentionedNames("let a"), new Set(["a"])).text).toBe("\n");
  });

  test("a variable that is also a type is imported", () => {
    const session = new Session();
    commit(session, "1.ts", "", [declared("a", "variable"), declared("a", "type")]);
    expect(session.prelude(new Set(["a"]), none).text).toBe('import { a } from "./1.ts";\n');
  });

  test("exports each name once, and not what the cell exports", () => {
    const names = [
      declared("f", "function"),
      declared("f", "function"),
      { ...declared("g", "constant"), exported: true },
    ];
    expect(commit(new Session(), "1.ts", "code", names).module.text).toBe("code\nexport { f };\n");
  });

  test("drops a module when neither a name nor a living module needs it", () => {
    const session = new Session();
    commit(session, "1.ts", "const a = 1", [declared("a", "constant")]);
    commit(session, "2.ts", "const b = a", [declared("b", "constant")]);
    expect(commit(session, "3.ts", "const a = 2", [declared("a", "constant")]).unused).toEqual([]);
    expect(commit(session, "4.ts", "const b = 3", [declared("b", "constant")]).unused).toEqual(["1.ts", "2.ts"]);
  });

  test("running one cell again and again keeps one module", () => {
    const session = new Session();
    const open = new Set<string>();
    for (let cell = 1; cell <= 50; cell++) {
      const { module, unused } = commit(session, `${cell}.ts`, "let a = 1", [declared("a", "variable")]);
      open.add(module.file);
      for (const file of unused) open.delete(file);
    }
    expect([...open]).toEqual(["50.ts"]);
  });
});
