import { projectNode } from "./lib/node.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { passThrough } from "./lib/process.mjs";
import { setUpPackages } from "./lib/setup.mjs";

// Runs one of our TypeScript programs from its sources, on a fresh clone too: node scripts/run.mjs FILE [ARGUMENT]...
await runMain(async () => {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) throw new Problem("scripts/run.mjs: name the TypeScript file to run");
  await setUpPackages();
  return passThrough(projectNode(), ["--conditions=@theanotes/source", file, ...args]);
});
