/** Displays, also those whose description takes a while: their place among the outputs is kept for them. */
import type { DisplayData, FromEngine } from "../messages.ts";
import type { Outputs } from "./outputs.ts";
import type { EngineServices, ShowOptions } from "./services.ts";

type Display = Extract<FromEngine, { readonly type: "display" }>;

export class Displays {
  readonly #outputs: Outputs;
  readonly #describe: EngineServices["describe"];
  /** The places that wait for their display, with what settles when it is there. */
  readonly #reserved = new Map<number, Promise<void>>();

  constructor(outputs: Outputs, describe: EngineServices["describe"]) {
    this.#outputs = outputs;
    this.#describe = describe;
  }

  /** Shows a bundle as it is. */
  show(display: DisplayData, options: ShowOptions = {}): void {
    this.#outputs.send(this.#message(display, options));
  }

  /** Describes a value and shows it, here and now as far as the notebook can tell. */
  display(value: unknown, options: ShowOptions = {}): void {
    const described = this.#describe(value);
    if (!(described instanceof Promise)) {
      if (described) this.show(described, options);
      return;
    }
    const place = this.#outputs.send({ type: "reserved" });
    const arrived = described.then((display) => {
      if (this.#reserved.delete(place)) this.#fill(place, display && this.#message(display, options));
    });
    this.#reserved.set(place, arrived);
  }

  /** Settles when every display begun so far has been shown. */
  async settled(): Promise<void> {
    await Promise.all(this.#reserved.values());
  }

  /** Gives up the displays that are still being described, so that nothing waits for them. */
  abandon(): void {
    for (const place of this.#reserved.keys()) this.#fill(place, null);
    this.#reserved.clear();
  }

  #fill(place: number, message: Display | null): void {
    this.#outputs.fill(place, message ?? { type: "turn" });
  }

  #message(display: DisplayData, { displayId, update = false }: ShowOptions): Display {
    if (update && displayId === undefined) throw new TypeError("An update of a display needs its displayId.");
    const { request } = this.#outputs.activeContext();
    return { type: "display", request, display, displayId: displayId ?? null, update };
  }
}
