/** What every cell knows without importing it: types for the names that the engine binds. */
export const GLOBALS = `
/** The graph compiler: \`theano.function([x], y)\`, \`theano.config\`, \`theano.shared(value)\` … */
declare var theano: typeof import("@theanotes/runtime").default;
/** Symbolic tensors: typed variables (\`T.dvector("x")\`) and the operations on them. */
declare var T: typeof import("@theanotes/runtime").T;
/** Shows values in the notebook, each as the last value of a cell would be shown. */
declare function display(...values: unknown[]): void;
`;

/** The name of the document that holds them. */
export const GLOBALS_DOCUMENT = "globals.theanotes.d.ts";
