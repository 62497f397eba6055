import { Notification } from "@jupyterlab/apputils";
import type { TranslationBundle } from "@jupyterlab/translation";
import { Widget } from "@lumino/widgets";
import { element } from "../dom.ts";
import type { Configuration } from "../link/configuration.ts";
import type { IConfigConnection } from "../link/connection.ts";

/** The flag that the switch shows and sets. */
const FLAG = "mode";
/** How long the notice of a refusal stays, in milliseconds; it can be read again in the status bar. */
const NOTICE_TIME = 10_000;

/**
 * A menu of compilation modes in a notebook's toolbar. It shows the kernel's mode, whoever set it; it is disabled
 * while the kernel has yet to answer, and hidden when there is no kernel that would.
 */
export class ModeSwitch extends Widget {
  readonly #connection: IConfigConnection;
  readonly #trans: TranslationBundle;
  readonly #select: HTMLSelectElement;

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

  /** Asks the kernel for a mode; until it has answered, the menu waits. */
  async #ask(mode: string): Promise<void> {
    this.#select.disabled = true;
    try {
      await this.#connection.set(FLAG, mode);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      Notification.error(this.#trans.__("The mode was not changed: %1", reason), { autoClose: NOTICE_TIME });
    }
    this.#show();
  }

  #show(): void {
    const { state } = this.#connection;
    const modes = state.status === "absent" ? null : menuOf(state.configuration);
    this.setHidden(modes === null);
    if (modes === null) return;
    this.#select.replaceChildren(...modes.names.map((name) => element("option", { value: name }, name)));
    this.#select.value = modes.current;
    this.#select.disabled = state.status !== "connected";
  }
}

/** The modes to list, and the current one: it is listed even when it is none of the usual ones. */
function menuOf({ flags, modes }: Configuration): { names: readonly string[]; current: string } | null {
  const current = flags.get(FLAG)?.value;
  if (current === undefined) return null;
  return { names: modes.includes(current) ? modes : [...modes, current], current };
}
