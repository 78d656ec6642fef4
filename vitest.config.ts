import { defineConfig } from "vitest/config";

const rooms = { unit: 5_000, integration: 60_000, e2e: 180_000 };

export default defineConfig({
  test: {
    projects: Object.entries(rooms).map(([name, deadline]) => ({
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        testTimeout: deadline,
        hookTimeout: deadline,
        // integration and e2e run one file at a time: each measures what is left on the machine after itself
        fileParallelism: name === "unit",
      },
    })),
  },
});
