import { projectNode } from "./lib/node.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { passThrough } from "./lib/process.mjs";
import { setUpLibraries } from "./lib/setup.mjs";

// Runs one of our TypeScript programs once what it imports is built: node scripts/with-build.mjs FILE [ARGUMENT]...
await runMain(async () => {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) throw new Problem("with-build: name the TypeScript file to run");
  await setUpLibraries();
  return passThrough(projectNode(), [file, ...args]);
});
