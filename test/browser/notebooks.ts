import { readFile } from "node:fs/promises";

/** The JSON forms of which `fixtures/` has a sample. */
export type Sample = "config" | "debug" | "graph";

/** A sample output, as the kernel would send it. */
export async function sampleOutput(name: Sample): Promise<Readonly<Record<string, unknown>>> {
  const json: unknown = JSON.parse(await readFile(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));
  return {
    [`application/vnd.theanotes.${name}.v1+json`]: json,
    "text/html": "<b>for front ends without the extension</b>",
    "text/plain": `the ${name} as text`,
  };
}

/**
 * A notebook file whose cells have run: one cell for each bundle, numbered from 1.
 *
 * @param kernel the kernelspec to open it with
 */
export function executedNotebook(kernel: string, bundles: readonly Readonly<Record<string, unknown>>[]): string {
  const cells = bundles.map((data, i) => ({
    cell_type: "code",
    id: `cell-${i + 1}`,
    execution_count: i + 1,
    metadata: {},
    source: `line 1 of ${i + 1}\nline 2\nline 3`,
    outputs: [{ output_type: "display_data", data, metadata: {} }],
  }));
  const metadata = { kernelspec: { name: kernel, display_name: kernel } };
  return JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 });
}
