/** A language that answers for itself while it is being loaded. */
import type { MagicSpec } from "../../messages.ts";
import { compilerVersion } from "./installed.ts";
import type { Compiled, Completeness, Completion, Language } from "./language.ts";

/**
 * TypeScript, before its compiler is there: loading it takes as long as all the rest of the kernel's start, and
 * `kernel_info` needs no more of it than its name. Everything else waits, in the order in which it was asked for.
 */
export class DeferredTypeScript implements Language {
  readonly name = "typescript";
  readonly version = compilerVersion();
  readonly #loaded: Promise<Language>;

  constructor(loaded: Promise<Language>) {
    this.#loaded = loaded;
    // Whoever asks for something is told.
    loaded.catch(() => {});
  }

  useMagics(magics: readonly MagicSpec[]): void {
    this.#tell((language) => language.useMagics(magics));
  }

  async compile(code: string, cell: number): Promise<Compiled> {
    return (await this.#loaded).compile(code, cell);
  }

  async compileExpression(code: string): Promise<Compiled> {
    return (await this.#loaded).compileExpression(code);
  }

  commit(cell: number): void {
    this.#tell((language) => language.commit(cell));
  }

  reset(): void {
    this.#tell((language) => language.reset());
  }

  async complete(code: string, offset: number): Promise<Completion> {
    return (await this.#loaded).complete(code, offset);
  }

  async inspect(code: string, offset: number, detail: 0 | 1): Promise<Record<string, string> | null> {
    return (await this.#loaded).inspect(code, offset, detail);
  }

  async isComplete(code: string): Promise<Completeness> {
    return (await this.#loaded).isComplete(code);
  }

  async dispose(): Promise<void> {
    const language = await this.#loaded.catch(() => null);
    await language?.dispose();
  }

  #tell(what: (language: Language) => void): void {
    void this.#loaded.then(what, () => {});
  }
}
