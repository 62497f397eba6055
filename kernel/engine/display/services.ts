/** What the engine offers to cells besides running them: display, magics, bound names, the configuration's comm. */
import theano, { config, PREDEFINED_MODES, T, warmUp } from "@theanotes/runtime";
import { MAGICS } from "../../magics/index.ts";
import { serveConfig } from "../config-comm.ts";
import type { CellHost, EngineServices } from "../services.ts";
import { describe, describeError } from "./describe.ts";
import { createDisplay } from "./display.ts";
import { html, md, svg } from "./markup.ts";

/** Names of modes that Theano kept for old programs; a menu does not need them. */
const OLD_SPELLINGS = ["PROFILE_MODE", "DEBUG_MODE"];

/** Makes the services of one engine. */
export function createServices(host: CellHost): EngineServices {
  // Before the first cell: the front shows it there.
  config.reportProblems((message) => host.print(`TheanoConfigWarning: ${message}\n`, "stderr"));
  const modes = PREDEFINED_MODES.map(({ name }) => name).filter((name) => !OLD_SPELLINGS.includes(name));
  return {
    describe,
    describeError,
    magics: MAGICS,
    bindings: { theano, T, display: createDisplay(host), html, svg, md },
    warmUp,
    comms: { "theanotes.config": serveConfig(config, modes) },
  };
}
