import { expect, test } from "vitest";
import { look, processesOf } from "../../rigs/processes.ts";
import { openProject } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";

/** The process that is to become a detached engine is stopped before it runs any of devpm's code. */
const STUCK = `if (process.env.DEVPM_ENGINE_LINE) process.kill(process.pid, "SIGSTOP");`;

test.for([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s ends a detached start whose engine does not begin, and leaves nothing", async ([signal, code], ctx) => {
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.json": JSON.stringify({ apps: { web: { command: "sleep 1000" } } }),
      "stuck.cjs": STUCK,
    },
  });
  const dev = project.start(["dev", "--detach"], { env: { NODE_OPTIONS: `--require=${project.path("stuck.cjs")}` } });
  await until("the engine to be stopped", () =>
    processesOf(project.devpmHome).some(({ pid }) => look(pid)?.state === "T"),
  );
  dev.kill(signal);
  expect(await dev.ended()).toMatchObject({ code });
  await project.nothingLeft();
});
