/** Profiling for a while: every compiled function that some code calls, also those compiled without a profile. */
import { AsyncLocalStorage } from "node:async_hooks";
import { config } from "../config/index.ts";
import type { Program } from "../link/vm.ts";
import { ProfileStats } from "./profile.ts";

/** A linked graph, and the profile that its thunks report to. */
export interface ProfiledProgram {
  readonly program: Program;
  readonly profile: ProfileStats | null;
}

/** What a session needs to know of a function. */
export interface Profilable extends ProfiledProgram {
  readonly name: string;
  /** Links the optimized graph again, with thunks that report to a profile; null when the mode allows none. */
  readonly relink: ((profile: ProfileStats) => Program) | null;
}

const open = new AsyncLocalStorage<ProfileSession>();

/** Collects a profile of each function that is called in {@link run}. A function's own profile is used if it has one. */
export class ProfileSession {
  readonly #called = new Map<Profilable, ProfiledProgram>();

  /** The session that the running code belongs to. */
  static get current(): ProfileSession | null {
    return open.getStore() ?? null;
  }

  /** Runs `body`; what it calls, and what it starts and awaits, belongs to the session. */
  run<T>(body: () => T): T {
    return open.run(this, body);
  }

  /** One for each function called so far that can be profiled, in the order of their first calls. */
  get profiles(): readonly ProfileStats[] {
    return [...this.#called.values()].map(({ profile }) => profile).filter((profile) => profile !== null);
  }

  /** The program to run for a call of a function within this session. */
  programFor(f: Profilable): ProfiledProgram {
    const known = this.#called.get(f);
    if (known !== undefined) return known;
    const program = f.profile === null ? withProfile(f) : f;
    this.#called.set(f, program);
    return program;
  }
}

function withProfile(f: Profilable): ProfiledProgram {
  if (f.relink === null) return f;
  const profile = new ProfileStats(f.name, config.profiling.time_thunks);
  return { program: f.relink(profile), profile };
}
