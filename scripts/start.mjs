import { openLab } from "./lib/jupyterlab.mjs";
import { locateNotebook, runNotebook } from "./lib/notebook.mjs";
import { parseOptions, USAGE } from "./lib/options.mjs";
import { runMain } from "./lib/problem.mjs";
import { setUp } from "./lib/setup.mjs";

await runMain(async () => {
  const wish = parseOptions(process.argv.slice(2));
  switch (wish.kind) {
    case "help":
      console.log(USAGE);
      return 0;
    case "lab":
      await setUp();
      return openLab(wish);
    case "run": {
      const job = locateNotebook(wish);
      await setUp();
      return runNotebook(job);
    }
  }
});
