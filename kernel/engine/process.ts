/**
 * The engine's process. The front starts it with a process group and five pipes of its own: 0 closed, 1 and 2 output,
 * 3 messages in, 4 messages out; the argument is the secret that its marks begin with.
 */
import { createServices } from "./display/services.ts";
import { Engine } from "./engine.ts";
import { Outputs } from "./outputs.ts";

const [node = process.execPath, , secret = ""] = process.argv.splice(0);
process.argv.push(node);

const outputs = new Outputs(secret);
Object.defineProperty(process, "stdout", { value: outputs.stdout, configurable: true, enumerable: true });
Object.defineProperty(process, "stderr", { value: outputs.stderr, configurable: true, enumerable: true });

// An interrupt signals the whole process group, for the sake of child processes; the engine itself is told by message.
process.on("SIGINT", () => {});

new Engine(outputs, createServices, process.cwd());
