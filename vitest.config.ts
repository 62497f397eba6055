import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@theanotes/source", "node", "import", "module", "default"] },
  ssr: { resolve: { conditions: ["@theanotes/source", "node", "import", "module", "default"] } },
  test: {
    include: ["runtime/**/*.test.ts", "kernel/**/*.test.ts", "extension/src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    setupFiles: ["test/support/check-kernels.ts"],
    // Slow machines are slow; what hangs is found all the same.
    testTimeout: 30_000,
  },
});
