/**
 * The names that cells have declared so far, and how the next cell comes to know them.
 *
 * Each cell that ran stays open as a module of its own. A later cell starts with one line, the prelude, which brings
 * in the names that it mentions: `import` for what cannot be assigned to (types, generics and literal types stay
 * exact), `declare let` for what can. A name always means its latest declaration, of whatever kind that is.
 */
import type { EditedText } from "./edited.ts";
import type { DeclaredName, NameKind } from "./names.ts";

/** A module that holds a cell which ran. */
export interface CellModule {
  /** The file name of the module. */
  readonly file: string;
  readonly text: string;
}

interface KnownCell {
  readonly file: string;
  readonly names: readonly DeclaredName[];
  /** The files that its prelude refers to. */
  readonly uses: ReadonlySet<string>;
}

interface KnownName {
  readonly cell: KnownCell;
  readonly kind: NameKind;
  /** It can be assigned to, and is not a type too. */
  readonly assignable: boolean;
  /** It has a value at run time. */
  readonly value: boolean;
}

/** The start of a cell's document: declarations of earlier names, on one line. */
export interface Prelude {
  readonly text: string;
  readonly uses: ReadonlySet<string>;
}

const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;

/** The words of a text that could be names. */
export function mentionedNames(code: string): ReadonlySet<string> {
  return new Set(code.match(IDENTIFIER));
}

export class Session {
  #names = new Map<string, KnownName>();
  #cells = new Map<string, KnownCell>();

  /** The kind under which a name was declared last. */
  kindOf(name: string): NameKind | undefined {
    return this.#names.get(name)?.kind;
  }

  /** Whether a cell that ran has declared a variable, function, class or import of this name. */
  hasValue(name: string): boolean {
    return this.#names.get(name)?.value ?? false;
  }

  /** All names. */
  names(): ReadonlySet<string> {
    return new Set(this.#names.keys());
  }

  /** Declarations of those of the `wanted` names that are known, without those that the cell declares itself. */
  prelude(wanted: ReadonlySet<string>, declared: ReadonlySet<string>): Prelude {
    const imports = new Map<string, string[]>();
    const variables: string[] = [];
    const uses = new Set<string>();
    for (const name of wanted) {
      const known = this.#names.get(name);
      if (!known || declared.has(name)) continue;
      const { file } = known.cell;
      uses.add(file);
      if (known.assignable) variables.push(`declare let ${name}: typeof import("./${file}").${name};`);
      else imports.set(file, [...(imports.get(file) ?? []), name]);
    }
    const imported = [...imports].map(([file, names]) => `import { ${names.join(", ")} } from "./${file}";`);
    return { text: [...imported, ...variables, "\n"].join(""), uses };
  }

  /**
   * Takes in a cell that ran.
   * @returns its module, and the modules that nothing refers to any longer.
   */
  commit(file: string, document: EditedText, names: readonly DeclaredName[], prelude: Prelude) {
    const cell: KnownCell = { file, names, uses: prelude.uses };
    for (const [name, declarations] of Map.groupBy(names, (each) => each.name)) {
      const kinds = declarations.map((each) => each.kind);
      const kind = kinds.find((each) => each !== "type") ?? "type";
      const assignable = kinds.every((each) => each === "variable");
      this.#names.set(name, { cell, kind, assignable, value: declarations.some((each) => each.value) });
    }
    this.#cells.set(file, cell);
    return { module: { file, text: moduleText(document.text, names) }, unused: this.#dropUnused() };
  }

  /** Forgets all names and returns the modules they came from. */
  reset(): readonly string[] {
    const files = [...this.#cells.keys()];
    this.#names = new Map();
    this.#cells = new Map();
    return files;
  }

  #dropUnused(): readonly string[] {
    const used = new Set<string>();
    const visit = (cell: KnownCell | undefined): void => {
      if (!cell || used.has(cell.file)) return;
      used.add(cell.file);
      for (const file of cell.uses) visit(this.#cells.get(file));
    };
    for (const { cell } of this.#names.values()) visit(cell);
    const unused = [...this.#cells.keys()].filter((file) => !used.has(file));
    for (const file of unused) this.#cells.delete(file);
    return unused;
  }
}

/** A cell as a module: what it declares is exported, unless it says so itself. */
function moduleText(document: string, names: readonly DeclaredName[]): string {
  const exported = new Set(names.filter((each) => each.exported).map((each) => each.name));
  const rest = new Set(names.map((each) => each.name).filter((name) => !exported.has(name)));
  return `${document}\nexport { ${[...rest].join(", ")} };\n`;
}
