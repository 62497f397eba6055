import { extension, libraries } from "./build.mjs";
import { lab } from "./lab.mjs";
import { packages } from "./packages.mjs";
import { perform } from "./progress.mjs";
import { python } from "./python.mjs";

/** Everything, from a fresh clone to a JupyterLab that knows the kernel. Quick when all is up to date. */
export async function setUp() {
  for (const step of [packages, libraries, extension, python, lab]) await perform(step);
}

/** As much as a program needs that runs from the sources. */
export async function setUpPackages() {
  await perform(packages);
}
