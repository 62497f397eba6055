/** The backends that exist. A new one is a folder and a line here. */
import { ValueError } from "../base/errors.ts";
import type { Backend, BackendName } from "./backend.ts";
import { startHelperSoon } from "./c/helper.ts";
import { cBackend } from "./c/index.ts";
import { cMachine } from "./c/machine.ts";
import { findToolchain } from "./c/toolchain.ts";
import { interpBackend } from "./interp.ts";
import { jsBackend } from "./js/index.ts";
import type { Machine } from "./machine.ts";
import { wasmBackend } from "./wasm/index.ts";
import { wasmMachine } from "./wasm/machine.ts";

const BACKENDS: ReadonlyMap<BackendName, Backend> = new Map(
  [interpBackend, jsBackend, wasmBackend, cBackend].map((backend) => [backend.name, backend]),
);

/**
 * The backend of that name.
 * @throws ValueError when there is none; the message lists those there are.
 */
export function backendByName(name: BackendName): Backend {
  const backend = BACKENDS.get(name);
  if (backend === undefined) {
    throw new ValueError(`there is no backend "${name}"; there are ${[...BACKENDS.keys()].join(", ")}`);
  }
  return backend;
}

/**
 * Where native code of new functions may run under the present configuration, the best first: without a C compiler, or
 * where it fails, in WebAssembly.
 */
export function nativeMachines(): readonly Machine[] {
  if (findToolchain() === null) return [wasmMachine];
  startHelperSoon();
  return [cMachine, wasmMachine];
}
