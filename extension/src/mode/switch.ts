import { Notification } from "@jupyterlab/apputils";
import type { TranslationBundle } from "@jupyterlab/translation";
import { Widget } from "@lumino/widgets";
import type { ConfigFlagJson } from "@theanotes/runtime/json";
import { element } from "../dom.ts";
import type { Configuration } from "../link/configuration.ts";
import type { IConfigConnection } from "../link/connection.ts";

/** The flag that the switch shows and sets. */
const FLAG = "mode";
/** How long the notice of a refusal stays, in milliseconds; it can be read again in the status bar. */
const NOTICE_TIME = 10_000;

/**
 * A menu of compilation modes in a notebook's toolbar. It shows the kernel's mode, whoever set it; it is marked as busy
 * while the kernel has yet to answer, disabled while it restarts, and hidden when there is no kernel that would answer.
 */
export class ModeSwitch extends Widget {
  readonly #connection: IConfigConnection;
  readonly #trans: TranslationBundle;
  readonly #select: HTMLSelectElement;
  /** How many choices the kernel has yet to answer. */
  #asked = 0;

  constructor(connection: IConfigConnection, trans: TranslationBundle) {
    const select = element("select", { "aria-label": trans.__("Compilation mode") });
    const title = trans.__("Compilation mode of the kernel; applies to functions compiled from now on");
    super({ node: element("label", { title }, trans.__("Mode"), select) });
    this.addClass("theanotes-ModeSwitch");
    this.#connection = connection;
    this.#trans = trans;
    this.#select = select;
    select.addEventListener("change", () => void this.#ask(select.value));
    connection.changed.connect(this.#show, this);
    this.#show();
  }

  /** Asks the kernel for a mode. The menu is not disabled meanwhile: it would lose the keyboard's focus. */
  async #ask(mode: string): Promise<void> {
    this.#asked += 1;
    this.#select.setAttribute("aria-busy", "true");
    try {
      await this.#connection.set(FLAG, mode);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      Notification.error(this.#trans.__("The mode was not changed: %1", reason), { autoClose: NOTICE_TIME });
    }
    this.#asked -= 1;
    this.#show();
  }

  #show(): void {
    const { state } = this.#connection;
    const modes = state.status === "absent" ? null : menuOf(state.configuration);
    this.setHidden(modes === null);
    // What the user has chosen stays in sight until the kernel has answered.
    if (modes === null || this.#asked > 0) return;
    this.#select.replaceChildren(...modes.names.map((name) => this.#option(name, modes.flag)));
    this.#select.value = modes.flag.value;
    this.#select.disabled = state.status !== "connected";
    this.#select.setAttribute("aria-busy", "false");
  }

  /** Theano's default mode is called `Mode`, which alone would say little beside the label. */
  #option(name: string, flag: ConfigFlagJson): HTMLOptionElement {
    const text = name === flag.default ? this.#trans.__("%1 (default)", name) : name;
    return element("option", { value: name }, text);
  }
}

/** The modes to list, and the current one: it is listed even when it is none of the usual ones. */
function menuOf({ flags, modes }: Configuration): { names: readonly string[]; flag: ConfigFlagJson } | null {
  const flag = flags.get(FLAG);
  if (flag === undefined) return null;
  return { names: modes.includes(flag.value) ? modes : [...modes, flag.value], flag };
}
