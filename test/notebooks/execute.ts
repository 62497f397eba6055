/** Executes notebooks as `npm start -- run` does, with the kernel as it is in the working tree. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { installKernelspec } from "../../kernel/install.ts";
import { inProject, venvPython } from "../../scripts/lib/paths.mjs";

/** One output of a cell, as notebook files hold it. */
export type Output =
  | { readonly output_type: "stream"; readonly name: string; readonly text: string | readonly string[] }
  | { readonly output_type: "display_data" | "execute_result"; readonly data: Readonly<Record<string, unknown>> }
  | {
      readonly output_type: "error";
      readonly ename: string;
      readonly evalue: string;
      readonly traceback: readonly string[];
    };

/** A cell of a notebook file; `outputs` of code cells only. */
export interface Cell {
  readonly cell_type: "code" | "markdown";
  readonly id: string;
  readonly source: string | readonly string[];
  readonly metadata: { readonly tags?: readonly string[] };
  readonly outputs?: readonly Output[];
}

export interface Notebook {
  readonly cells: readonly Cell[];
  readonly metadata: { readonly kernelspec: { readonly name: string } };
}

/** Reads a notebook file. */
export function readNotebook(file: string): Notebook {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Text that a notebook file may hold as a list of lines; "" for what is no text. */
export function joined(text: unknown): string {
  if (Array.isArray(text)) return text.join("");
  return typeof text === "string" ? text : "";
}

/**
 * Executes a notebook of the project in an empty home directory and returns it with its new outputs.
 * @throws Error with what was printed when a cell failed that should not
 */
export async function executeNotebook(name: string): Promise<Notebook> {
  const python = process.env.THEANOTES_PYTHON ?? venvPython;
  if (!existsSync(python)) {
    throw new Error(`No Python at ${python}: npm test installs it, THEANOTES_PYTHON names another that has nbclient.`);
  }
  const folder = mkdtempSync(join(tmpdir(), "theanotes-notebook-"));
  try {
    installKernelspec({ prefix: folder });
    const { THEANO_FLAGS: _flags, THEANORC: _files, ...inherited } = process.env;
    const env = { ...inherited, HOME: folder, USERPROFILE: folder, JUPYTER_PATH: join(folder, "share", "jupyter") };
    const result = join(folder, "result.ipynb");
    const script = inProject("scripts", "run_notebook.py");
    await promisify(execFile)(python, [script, inProject("notebooks", name), result], { env });
    return readNotebook(result);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
