import { expect, it } from "vitest";
import { ask } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";
import { fixture } from "../../rigs/fixtures.ts";

/** As `ddtrace-run` and the like do it, only that nobody can know it beforehand. */
const LAUNCHER = `import os, sys\nos.environ["TRACED"] = "traced"\nos.execv(sys.executable, [sys.executable, "server.py"])\n`;
const server = (value: string): string => fixture("session/traced_server.py", { __VALUE__: value });

it("a program that replaces itself is restarted by PM2's watch instead, said in one line", async (ctx) => {
  const port = await freePort();
  const app = { command: "python3 launcher.py", port };
  const project = await openProject(ctx, {
    files: {
      "launcher.py": LAUNCHER,
      "server.py": server("one"),
      "ecosystem.config.json": JSON.stringify({ apps: { backend: app } }),
    },
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(/backend is restarted at each save: it replaces itself with another program/);
  await dev.waitFor(/ready in/);
  const untilAnswers = (answer: string): Promise<unknown> =>
    until(`"${answer}"`, async () => {
      const got = await ask(`http://127.0.0.1:${port}/`).catch(() => null);
      return got?.body === answer;
    });
  await untilAnswers("one traced");
  for (const value of ["two", "three"]) {
    project.write("server.py", server(value));
    await untilAnswers(`${value} traced`);
  }
  // its answer is seen a moment before devpm has looked whose port it is
  expect(await project.devpm(["wait"])).toMatchObject({ code: 0 });
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
  expect(dev.stdout.text()).not.toContain("backend stopped");
  expect(dev.stdout.text().match(/is restarted at each save/g)).toHaveLength(1);
});
