#!/usr/bin/env node
/** Starts a kernel on a connection file: what the kernelspec calls. */
import { setTimeout } from "node:timers/promises";
import { readConnectionFile } from "./front/connection.ts";
import { DeferredTypeScript } from "./front/language/deferred.ts";
import type { Language } from "./front/language/language.ts";
import { watchParent } from "./front/parent-poller.ts";

/** How long the first client is waited for. */
const GREETING_MS = 200;

async function main(connectionFile: string | undefined): Promise<void> {
  if (connectionFile === undefined) throw new Error("Usage: theanotes-kernel <connection file>");
  const connection = readConnectionFile(connectionFile);
  const { Kernel } = await importFront();
  // Interrupts come as messages; a Ctrl-C in the server's terminal is not for the kernel.
  process.on("SIGINT", () => {});
  const language = Promise.withResolvers<Language>();
  const kernel = await Kernel.start(connection, new DeferredTypeScript(language.promise));
  // The compiler's API takes as long to load as all the rest, and no request is answered meanwhile.
  const greeting = Promise.race([kernel.greeted(), setTimeout(GREETING_MS, undefined, { ref: false })]);
  language.resolve(greeting.then(loadLanguage));
  const parent = Number(process.env.JPY_PARENT_PID ?? 0);
  if (parent > 0) watchParent(parent, () => kernel.stop());
  await kernel.ended();
}

async function loadLanguage(): Promise<Language> {
  const { createLanguage } = await import("./front/language/index.ts");
  return createLanguage({ cwd: process.cwd() });
}

/** The front needs ZeroMQ's native library, the one part of the kernel that can be missing for a system. */
async function importFront(): Promise<typeof import("./front/kernel.ts")> {
  try {
    return await import("./front/kernel.ts");
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    const system = `${process.platform}-${process.arch}`;
    throw new Error(`The npm package "zeromq" cannot be loaded on this system (${system}): ${reason}`);
  }
}

try {
  await main(process.argv[2]);
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
