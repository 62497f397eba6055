/** Runs a Python program over the runtime. */
import { theano } from "../../../runtime/index.ts";
import { builtins } from "./builtins.ts";
import { configModules } from "./config-module.ts";
import { evaluate } from "./evaluate.ts";
import { executeBlock } from "./execute.ts";
import { LIBRARY, library } from "./modules.ts";
import { parseProgram } from "./parse.ts";
import { parseExpression } from "./parse-expression.ts";
import { rewriteMembers } from "./rewrites.ts";
import { Scope } from "./scope.ts";
import { lineOf } from "./stack.ts";
import { str, Unsupported } from "./values.ts";

/** How a program failed, and in which of its lines. */
export interface Failure {
  readonly error: Error;
  readonly line: number;
}

/** A program with what it has defined and printed. */
export class PythonProgram {
  stdout = "";
  /** What it warned of, itself and through the runtime. */
  readonly warnings: string[] = [];
  readonly scope: Scope;
  readonly #rewrites = rewriteMembers();
  readonly #config = configModules(theano.config);

  /** `names` are bound before it runs; `modules` stand in for those of the library. */
  constructor(names: ReadonlyMap<string, unknown> = new Map(), modules: ReadonlyMap<string, unknown> = new Map()) {
    const outer = new Scope(
      "function",
      null,
      builtins((text) => {
        this.stdout += text;
      }),
    );
    const found = library((message) => this.warnings.push(str(message)), {
      ...this.#config,
      members: this.#rewrites.members,
    });
    outer.set(LIBRARY, new Map([...found, ...modules]));
    this.scope = new Scope("module", outer, new Map(names));
  }

  /** Runs a source to its end or its first error. @throws Unsupported when it needs something that is not here. */
  run(source: string): Failure | null {
    return this.attempt(() => executeBlock(parseProgram(source), this.scope, "<module>"));
  }

  /** Takes back what the program has registered with the runtime and which flags it has set. */
  end(): void {
    this.#rewrites.end();
    this.#config.restore();
  }

  /** What the program has of its own in Theano's modules. */
  get members(): ReadonlyMap<string, unknown> {
    return this.#rewrites.members;
  }

  /** The error that some work ends in, as one of the program. */
  attempt(work: () => unknown): Failure | null {
    const { emitWarning } = process;
    const { error, log, warn } = console;
    process.emitWarning = (warning: string | Error) => {
      this.warnings.push(typeof warning === "string" ? warning : warning.message);
    };
    console.error = (...texts: readonly unknown[]) => void this.warnings.push(texts.map(String).join(" "));
    console.warn = console.error;
    console.log = (...texts: readonly unknown[]) => {
      this.stdout += `${texts.map(String).join(" ")}\n`;
    };
    try {
      work();
      return null;
    } catch (thrown) {
      if (thrown instanceof Unsupported || !(thrown instanceof Error)) throw thrown;
      return { error: thrown, line: lineOf(thrown) };
    } finally {
      process.emitWarning = emitWarning;
      console.error = error;
      console.warn = warn;
      console.log = log;
    }
  }

  /** The value of an expression among the program's names. */
  evaluate(source: string): unknown {
    return evaluate(parseExpression(source), this.scope);
  }
}
