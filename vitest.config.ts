import { defineConfig } from "vitest/config";

/**
 * Deadlines for one test, in milliseconds: they end what hangs, they measure nothing. Longer than those of the waits in
 * it (`test/rigs/wait.ts`), which say what hung.
 */
const rooms = { unit: 150_000, integration: 360_000, e2e: 480_000, faults: 300_000 };

export default defineConfig({
  test: {
    projects: Object.entries(rooms).map(([name, deadline], order) => ({
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        setupFiles: ["test/rigs/setup.ts"],
        testTimeout: deadline,
        hookTimeout: deadline,
        // most of an integration or e2e test waits, and each looks for what is left of its own project; the ports that
        // people use are held in a network namespace. The rows of the faults are side by side already
        fileParallelism: name !== "faults",
        ...(name === "unit" ? {} : { maxWorkers: 2 }),
        // what is pure leaves nothing behind for the next file; a process for each file took five times as long
        isolate: name !== "unit",
        // each row of the faults has a namespace of its own
        maxConcurrency: 2,
        sequence: { groupOrder: order },
      },
    })),
  },
});
