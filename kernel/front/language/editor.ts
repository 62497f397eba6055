/** Completion and inspection, asked of the language server; magics answer for themselves. */
import type { MagicSpec } from "../../messages.ts";
import { EditedText, Lines } from "./edited.ts";
import type { Completion, CompletionItem } from "./language.ts";
import { readMagics } from "./magics.ts";
import { guessedDeclarations } from "./names.ts";
import type { TypeScriptService } from "./service.ts";
import type { Session } from "./session.ts";

/** The document that questions are asked about; cells that run have another one. */
export const PROBE_DOCUMENT = "probe.theanotes.ts";

type Magics = ReadonlyMap<string, MagicSpec>;

/** The probe document, and a position in it as the server counts. */
interface Probe {
  readonly document: EditedText;
  readonly params: {
    readonly textDocument: { readonly uri: string };
    readonly position: { readonly line: number; readonly character: number };
  };
}

export class Editor {
  readonly #service: TypeScriptService;
  readonly #session: Session;
  #work: Promise<unknown> = Promise.resolve();

  constructor(service: TypeScriptService, session: Session) {
    this.#service = service;
    this.#session = session;
  }

  async complete(code: string, offset: number, magics: Magics): Promise<Completion> {
    const magic = completeMagic(code, offset, magics);
    if (magic) return magic;
    return this.#inTurn(async () => {
      const { document, params } = await this.#probe(code, offset, magics);
      const answer = await this.#service.ask("textDocument/completion", params);
      return completion(answer, code, offset, document);
    });
  }

  async inspect(code: string, offset: number, detail: 0 | 1, magics: Magics): Promise<Record<string, string> | null> {
    const magic = magicAtLine(code, offset);
    const spec = magic && magics.get(magic.name);
    if (spec) return bundle(spec.doc);
    const markdown = await this.#inTurn(async () => {
      const word = wordStart(code, offset);
      const places = word < offset ? [word] : [offset, ...calleeBefore(code, offset)];
      for (const place of places) {
        const { params } = await this.#probe(code, place, magics);
        const hover = await this.#service.ask("textDocument/hover", params);
        const text = hoverMarkdown(hover);
        if (text) return text;
      }
      return null;
    });
    if (markdown === null) return null;
    return bundle(detail === 0 ? summary(markdown) : markdown);
  }

  /** Writes the code into the probe document, behind all names, and finds an offset of the code there. */
  async #probe(code: string, offset: number, magics: Magics): Promise<Probe> {
    const source = code.toWellFormed();
    const { edits } = readMagics(source, magics);
    const prelude = this.#session.prelude(this.#session.names(), guessedDeclarations(source));
    const document = EditedText.of(source)
      .apply(edits)
      .apply([{ start: 0, end: 0, text: prelude.text }]);
    await this.#service.write(PROBE_DOCUMENT, document.text);
    const { line, column } = new Lines(document.text).place(document.fromOriginal(offset));
    const textDocument = { uri: this.#service.uri(PROBE_DOCUMENT) };
    return { document, params: { textDocument, position: { line, character: column } } };
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#work.then(() => this.#service.whileAlive(work));
    this.#work = result.catch(() => {});
    return result;
  }
}

const WORD_END = /[\p{ID_Continue}$\u200c\u200d]*$/u;

function wordStart(code: string, offset: number): number {
  const before = code.slice(0, offset);
  return offset - (WORD_END.exec(before)?.[0].length ?? 0);
}

/** The name of the function whose arguments the offset stands in, as a place to ask about; none outside of a call. */
function calleeBefore(code: string, offset: number): number[] {
  let depth = 0;
  for (let at = offset - 1; at >= 0; at--) {
    const character = code[at] ?? "";
    if (")]}".includes(character)) depth++;
    else if ("([{".includes(character) && depth-- === 0) {
      const end = code.slice(0, at).trimEnd().length;
      const start = wordStart(code, end);
      return character === "(" && start < end ? [start] : [];
    }
  }
  return [];
}

// ---------------------------------------------------------------------------------------------------------- magics

const MAGIC_NAME = /^[ \t]*(%{1,2})([\p{ID_Continue}-]*)$/u;
const MAGIC_LINE = /^[ \t]*(%{1,2})([\p{ID_Start}_][\p{ID_Continue}-]*)(?:[ \t]|$)/u;

/** The magic whose line the offset stands in. */
function magicAtLine(code: string, offset: number): { readonly name: string; readonly percents: number } | null {
  const start = code.lastIndexOf("\n", offset - 1) + 1;
  const end = code.indexOf("\n", offset);
  const found = MAGIC_LINE.exec(code.slice(start, end < 0 ? code.length : end));
  if (!found) return null;
  const [, percents = "", name = ""] = found;
  return { name, percents: percents.length };
}

function completeMagic(code: string, offset: number, magics: Magics): Completion | null {
  const line = code.slice(code.lastIndexOf("\n", offset - 1) + 1, offset);
  const written = MAGIC_NAME.exec(line);
  if (written) {
    const [, percents = "", name = ""] = written;
    return { start: offset - name.length - percents.length, end: offset, items: magicNames(percents, name, magics) };
  }
  const spec = magics.get(magicAtLine(code, offset)?.name ?? "");
  if (!spec || spec.argument === "expression") return null;
  const word = /[^\s=,]*$/.exec(line)?.[0] ?? "";
  const items = spec.words
    .filter((each) => each.toLowerCase().startsWith(word.toLowerCase()))
    .map((text) => ({ text, type: "constant" }));
  return { start: offset - word.length, end: offset, items };
}

/** After one `%` both kinds are offered, as one may be on the way to the second. */
function magicNames(percents: string, name: string, magics: Magics): CompletionItem[] {
  return [...magics.values()]
    .filter((spec) => spec.name.startsWith(name))
    .flatMap((spec) => {
      const forms = spec.where === "both" ? ["%", "%%"] : [spec.where === "line" ? "%" : "%%"];
      return forms.filter((form) => form.startsWith(percents)).map((form) => form + spec.name);
    })
    .sort()
    .map((text) => ({ text, type: "magic" }));
}

// ------------------------------------------------------------------------------------------------- server's answers

interface ServerItem {
  readonly label: string;
  readonly kind?: number;
  readonly sortText?: string;
  readonly insertText?: string;
  readonly filterText?: string;
  readonly data?: { readonly autoImport?: unknown };
  readonly textEdit?: {
    readonly range: { readonly start: { readonly line: number; readonly character: number } };
    readonly newText: string;
  };
  readonly detail?: string;
}

/** The words by which JupyterLab colours completions, by the server's numbers of kinds. */
const KINDS: Readonly<Record<number, string>> = {
  2: "method",
  3: "function",
  4: "function",
  5: "property",
  6: "variable",
  7: "class",
  8: "interface",
  9: "module",
  10: "property",
  13: "enum",
  14: "keyword",
  17: "file",
  19: "folder",
  20: "constant",
  21: "constant",
  25: "type",
};

/** A key in brackets that is not a text. */
const SYMBOL_KEY = /^\[(?!["'])/;

/** What the server offers for the word before the offset, and from where on it replaces what is written. */
function completion(answer: unknown, code: string, offset: number, document: EditedText): Completion {
  const list = (answer ?? []) as readonly ServerItem[] | { readonly items: readonly ServerItem[] };
  const items = "items" in list ? list.items : list;
  const lines = new Lines(document.text);
  const word = wordStart(code, offset);
  const offered = items
    // Not names that would have to be imported first, nor keys that are symbols: for the sake of one `[Symbol…]`,
    // which replaces the dot too, all others would have to.
    .filter((item) => item.data?.autoImport === undefined && !SYMBOL_KEY.test(item.textEdit?.newText ?? ""))
    .sort((a, b) => compare(a.sortText ?? a.label, b.sortText ?? b.label) || compare(a.label, b.label))
    .map((item) => {
      const range = item.textEdit?.range.start;
      const start = range ? document.toOriginal(lines.offset(range.line, range.character)) : word;
      return { item, start };
    })
    .filter(({ item, start }) => {
      const written = code.slice(start, offset).toLowerCase();
      return (item.filterText ?? item.label).toLowerCase().startsWith(written);
    });
  // One range serves all: some items (`?.name`, `["a-b"]`) replace the dot too.
  const start = Math.min(word, ...offered.map((each) => each.start));
  return {
    start,
    end: offset,
    items: offered.map(({ item, start: itemStart }) => {
      const text = code.slice(start, itemStart) + (item.textEdit?.newText ?? item.insertText ?? item.label);
      const type = KINDS[item.kind ?? 0] ?? "text";
      return item.detail ? { text, type, signature: item.detail } : { text, type };
    }),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function hoverMarkdown(answer: unknown): string | null {
  const hover = answer as { readonly contents?: { readonly value?: string } | string } | null;
  const text = typeof hover?.contents === "string" ? hover.contents : hover?.contents?.value;
  if (!text) return null;
  // Names of earlier cells reach a cell by an import that the user did not write.
  return text.replaceAll("(alias) ", "").replaceAll(/import\("[^"]*\/cell-\d+\.theanotes"\)\./g, "");
}

/** The first block: the signature, without the documentation. */
function summary(markdown: string): string {
  const end = /^```[a-z]*\n[\s\S]*?\n```/.exec(markdown)?.[0];
  return end ?? markdown;
}

function bundle(markdown: string): Record<string, string> {
  const plain = markdown.replace(/^```[a-z]*\n?/gm, "").trim();
  return { "text/plain": plain, "text/markdown": markdown };
}
