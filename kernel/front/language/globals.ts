/** What every cell knows without importing it: types for the names that the engine binds. */
export const GLOBALS = `
/** The graph compiler: \`theano.function([x], y)\`, \`theano.config\`, \`theano.shared(value)\` … */
declare var theano: typeof import("@theanotes/runtime").default;
/** Symbolic tensors: typed variables (\`T.dvector("x")\`) and the operations on them. */
declare var T: typeof import("@theanotes/runtime").T;
/**
 * Shows a value, as the last value of a cell would be shown, and returns a handle to show another one in its place.
 * \`id\` names the display for other cells; \`update\` replaces what the displays of that name show; \`raw\` takes the
 * value as a MIME bundle.
 */
declare function display(
  value: unknown,
  options?: { readonly id?: string; readonly update?: boolean; readonly raw?: boolean },
): { readonly id: string; update(value: unknown): void };
/** Asks the user for a line of text and waits for it; what is typed is hidden with \`password\`. */
declare function prompt(message?: string, options?: { readonly password?: boolean }): string;
/** Clears what the cell has shown so far; with \`wait\` when its next output arrives, so that nothing flickers. */
declare function clearOutput(wait?: boolean): void;
/** HTML to be drawn: html\`<b>\${name}</b>\`. Values are escaped, except those that are HTML themselves. */
declare function html(strings: TemplateStringsArray, ...values: readonly unknown[]): { readonly text: string };
/** An SVG image: svg\`<svg …>\${shapes}</svg>\`. Values are escaped, except those that are SVG themselves. */
declare function svg(strings: TemplateStringsArray, ...values: readonly unknown[]): { readonly text: string };
/** Markdown: md\`# \${title}\`. Values are put in as they are. */
declare function md(strings: TemplateStringsArray, ...values: readonly unknown[]): { readonly text: string };
`;

/** The name of the document that holds them. */
export const GLOBALS_DOCUMENT = "globals.theanotes.d.ts";
