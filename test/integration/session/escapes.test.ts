import { expect, it } from "vitest";
import { openProject } from "../../rigs/project.ts";

const CONFIG = {
  apps: {
    worker: { command: "node worker.mjs", ready: { log: String.raw`^\[Worker\] queue connected$`, timeoutMs: 20_000 } },
    talk: { command: "node talk.mjs", ready: { log: "never", timeoutMs: 15_000 } },
    crash: { command: "node crash.mjs", dependsOn: ["worker"] },
  },
};

it("patterns and excerpts are about the words of a line, not its colours", async (ctx) => {
  const project = await openProject(ctx, {
    files: {
      "worker.mjs": `
console.log("\\u001b[33m[Worker]\\u001b[39m \\u001b[32mqueue connected\\u001b[39m");
setInterval(() => {}, 1e6);`,
      "talk.mjs": `
process.stdout.write("\\u001b[2J\\u001b[H\\u001b[31mred words\\u001b[39m\\n\\u001b]0;a title\\u0007watching\\n");
setInterval(() => {}, 1e6);`,
      "crash.mjs": `process.stderr.write("\\u001b[31mTraceback (most recent call last):\\u001b[0m\\n  \\u001b[1mFile\\u001b[0m\\n"); process.exit(1);`,
      "ecosystem.config.json": JSON.stringify(CONFIG),
    },
  });
  const dev = project.start(["dev", "--json"]);
  await dev.waitFor(/"event":"app.ready"[^\n]*"app":"worker"/);
  await dev.waitFor(/"event":"app.crashed"[^\n]*\n/);
  await dev.waitFor(/"code":"DEVPM_APP_NOT_READY"[^\n]*\n/);
  const events = dev.stdout
    .text()
    .split("\n")
    // the last one may be half here
    .slice(0, -1)
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as { event: string; excerpt?: string[] });
  const excerpts = events.filter(({ event }) => event !== "log").flatMap(({ excerpt = [] }) => excerpt);
  expect(excerpts).toEqual(
    expect.arrayContaining(["red words", "watching", "Traceback (most recent call last):", "  File"]),
  );
  expect(JSON.stringify(excerpts)).not.toMatch(/\\u00/);
  dev.kill("SIGINT");
  await dev.ended();
});
