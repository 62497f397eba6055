import { type ITranslator, nullTranslator, type TranslationBundle } from "@jupyterlab/translation";

/** Our strings in the user's language; English where the front end offers no translations. */
export function bundleOf(translator: ITranslator | null): TranslationBundle {
  return (translator ?? nullTranslator).load("theanotes_jupyterlab");
}
