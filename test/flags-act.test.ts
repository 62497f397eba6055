/** No flag lies: what the listing says to have an effect is read somewhere, and what is read says so. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { config } from "@theanotes/runtime";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Flags that act while the configuration is loaded. */
const ACT_IN_CONFIG = new Set(["device", "force_device"]);

const source = globSync("{runtime,kernel}/**/*.ts", { cwd: root })
  .filter((file) => !/\.test\.ts$|\/(dist|node_modules|config)\//.test(file))
  .map((file) => readFileSync(`${root}/${file}`, "utf8"))
  .join("\n");

const isRead = (name: string): boolean => new RegExp(`\\bconfig\\.${name.replaceAll(".", "\\.")}\\b`).test(source);

test.each(config.flags().map((flag) => [flag.name, flag.effective] as const))(
  "%s (effective: %s)",
  (name, effective) => {
    expect(isRead(name) || ACT_IN_CONFIG.has(name)).toBe(effective);
  },
);
