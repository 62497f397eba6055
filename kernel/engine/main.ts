/**
 * Starts the engine's process. What was compiled at earlier starts is used again, from Node's own folder for that, which
 * has to be said before the first module is loaded.
 */
import { enableCompileCache } from "node:module";

enableCompileCache();
await import("./process.ts");
