import { spawn } from "node:child_process";
import { inProject, root, venvPython } from "./paths.mjs";
import { environment } from "./process.mjs";

const FIRST_NOTEBOOK = "01-config-and-modes.ipynb";

/**
 * Runs JupyterLab on the notebooks until it ends or is told to.
 * @param {{ browser: boolean, port: number | undefined, token: string | undefined }} wish
 * @returns {Promise<number>} the exit code: 0 when it was stopped by Ctrl-C or a signal
 */
export function openLab({ browser, port, token }) {
  const args = [`--ServerApp.root_dir=${inProject("notebooks")}`, `--LabApp.default_url=/lab/tree/${FIRST_NOTEBOOK}`];
  // JupyterLab brings Python's kernel; a new notebook is to be ours.
  args.push("--MultiKernelManager.default_kernel_name=theanotes");
  if (!browser) args.push("--no-browser");
  // A port that was asked for is meant: do not move on to the next one when it is taken.
  if (port !== undefined) args.push(`--ServerApp.port=${port}`, "--ServerApp.port_retries=0");
  if (token !== undefined) args.push(`--IdentityProvider.token=${token}`);
  // Jupyter wants to hear from the superuser, who is all there is in many containers, that it is meant.
  if (process.getuid?.() === 0) args.push("--allow-root");
  console.log("Starting JupyterLab. Ctrl-C stops it.\n");
  return untilStopped(args);
}

/** @param {string[]} args */
function untilStopped(args) {
  return new Promise((resolve, reject) => {
    // Without standard input JupyterLab stops at a signal instead of asking whether it should.
    const server = spawn(venvPython, ["-m", "jupyterlab", ...args], {
      cwd: root,
      env: environment(),
      stdio: ["ignore", "inherit", "inherit"],
    });
    let stopping = false;
    const stop = () => {
      if (!stopping) server.kill("SIGTERM");
      stopping = true;
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
    // A signal to npm ends the shell between npm and us, and never reaches us: notice that we were orphaned.
    const parent = process.ppid;
    const watch = setInterval(() => process.ppid !== parent && stop(), 500);
    server.on("error", reject);
    server.on("close", (status) => {
      clearInterval(watch);
      process.off("SIGINT", stop).off("SIGTERM", stop);
      resolve(stopping ? 0 : (status ?? 1));
    });
  });
}
