/** Services without rich output: values look as in Node's own console. */
import { inspect } from "node:util";
import type { EngineServices } from "./services.ts";

export function createServices(): EngineServices {
  return {
    describe: (value) => (value === undefined ? null : { data: { "text/plain": inspect(value) }, metadata: {} }),
    describeError: () => null,
    magics: [],
    bindings: {},
    comms: {},
  };
}
